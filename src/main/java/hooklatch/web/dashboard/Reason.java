package hooklatch.web.dashboard;

import org.jspecify.annotations.Nullable;

/**
 * Why somebody does something, from the field {@code reason} of a form, as the audit log keeps it.
 *
 * @param text as it was typed, without blanks around it; empty when nothing was
 * @param problem what is wrong with it, in a sentence; null when it will do
 */
record Reason(String text, @Nullable String problem) {
    /** What the columns hold. */
    static final int LONGEST = 1000;

    /**
     * Reads it from a form.
     *
     * @param missing the sentence for whoever gave none
     */
    static Reason of(PageRequest request, String missing) {
        String text = request.parameter("reason").orElse("");
        if (text.isEmpty()) {
            return new Reason(text, missing);
        }
        return new Reason(
                text, text.length() > LONGEST ? "The reason is longer than " + LONGEST + " characters." : null);
    }
}
