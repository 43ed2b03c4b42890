package hooklatch.service.events;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes a body so that people can read it, personal data hidden or not. It goes through the body token by token, so its
 * size and depth do not matter, numbers keep their digits, and what comes out is JSON whatever was hidden. Thread-safe.
 *
 * <p>Hidden is the value of every field whose name speaks of a person ({@link PersonalData#ofName}), with everything in it
 * where it is an object or a list, and in every other text what looks like an e-mail address, a VPA, a phone number or a
 * card number ({@link PersonalData#hideIn}). Amounts, states, times and ids stay. A name in the middle of free text is not
 * recognised.
 */
public final class PayloadMask {
    private static final int MAX_DEPTH = 1_000;
    private static final int MAX_TEXT = 20_000_000;
    private static final int MAX_DIGITS = 10_000;
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(MAX_TEXT)
                    .maxNameLength(MAX_TEXT)
                    .maxNumberLength(MAX_DIGITS)
                    .build())
            .streamWriteConstraints(
                    StreamWriteConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            // Senders choose the names: they do not belong into the JVM's tables.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private PayloadMask() {}

    /** The body with personal data hidden, or empty when it is not JSON: then nothing of it can be shown. */
    public static Optional<String> masked(byte[] body) {
        return written(body, true);
    }

    /** The body as it is, laid out for people, or empty when it is not JSON. */
    public static Optional<String> plain(byte[] body) {
        return written(body, false);
    }

    private static Optional<String> written(byte[] body, boolean hide) {
        int start = startsWithMark(body) ? BYTE_ORDER_MARK.length : 0;
        StringWriter text = new StringWriter(body.length * 2);
        try (JsonParser parser = JSON.createParser(body, start, body.length - start);
                JsonGenerator generator = JSON.createGenerator(text)) {
            generator.setPrettyPrinter(layout());
            new Copy(parser, generator, hide).run();
        } catch (IOException notJson) {
            return Optional.empty();
        }
        return Optional.of(text.toString());
    }

    private static boolean startsWithMark(byte[] body) {
        return body.length >= BYTE_ORDER_MARK.length
                && body[0] == BYTE_ORDER_MARK[0]
                && body[1] == BYTE_ORDER_MARK[1]
                && body[2] == BYTE_ORDER_MARK[2];
    }

    private static DefaultPrettyPrinter layout() {
        DefaultIndenter lines = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter layout = new DefaultPrettyPrinter(
                Separators.createDefaultInstance().withObjectFieldValueSpacing(Separators.Spacing.AFTER));
        layout.indentObjectsWith(lines);
        layout.indentArraysWith(lines);
        return layout;
    }

    /** One pass through one body. */
    private static final class Copy {
        private final JsonParser parser;
        private final JsonGenerator generator;
        private final boolean hide;
        /** For each open object or list: what everything in it is, or empty. */
        private final Deque<Optional<PersonalData>> open = new ArrayDeque<>();
        /** Name of the field whose value comes next, or of the list that holds it. */
        private final Deque<String> names = new ArrayDeque<>();

        private String name = "";

        Copy(JsonParser parser, JsonGenerator generator, boolean hide) {
            this.parser = parser;
            this.generator = generator;
            this.hide = hide;
        }

        void run() throws IOException {
            if (parser.nextToken() == null) {
                throw new IOException("empty");
            }
            while (parser.currentToken() != null) {
                copy(parser.currentToken());
                parser.nextToken();
            }
            if (!open.isEmpty()) {
                throw new IOException("cut off");
            }
        }

        private void copy(JsonToken token) throws IOException {
            switch (token) {
                case START_OBJECT -> {
                    begin();
                    generator.writeStartObject();
                }
                case START_ARRAY -> {
                    begin();
                    generator.writeStartArray();
                }
                case END_OBJECT -> {
                    end();
                    generator.writeEndObject();
                }
                case END_ARRAY -> {
                    end();
                    generator.writeEndArray();
                }
                case FIELD_NAME -> {
                    name = parser.currentName();
                    generator.writeFieldName(hide ? PersonalData.hideIn(name, "") : name);
                }
                case VALUE_STRING -> text(parser.getText());
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser.getText());
                case VALUE_TRUE -> generator.writeBoolean(true);
                case VALUE_FALSE -> generator.writeBoolean(false);
                case VALUE_NULL -> generator.writeNull();
                default -> throw new IOException("unexpected token");
            }
        }

        private void begin() {
            open.push(kind());
            names.push(name);
        }

        private void end() {
            open.pop();
            name = names.pop();
        }

        /** What the value that comes next is: by what it is in, or else by its name. */
        private Optional<PersonalData> kind() {
            Optional<PersonalData> inherited = Optional.ofNullable(open.peek()).flatMap(k -> k);
            return hide ? inherited.or(() -> PersonalData.ofName(name)) : Optional.empty();
        }

        private void text(String value) throws IOException {
            Optional<PersonalData> kind = kind();
            boolean within = Optional.ofNullable(open.peek()).flatMap(k -> k).isPresent();
            if (kind.isPresent() && !value.isEmpty() && (within || !PersonalData.isIdInstead(name, value))) {
                generator.writeString(kind.get().mask());
            } else if (hide && PersonalData.namesSomebody(name, value)) {
                generator.writeString(PersonalData.NAME.mask());
            } else {
                generator.writeString(hide ? PersonalData.hideIn(value, name) : value);
            }
        }

        /** A number stays as it was written, exponent and zeros and all. */
        private void number(String digits) throws IOException {
            Optional<PersonalData> kind = kind();
            @Nullable String hidden = kind.map(PersonalData::mask).orElse(null);
            if (hidden == null && hide) {
                String shown = PersonalData.hideIn(digits, name);
                hidden = shown.equals(digits) ? null : shown;
            }
            if (hidden == null) {
                generator.writeNumber(digits);
            } else {
                generator.writeString(hidden);
            }
        }
    }
}
