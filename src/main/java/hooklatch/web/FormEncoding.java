package hooklatch.web;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code application/x-www-form-urlencoded}, of addresses and of forms, the same way on every container: one of them
 * throws where an escape is broken, one drops the parameter, one repairs it.
 */
final class FormEncoding {
    /** More than any page of ours has. */
    static final int MAX_PARAMETERS = 500;

    private FormEncoding() {}

    /**
     * The parameters, in the order in which they came.
     *
     * @param encoded null = none
     * @return empty when an escape is cut off or no hexadecimal number, when the bytes are no UTF-8, or when there are more
     *     than {@link #MAX_PARAMETERS}
     */
    static Optional<Map<String, List<String>>> parse(@Nullable String encoded) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        if (encoded == null || encoded.isEmpty()) {
            return Optional.of(parameters);
        }
        String[] pairs = encoded.split("&", MAX_PARAMETERS + 1);
        if (pairs.length > MAX_PARAMETERS) {
            return Optional.empty();
        }
        for (String pair : pairs) {
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            Optional<String> name = decode(equals < 0 ? pair : pair.substring(0, equals));
            Optional<String> value = decode(equals < 0 ? "" : pair.substring(equals + 1));
            if (name.isEmpty() || value.isEmpty()) {
                return Optional.empty();
            }
            parameters.computeIfAbsent(name.get(), any -> new ArrayList<>()).add(value.get());
        }
        return Optional.of(parameters);
    }

    private static Optional<String> decode(String encoded) {
        return PercentEncoding.decode(encoded.replace('+', ' '));
    }

    /** The text of a form's body, or empty when it is no UTF-8. */
    static Optional<String> text(byte[] body) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
