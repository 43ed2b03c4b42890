package hooklatch.web.dashboard;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A form that was sent in vain, or nobody knows whether: what is left of it until its user sees the form again. It is kept in
 * the browser's cookie: an address is written down in logs and histories, and the next request may come to another node.
 *
 * @param cause why it is kept
 * @param page path and query of the page with the form
 * @param username of whoever the page was made for; nobody else is shown the reason
 * @param reason as it was typed; empty when nothing was, null when it was too long for a cookie
 */
record Draft(
        Cause cause, String page, String username, @Nullable String reason) {
    /** Browsers keep 4 KiB of a cookie with its name and attributes. The longest page and name fit. */
    private static final int LONGEST = 3_500;

    /** In neither paths nor names. */
    private static final String SEPARATOR = "\n";

    /** Why a form is kept. */
    enum Cause {
        /** Its sign-in had ended. */
        SIGNED_OUT("Nothing was done: your sign-in had ended."),
        /** MySQL could not be asked who sent it. */
        NOT_DONE("Nothing was done: MySQL did not answer in time."),
        /** MySQL failed while it was done. */
        NOT_KNOWN("MySQL did not say whether what you sent was done: look whether it was, before you send it again.");

        private final String sentence;

        Cause(String sentence) {
            this.sentence = sentence;
        }
    }

    /** What became of the form, in sentences for whoever sees it again. */
    String told() {
        if (reason == null) {
            return cause.sentence
                    + " The reason that you typed was too long to be kept: type it again, and send it once more.";
        }
        if (cause == Cause.NOT_KNOWN) {
            return cause.sentence + (reason.isEmpty() ? "" : " The reason that you typed is in the form again.");
        }
        return cause.sentence
                + (reason.isEmpty()
                        ? " Do it once more if you still want to."
                        : " The reason that you typed is in the form again: look at it and send it once more.");
    }

    /** What the field of the form holds. */
    String typed() {
        return Objects.requireNonNullElse(reason, "");
    }

    /** As a cookie's value. */
    String encoded() {
        String place = cause.name() + SEPARATOR + page + SEPARATOR + username;
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
            String[] parts = text.split(SEPARATOR, 4);
            return parts.length < 3
                    ? Optional.empty()
                    : Arrays.stream(Cause.values())
                            .filter(cause -> cause.name().equals(parts[0]))
                            .findAny()
                            .map(cause -> new Draft(cause, parts[1], parts[2], parts.length == 3 ? null : parts[3]));
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }
}
