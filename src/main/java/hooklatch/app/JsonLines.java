package hooklatch.app;

import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * The encoder of {@code logback-json.xml}: one JSON object a line, in which also those characters are escaped that JSON
 * allows as they are, but that end a line or mean something to a terminal. Thread-safe.
 */
public final class JsonLines extends JsonEncoder {
    /** Of which logback escapes none; those below the space it does. */
    private static final Pattern UNSAFE = Pattern.compile("[\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]");

    @Override
    public byte[] encode(ILoggingEvent event) {
        byte[] line = super.encode(event);
        for (byte b : line) {
            // All of them begin so in UTF-8, and nearly no line has any.
            if (b < 0 || b == 0x7f) {
                return escaped(new String(line, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
            }
        }
        return line;
    }

    /** They can only be within strings: nothing else of JSON has them. */
    private static String escaped(String line) {
        return UNSAFE.matcher(line)
                .replaceAll(
                        match -> String.format("\\\\u%04x", (int) match.group().charAt(0)));
    }
}
