package hooklatch.web.dashboard;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A form that was sent when its sign-in had ended: what is left of it until its user has signed in and sees the form again.
 * It is kept in the browser's cookie: an address is written down in logs and histories, and the next request may come to
 * another node.
 *
 * @param page path and query of the page with the form
 * @param username of whoever the page was made for; nobody else is shown the reason
 * @param reason as it was typed; empty when nothing was, null when it was too long for a cookie
 */
record Draft(String page, String username, @Nullable String reason) {
    /** Browsers keep 4 KiB of a cookie with its name and attributes. The longest page and name fit. */
    private static final int LONGEST = 3_500;

    /** In neither paths nor names. */
    private static final String SEPARATOR = "\n";

    /** As a cookie's value. */
    String encoded() {
        String place = page + SEPARATOR + username;
        String whole = encoded(reason == null ? place : place + SEPARATOR + reason);
        return whole.length() <= LONGEST ? whole : encoded(place);
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** What a cookie says; empty when it is none of ours. */
    static Optional<Draft> of(String encoded) {
        try {
            String text = new String(Base64.getUrlDecoder().decode(encoded), StandardCharsets.UTF_8);
            String[] parts = text.split(SEPARATOR, 3);
            return parts.length < 2
                    ? Optional.empty()
                    : Optional.of(new Draft(parts[0], parts[1], parts.length == 2 ? null : parts[2]));
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }
}
