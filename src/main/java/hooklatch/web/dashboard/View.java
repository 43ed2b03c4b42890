package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a page shows: a JSP with its attributes, and the same as JSON. Immutable.
 *
 * @param status HTTP's
 * @param jsp name of the file in {@code WEB-INF/jsp}, without its ending
 * @param attributes what the JSP reads by name; values are finished texts and public view records
 * @param json made when the {@code .json} twin is asked for; null = there is none
 * @param retryAfter seconds after which to ask again; 0 = not said
 */
public record View(
        int status,
        String jsp,
        Map<String, Object> attributes,
        @Nullable Supplier<JsonNode> json,
        long retryAfter) implements Reply {
    public View {
        attributes = Map.copyOf(attributes);
    }

    /** A view that may be asked for again at once. */
    public View(int status, String jsp, Map<String, Object> attributes, @Nullable Supplier<JsonNode> json) {
        this(status, jsp, attributes, json, 0);
    }

    /** A page whose JSP reads {@code view}. */
    public static View of(String jsp, Object view) {
        return new View(200, jsp, Map.of("view", view), null);
    }

    /** A page that says in a sentence that there is nothing of the kind. */
    public static View notFound(String message) {
        return new View(404, "not-found", Map.of("message", message), null);
    }

    /** A page that says in a sentence what is wrong with the question. */
    public static View badRequest(String message) {
        return new View(400, "bad-request", Map.of("message", message), null);
    }

    /** The same, also as JSON. */
    public View withJson(Supplier<JsonNode> twin) {
        return new View(status, jsp, attributes, twin, retryAfter);
    }

    /** The same with another status, for example 400 for a form that is wrong. */
    public View withStatus(int other) {
        return new View(other, jsp, attributes, json, retryAfter);
    }

    /** The same for who came too early, with 429 and {@code Retry-After}. */
    public View tooEarly(long seconds) {
        return new View(429, jsp, attributes, json, seconds);
    }

    /** The same with a further attribute. */
    public View with(String name, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(attributes);
        more.put(name, value);
        return new View(status, jsp, more, json, retryAfter);
    }

    /** The same with a sentence on top that says what has just been done; nothing when there is none. */
    public View withNotice(@Nullable String sentence) {
        return sentence == null ? this : with("notice", sentence);
    }

    /** The same with a sentence on top that says what was not done, or is not known to be. */
    public View withWarning(String sentence) {
        return with("warning", sentence);
    }
}
