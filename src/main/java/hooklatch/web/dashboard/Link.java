package hooklatch.web.dashboard;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An address with parameters, each encoded. Immutable. */
public final class Link {
    private final String text;

    private Link(String text) {
        this.text = text;
    }

    /**
     * A path without parameters so far.
     *
     * @param path encoded already where that is needed; see {@link #segment}
     */
    public static Link to(String path) {
        return new Link(path);
    }

    /** The text as one segment of a path. */
    public static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** The same with a parameter; null and empty = without. */
    public Link with(String name, @Nullable Object value) {
        String written = value == null ? "" : value.toString();
        if (written.isEmpty()) {
            return this;
        }
        char separator = text.indexOf('?') < 0 ? '?' : '&';
        return new Link(text + separator + name + '=' + URLEncoder.encode(written, StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return text;
    }
}
