package hooklatch.fuzz;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.joran.spi.JoranException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Reads every line that is logged from INFO on, laid out as in production, both plain and as JSON: it must be one line,
 * without a canary and without a stack. Thread-safe.
 */
final class LogTap extends UnsynchronizedAppenderBase<ILoggingEvent> implements AutoCloseable {
    private static final int KEPT = 10;
    /** Strict, as who collects logs may be: nothing may follow the object, and no name may come twice. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Canaries canaries;
    private final Layouts plain = new Layouts("/logback.xml");
    private final Layouts json = new Layouts("/logback-json.xml");
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Logger ours = (Logger) LoggerFactory.getLogger("hooklatch");
    private final Map<String, AtomicLong> lines = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();

    private LogTap(Canaries canaries) throws JoranException {
        this.canaries = canaries;
    }

    /** A configuration of production, and which of its layouts a logger has. */
    private static final class Layouts {
        private final LoggerContext production = new LoggerContext();
        private final Map<String, Encoder<ILoggingEvent>> byLogger = new ConcurrentHashMap<>();

        Layouts(String configuration) throws JoranException {
            JoranConfigurator configurator = new JoranConfigurator();
            configurator.setContext(production);
            configurator.doConfigure(Objects.requireNonNull(LogTap.class.getResource(configuration)));
        }

        String line(ILoggingEvent event) {
            Encoder<ILoggingEvent> encoder = byLogger.computeIfAbsent(event.getLoggerName(), this::encoder);
            return new String(encoder.encode(event), StandardCharsets.UTF_8);
        }

        /** Of the nearest logger that has an appender: what is below ROOT and has one passes nothing on. */
        private Encoder<ILoggingEvent> encoder(String logger) {
            String name = logger;
            while (!name.isEmpty()) {
                Logger configured = production.exists(name);
                if (configured != null && configured.iteratorForAppenders().hasNext()) {
                    return encoder(configured);
                }
                name = name.substring(0, Math.max(0, name.lastIndexOf('.')));
            }
            return encoder(production.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME));
        }

        private static Encoder<ILoggingEvent> encoder(Logger configured) {
            return ((ConsoleAppender<ILoggingEvent>)
                            configured.iteratorForAppenders().next())
                    .getEncoder();
        }
    }

    static LogTap on(Canaries canaries) throws JoranException {
        LogTap tap = new LogTap(canaries);
        tap.setContext(tap.root.getLoggerContext());
        tap.start();
        tap.root.addAppender(tap);
        tap.ours.addAppender(tap);
        tap.ours.setLevel(Level.INFO);
        tap.ours.setAdditive(false);
        return tap;
    }

    @Override
    protected void append(ILoggingEvent event) {
        lines.computeIfAbsent(
                        event.getLevel() + " " + event.getLoggerName() + " " + event.getMessage(),
                        any -> new AtomicLong())
                .incrementAndGet();
        String plainLine = plain.line(event);
        String jsonLine = json.line(event);
        JsonNode object = object(jsonLine);
        if (object == null) {
            note("no JSON object in the log", jsonLine);
            return;
        }
        String canary = canaries.in(plainLine + jsonLine + texts(object));
        if (canary != null) {
            note("the log holds " + canary, jsonLine);
        } else if (object.hasNonNull("throwable")) {
            note("a stack in the log", plainLine);
        } else if (event.getLevel().isGreaterOrEqual(Level.ERROR)
                && !event.getMessage().contains("dead letter")) {
            note("an error in the log", plainLine);
        } else if (!isOneLine(plainLine) || !isOneLine(jsonLine)) {
            note("control characters in the log", plainLine + jsonLine);
        }
    }

    private static @Nullable JsonNode object(String line) {
        try {
            JsonNode object = JSON.readTree(line);
            return object.isObject() ? object : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** All names and texts as they are meant: written as JSON, a character may look otherwise. */
    private static String texts(JsonNode node) {
        if (node.isValueNode()) {
            return node.asText() + "\n";
        }
        StringBuilder texts = new StringBuilder();
        node.fieldNames().forEachRemaining(name -> texts.append(name).append('\n'));
        node.forEach(inner -> texts.append(texts(inner)));
        return texts.toString();
    }

    private static boolean isOneLine(String line) {
        return line.endsWith("\n") && line.chars().limit(line.length() - 1L).noneMatch(LogTap::isControl);
    }

    /** Ends the line, or means something to a terminal. */
    private static boolean isControl(int c) {
        return Character.isISOControl(c)
                || c == 0x2028
                || c == 0x2029
                || (c >= 0x202A && c <= 0x202E)
                || (c >= 0x2066 && c <= 0x2069);
    }

    private void note(String problem, String line) {
        if (problems.size() < KEPT) {
            problems.add(problem + ": " + line.strip());
        }
    }

    List<String> problems() {
        return List.copyOf(problems);
    }

    long count() {
        return lines.values().stream().mapToLong(AtomicLong::get).sum();
    }

    /** Lines whose message, before anything was put into it, holds the text. */
    long count(String message) {
        return lines.entrySet().stream()
                .filter(line -> line.getKey().contains(message))
                .mapToLong(line -> line.getValue().get())
                .sum();
    }

    /** How often each message was logged. */
    String summary() {
        StringBuilder summary = new StringBuilder();
        lines.entrySet().stream()
                .sorted((a, b) -> Long.compare(b.getValue().get(), a.getValue().get()))
                .forEach(line -> summary.append(
                        String.format("%10d  %s%n", line.getValue().get(), line.getKey())));
        return summary.toString();
    }

    @Override
    public void close() {
        root.detachAppender(this);
        ours.detachAppender(this);
        ours.setAdditive(true);
        ours.setLevel(null);
        stop();
    }
}
