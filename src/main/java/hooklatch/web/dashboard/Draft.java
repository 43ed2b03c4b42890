package hooklatch.web.dashboard;

import java.util.Arrays;
import java.util.List;
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
        String place = CookieText.of(cause.name(), page, username);
        String whole = reason == null ? place : CookieText.of(cause.name(), page, username, reason);
        return whole.length() <= CookieText.LONGEST ? whole : place;
    }

    /** What a cookie says; empty when it is none of ours. */
    static Optional<Draft> of(String encoded) {
        List<String> parts = CookieText.read(encoded, 4);
        return parts.size() < 3
                ? Optional.empty()
                : Arrays.stream(Cause.values())
                        .filter(cause -> cause.name().equals(parts.get(0)))
                        .findAny()
                        .map(cause ->
                                new Draft(cause, parts.get(1), parts.get(2), parts.size() == 3 ? null : parts.get(3)));
    }
}
