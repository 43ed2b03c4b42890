package hooklatch.domain;

import org.jspecify.annotations.Nullable;

/**
 * The shop's order id as the event states it, not yet trusted.
 *
 * @param text the text as it came, or null when the event names no order
 */
public record OrderRef(@Nullable String text) {
    /** The event names no order. */
    public static final OrderRef NONE = new OrderRef(null);

    private static final int MAX_DIGITS = 19;

    public static OrderRef of(@Nullable String text) {
        return text == null ? NONE : new OrderRef(text);
    }

    public boolean isAbsent() {
        return text == null;
    }

    /**
     * The id as a number, or null unless the text is a strict positive integer: digits only, no leading zero, no blank, at
     * most {@link Long#MAX_VALUE}.
     */
    public @Nullable Long id() {
        if (text == null || text.isEmpty() || text.length() > MAX_DIGITS || text.charAt(0) == '0') {
            return null;
        }
        if (!text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException beyondLong) {
            return null;
        }
    }
}
