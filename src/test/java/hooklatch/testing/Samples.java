package hooklatch.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The sample bodies and signature vectors under {@code src/test/resources/samples}, byte for byte. Thread-safe. */
public final class Samples {
    private Samples() {}

    /**
     * The bytes of one sample.
     *
     * @param path relative to the samples folder, for example {@code stripe/refund.created.json}
     */
    public static byte[] bytes(String path) {
        try (InputStream in = Samples.class.getResourceAsStream("/samples/" + path)) {
            if (in == null) {
                throw new IllegalArgumentException("no such sample: " + path);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same as text, decoded as UTF-8. */
    public static String text(String path) {
        return new String(bytes(path), StandardCharsets.UTF_8);
    }
}
