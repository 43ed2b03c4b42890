package hooklatch.web.dashboard;

import org.jspecify.annotations.Nullable;

/**
 * The question whether a lock is to be released.
 *
 * @param redisAnswers when false, it is not known who holds the lock
 * @param held whether the holder that was shown has it still
 * @param again link to the question itself
 * @param eventHref null = the event has no page, or it is not known whether it has
 * @param holder as Redis names it
 * @param problem what is wrong with the form; null = nothing
 */
public record LockReleaseView(
        boolean redisAnswers,
        boolean held,
        String again,
        String provider,
        String eventId,
        @Nullable String eventHref,
        String holder,
        String node,
        String thread,
        boolean alive,
        String heldFor,
        String expiresIn,
        String reason,
        @Nullable String problem) {}
