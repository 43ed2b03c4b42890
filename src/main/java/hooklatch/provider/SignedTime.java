package hooklatch.provider;

import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Whether a signed timestamp lies near enough to now. Immutable and thread-safe. */
final class SignedTime {
    /** No number of so many digits overflows a long, and the seconds of the next million years have fewer. */
    private static final int MAX_DIGITS = 15;

    private final long toleranceSeconds;
    private final Clock clock;

    SignedTime(Duration tolerance, Clock clock) {
        this.toleranceSeconds = tolerance.toSeconds();
        this.clock = clock;
    }

    /** Whether the text is a number of seconds: ASCII digits only, whatever the locale. */
    static boolean isWellFormed(String seconds) {
        return !seconds.isEmpty()
                && seconds.length() <= MAX_DIGITS
                && seconds.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /**
     * Why the time is not accepted, as a word for logs, or null when it lies within the tolerance. Both ends belong to it,
     * in whole seconds as the providers' own packages count them.
     *
     * @param seconds Unix seconds, well-formed
     */
    @Nullable
    String problemWith(String seconds) {
        long age = clock.instant().getEpochSecond() - Long.parseLong(seconds);
        if (age > toleranceSeconds) {
            return "timestamp_too_old";
        }
        return age < -toleranceSeconds ? "timestamp_in_future" : null;
    }
}
