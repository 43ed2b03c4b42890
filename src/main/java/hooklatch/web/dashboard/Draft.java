package hooklatch.web.dashboard;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * A form that was sent when its sign-in had ended: what is left of it until somebody has signed in and sees the form again.
 * It is kept in the browser's cookie: an address is written down in logs and histories, and the next request may come to
 * another node.
 *
 * @param page path and query of the page with the form
 * @param reason as it was typed; empty when nothing was, or when it is too long for a cookie
 */
record Draft(String page, String reason) {
    /** Browsers keep 4 KiB of a cookie with its name and attributes. */
    private static final int LONGEST = 3_500;

    private static final char SEPARATOR = '\n';

    /** As a cookie's value; empty when even the page is too long. */
    Optional<String> encoded() {
        String whole = encoded(page + SEPARATOR + reason);
        String shorter = whole.length() <= LONGEST ? whole : encoded(page + SEPARATOR);
        return shorter.length() <= LONGEST ? Optional.of(shorter) : Optional.empty();
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** What a cookie says; empty when it is none of ours. */
    static Optional<Draft> of(String encoded) {
        try {
            String text = new String(Base64.getUrlDecoder().decode(encoded), StandardCharsets.UTF_8);
            int end = text.indexOf(SEPARATOR);
            return end < 0 ? Optional.empty() : Optional.of(new Draft(text.substring(0, end), text.substring(end + 1)));
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }
}
