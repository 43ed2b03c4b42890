package hooklatch.domain;

import java.time.Instant;

/**
 * How many deliveries of one kind were refused in one minute.
 *
 * @param minute when it began
 * @param provider {@code other} for a name that nobody knows
 * @param refused all of them
 * @param kept how many of these were noted one by one
 */
public record RejectionCount(Instant minute, String provider, String cause, long refused, long kept) {
    /** In place of a provider's name that nobody knows: anybody can ask for any name. */
    public static final String OTHER_PROVIDER = "other";
}
