package hooklatch.service.events;

import java.util.regex.Pattern;

/**
 * Characters that change the direction in which the text behind them is read. A sender could have a sentence or an amount
 * read otherwise than it was written ("Trojan Source", CVE-2021-42574); letters of scripts that are read from the right
 * need none of them.
 */
public final class BidiControls {
    private static final Pattern CONTROL = Pattern.compile("[\\u202a-\\u202e\\u2066-\\u2069]");

    private BidiControls() {}

    /** The text with each of them as JSON escapes it, so that it is seen. What was JSON is JSON still. */
    public static String escaped(String text) {
        return CONTROL.matcher(text)
                .replaceAll(
                        found -> String.format("\\\\u%04x", (int) found.group().charAt(0)));
    }
}
