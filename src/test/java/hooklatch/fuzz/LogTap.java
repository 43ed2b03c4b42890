package hooklatch.fuzz;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.joran.spi.JoranException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.LoggerFactory;

/**
 * Reads every line that is logged from INFO on, laid out as in production: it must be one line, without a canary and
 * without a stack. Thread-safe.
 */
final class LogTap extends UnsynchronizedAppenderBase<ILoggingEvent> implements AutoCloseable {
    private static final int KEPT = 10;

    private final Canaries canaries;
    private final PatternLayoutEncoder layout;
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Logger ours = (Logger) LoggerFactory.getLogger("hooklatch");
    private final Map<String, AtomicLong> lines = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();

    private LogTap(Canaries canaries) throws JoranException {
        this.canaries = canaries;
        this.layout = productionLayout();
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

    private static PatternLayoutEncoder productionLayout() throws JoranException {
        LoggerContext production = new LoggerContext();
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(production);
        URL configuration = Objects.requireNonNull(LogTap.class.getResource("/logback.xml"));
        configurator.doConfigure(configuration);
        ConsoleAppender<?> console =
                (ConsoleAppender<?>) production.getLogger("ROOT").getAppender("console");
        return (PatternLayoutEncoder) (Object) console.getEncoder();
    }

    @Override
    protected void append(ILoggingEvent event) {
        lines.computeIfAbsent(
                        event.getLevel() + " " + event.getLoggerName() + " " + event.getMessage(),
                        any -> new AtomicLong())
                .incrementAndGet();
        String line = new String(layout.encode(event), StandardCharsets.UTF_8);
        String canary = canaries.in(line);
        if (canary != null) {
            note("the log holds " + canary, line);
        } else if (event.getThrowableProxy() != null) {
            note("a stack in the log", line);
        } else if (event.getLevel().isGreaterOrEqual(Level.ERROR)
                && !event.getMessage().contains("dead letter")) {
            note("an error in the log", line);
        } else if (line.chars().limit(line.length() - 1).anyMatch(LogTap::isControl) || !line.endsWith("\n")) {
            note("control characters in the log", line);
        }
    }

    /** Ends the line, or means something to a terminal. */
    private static boolean isControl(int c) {
        return Character.isISOControl(c) || c == 0x2028 || c == 0x2029 || (c >= 0x202A && c <= 0x202E);
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
