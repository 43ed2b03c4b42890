package hooklatch.service.events;

import org.jspecify.annotations.Nullable;

/**
 * The reason of a refusal as people may see it: handlers quote what was sent, and somebody's address may be in it, or what
 * turns the direction of reading.
 */
public final class ShownReason {
    private ShownReason() {}

    /** The reason without what looks like an e-mail address, a VPA, a phone or a card number; null stays null. */
    public static @Nullable String ofNullable(@Nullable String error) {
        return error == null ? null : of(error);
    }

    /** The reason without what looks like an e-mail address, a VPA, a phone or a card number. */
    public static String of(String error) {
        return BidiControls.escaped(PersonalData.hideIn(error, ""));
    }
}
