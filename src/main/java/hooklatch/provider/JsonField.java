package hooklatch.provider;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A value of a body, read without trust: what is absent, null or of another type than asked for is an empty answer, never
 * an exception. Immutable as long as the tree is.
 */
record JsonField(JsonNode node) {
    /** Longest excerpt of a value in a message, in characters. */
    private static final int MAX_EXCERPT = 100;

    private static final Instant LAST_TIME = Instant.parse("9999-12-31T23:59:59Z");

    /** The member of that name, absent when there is none or this is not an object. */
    JsonField field(String name) {
        return new JsonField(node.path(name));
    }

    /** The member at the end of a path of names. */
    JsonField at(String... names) {
        JsonField field = this;
        for (String name : names) {
            field = field.field(name);
        }
        return field;
    }

    /** The first element, absent when this is not an array or an empty one. */
    JsonField first() {
        return new JsonField(node.path(0));
    }

    /** Missing, null, or the empty string, which providers write for "none". */
    boolean isAbsent() {
        return node.isMissingNode()
                || node.isNull()
                || (node.isTextual() && node.textValue().isEmpty());
    }

    /** This, or the other when this is absent. */
    JsonField or(JsonField other) {
        return isAbsent() ? other : this;
    }

    /** The string as it came, or null when this is none or empty. */
    @Nullable
    String text() {
        return node.isTextual() && !isAbsent() ? node.textValue() : null;
    }

    /** The string cut to so many characters and made fit to be stored, or null when this is none or empty. */
    @Nullable
    String text(int maxLength) {
        String text = text();
        return text == null ? null : storable(text, maxLength);
    }

    /** The first non-empty string among these, cut as {@link #text(int)} does, or null. */
    static @Nullable String firstText(int maxLength, JsonField... fields) {
        return Stream.of(fields)
                .map(field -> field.text(maxLength))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    boolean isTrue() {
        return node.isBoolean() && node.booleanValue();
    }

    /** The boolean, or null when this is none. */
    @Nullable
    Boolean flag() {
        return node.isBoolean() ? node.booleanValue() : null;
    }

    /** The integer, or null when this is none (17.0, 1e3 and "17" are none) or does not fit a long. */
    @Nullable
    Long integer() {
        return node.isIntegralNumber() && node.canConvertToLong() ? node.longValue() : null;
    }

    /**
     * A time given as Unix seconds or in ISO 8601 with an offset, or null when this is neither, or lies outside the years
     * 1970 to 9999.
     */
    @Nullable
    Instant time() {
        Instant time;
        try {
            Long seconds = integer();
            String text = text();
            if (seconds != null) {
                time = Instant.ofEpochSecond(seconds);
            } else if (text != null) {
                time = DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(text, Instant::from);
            } else {
                return null;
            }
        } catch (DateTimeException notATime) {
            return null;
        }
        return time.isBefore(Instant.EPOCH) || time.isAfter(LAST_TIME) ? null : time;
    }

    /**
     * The string itself, an integer's digits, or else the JSON text; cut to so many characters. Of an object or a list only
     * that it is one.
     */
    String literal(int maxLength) {
        return storable(node.isTextual() ? node.textValue() : json(), maxLength);
    }

    /** The JSON text, short enough for a message. */
    String excerpt() {
        String json = json();
        return json.length() <= MAX_EXCERPT ? storable(json, MAX_EXCERPT) : storable(json, MAX_EXCERPT - 1) + "…";
    }

    /** Messages are answered, logged and shown to everybody: what is in an object may be anything about anybody. */
    private String json() {
        return node.isObject() ? "{…}" : node.isArray() ? "[…]" : node.toString();
    }

    /**
     * At most so many characters of the text, without half of a surrogate pair anywhere: JSON escapes can spell one, but no
     * answer and no database can carry it.
     */
    private static String storable(String text, int maxLength) {
        int end = Math.min(text.length(), maxLength);
        if (end < text.length() && end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        StringBuilder kept = new StringBuilder(end);
        text.substring(0, end)
                .codePoints()
                .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? '\uFFFD' : c)
                .forEach(kept::appendCodePoint);
        return kept.toString();
    }
}
