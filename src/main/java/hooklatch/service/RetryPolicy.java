package hooklatch.service;

import hooklatch.domain.EventStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * When a refused event is tried again here, and when it is given up to people. Immutable.
 *
 * @param deadLetterAfter refusals before one more makes it a dead letter
 * @param deadLetterMinAge time since it was first received before it may become one
 */
public record RetryPolicy(int deadLetterAfter, Duration deadLetterMinAge) {
    private static final Duration FIRST = Duration.ofSeconds(2);
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration OF_DEAD_LETTERS = Duration.ofHours(1);
    private static final Duration LAST_OF_DEAD_LETTERS = Duration.ofDays(3);
    private static final int DOUBLINGS_TO_LONGEST = 8;

    /**
     * What becomes of an event that was refused.
     *
     * @param refusalsBefore earlier runs of the handler, all refused
     */
    public EventStatus statusAfterRefusal(EventStatus before, int refusalsBefore, Instant receivedAt, Instant now) {
        boolean oftenEnough = refusalsBefore >= deadLetterAfter;
        boolean longEnough = !receivedAt.plus(deadLetterMinAge).isAfter(now);
        boolean wasDead = before == EventStatus.DEAD_LETTERED;
        return wasDead || (oftenEnough && longEnough) ? EventStatus.DEAD_LETTERED : EventStatus.FAILED;
    }

    /**
     * Since when a dead letter is one, when nobody wrote it down: it was so by then, as it was refused often enough.
     *
     * @param receivedAt when it was first received
     */
    public Instant deadAtTheEarliest(Instant receivedAt) {
        return receivedAt.plus(deadLetterMinAge);
    }

    /**
     * When to try again: after 2 s, doubling up to 5 min, less up to a quarter so that many do not come at once; a dead
     * letter every hour for three days.
     *
     * @param deadSince when it became a dead letter; null when it is none
     * @return null for never again by ourselves
     */
    public @Nullable Instant nextAttempt(
            int refusalsBefore, @Nullable Instant deadSince, Instant now, RandomGenerator random) {
        if (deadSince != null) {
            return now.isBefore(deadSince.plus(LAST_OF_DEAD_LETTERS))
                    ? now.plus(jittered(OF_DEAD_LETTERS, random))
                    : null;
        }
        Duration pause = refusalsBefore >= DOUBLINGS_TO_LONGEST ? LONGEST : FIRST.multipliedBy(1L << refusalsBefore);
        return now.plus(jittered(pause.compareTo(LONGEST) > 0 ? LONGEST : pause, random));
    }

    private static Duration jittered(Duration pause, RandomGenerator random) {
        return pause.minusMillis(random.nextLong(pause.toMillis() / 4 + 1));
    }
}
