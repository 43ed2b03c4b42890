package hooklatch.domain;

import java.util.regex.Pattern;

/**
 * What refusals for the same reason have in common: the error without the ids, numbers and quotes of the single case, so
 * that {@code Order not found: 42} and {@code Order not found: 43} are one cause. It holds no personal data that came in
 * quotes, as a number or as an address.
 */
public final class ErrorCause {
    /** Longest cause, in characters. */
    public static final int MAX_LENGTH = 120;

    /** Cause of a refusal without words. */
    public static final String NONE = "No reason given";

    /** Error and cause of an event whose handler was stopped because it took too long. */
    public static final String LATE = "Handler did not end in time";

    private static final String GAP = "…";

    /** Longer texts are cut first, so that hostile ones cost no more. */
    private static final int LONGEST_READ = 1000;

    private static final Pattern QUOTED = Pattern.compile("\"[^\"]*\"?|`[^`]*`?|“[^”]*”?|«[^»]*»?|(?<!\\w)'[^']*'");

    /**
     * Ids, numbers, dates, mail and web addresses: a word with a digit, one with a sign that no word has, or a prefix and
     * letters of both cases: of providers' random ids every twelfth or so has no digit.
     */
    private static final Pattern SINGULAR =
            Pattern.compile("[^\\s(),;…]*(?:\\p{Nd}|@|://)[^\\s(),;…]*|\\b[a-z]+_(?=\\w*[A-Z])(?=\\w*[a-z])\\w{8,}");

    private static final Pattern SPACE = Pattern.compile("[\\s\\p{Cc}\\p{Cf}]+");
    private static final Pattern GAPS = Pattern.compile("…(?:[ ,;]*…)+");
    private static final Pattern END = Pattern.compile("[\\s:;,.…(-]+$");

    private ErrorCause() {}

    /** The cause; never empty, never longer than {@link #MAX_LENGTH}. */
    public static String of(String error) {
        String text = error.length() > LONGEST_READ ? error.substring(0, LONGEST_READ) : error;
        text = SPACE.matcher(text).replaceAll(" ").strip();
        text = QUOTED.matcher(text).replaceAll(GAP);
        text = SINGULAR.matcher(text).replaceAll(GAP);
        text = GAPS.matcher(text).replaceAll(GAP);
        text = withoutEnd(text);
        if (text.length() > MAX_LENGTH) {
            text = withoutEnd(text.substring(0, whole(text, MAX_LENGTH - 2)) + " " + GAP);
        }
        return text.isEmpty() ? NONE : text;
    }

    /** "Order not found: …" is "Order not found", but "… names an order for payment …" keeps its gap. */
    private static String withoutEnd(String text) {
        String ended = END.matcher(text).replaceFirst("");
        boolean gapOfASentence = text.endsWith(" " + GAP) && !text.endsWith(": " + GAP);
        return gapOfASentence && !ended.isEmpty() ? ended + " " + GAP : ended;
    }

    /** Never between the halves of a surrogate pair. */
    private static int whole(String text, int length) {
        return Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length;
    }
}
