package hooklatch.web.dashboard;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** Texts as the value of one cookie. */
final class CookieText {
    /** Browsers keep 4 KiB of a cookie with its name and attributes. */
    static final int LONGEST = 3_500;

    /** In neither paths nor names. */
    private static final String SEPARATOR = "\n";

    private CookieText() {}

    /** @param texts only the last may have line breaks */
    static String of(String... texts) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(String.join(SEPARATOR, texts).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The texts that a value was made of, or whatever a browser sends instead.
     *
     * @param most of them; a line break in the last is part of it
     */
    static List<String> read(String value, int most) {
        try {
            return List.of(
                    new String(Base64.getUrlDecoder().decode(value), StandardCharsets.UTF_8).split(SEPARATOR, most));
        } catch (IllegalArgumentException notBase64) {
            return List.of();
        }
    }
}
