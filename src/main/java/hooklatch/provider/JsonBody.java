package hooklatch.provider;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import hooklatch.domain.Payload;
import hooklatch.provider.Provider.Reading;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Function;

/**
 * The strict reader of bodies: exactly one JSON object in UTF-8, nothing guessed and nothing repaired. Two readers of an
 * accepted body cannot disagree about what it says. Thread-safe.
 */
final class JsonBody {
    static final int MAX_DEPTH = 200;
    static final int MAX_NUMBER_LENGTH = 100;
    static final int MAX_STRING_LENGTH = 1_048_576;
    static final int MAX_NAME_LENGTH = 4096;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(MAX_NUMBER_LENGTH)
                            .maxStringLength(MAX_STRING_LENGTH)
                            .maxNameLength(MAX_NAME_LENGTH)
                            .build())
                    // Senders choose the names: they do not belong into the JVM's table of interned strings.
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private static final JsonFactory SKIMMING = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private JsonBody() {}

    /**
     * The text of the object's first member of that name. The body is only read that far, and none of the rules of
     * {@link #read} is checked.
     */
    static Optional<String> firstText(Payload payload, String name) {
        try (JsonParser parser = SKIMMING.createParser(payload.bytes())) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return Optional.empty();
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean found = parser.currentName().equals(name);
                JsonToken value = parser.nextToken();
                if (found) {
                    return value == JsonToken.VALUE_STRING ? Optional.of(parser.getText()) : Optional.empty();
                }
                parser.skipChildren();
            }
            return Optional.empty();
        } catch (IOException notJson) {
            return Optional.empty();
        }
    }

    /** What the reader makes of the body, or {@link Reading.Malformed} when it is not one JSON object in UTF-8. */
    static Reading read(Payload payload, Function<JsonField, Reading> reader) {
        byte[] bytes = payload.bytes();
        if (!isUtf8(bytes)) {
            return new Reading.Malformed("not_utf8");
        }
        if (hasNul(bytes)) {
            // No JSON has one. The parser would detect UTF-16 and UTF-32 by it.
            return new Reading.Malformed("invalid_json");
        }
        JsonNode body;
        // It skips one byte order mark.
        try (JsonParser parser = MAPPER.createParser(bytes)) {
            body = MAPPER.readValue(parser, JsonNode.class);
        } catch (StreamConstraintsException beyondLimits) {
            return new Reading.Malformed("json_limit_exceeded");
        } catch (IOException | ArithmeticException | NumberFormatException notJson) {
            // The latter two for an exponent that no number has.
            return new Reading.Malformed("invalid_json");
        }
        return body.isObject() ? reader.apply(new JsonField(body)) : new Reading.Malformed("not_an_object");
    }

    private static boolean hasNul(byte[] bytes) {
        for (byte one : bytes) {
            if (one == 0) {
                return true;
            }
        }
        return false;
    }

    /** The parser lets some bytes pass that are not UTF-8. */
    private static boolean isUtf8(byte[] bytes) {
        boolean ascii = true;
        for (byte one : bytes) {
            ascii &= one >= 0;
        }
        if (ascii) {
            return true;
        }
        try {
            // A fresh decoder reports what is malformed, overlong forms and surrogates included.
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException notUtf8) {
            return false;
        }
    }
}
