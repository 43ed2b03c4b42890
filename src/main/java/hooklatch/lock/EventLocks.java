package hooklatch.lock;

import hooklatch.domain.EventKey;
import hooklatch.domain.WebhookEvent;
import java.time.Duration;
import java.util.Optional;

/**
 * One lock an event, across all nodes. It saves work: who may have the effect is decided by MySQL, so a lock that is
 * granted twice, or never, costs time and nothing else. Thread-safe.
 */
public interface EventLocks {
    /**
     * Tries to take the lock.
     *
     * @param wait how long to wait for another holder
     */
    Attempt acquire(EventKey key, Duration wait);

    /** The same for an event that is known in full: people who look at the lock are shown what it is about. */
    default Attempt acquire(WebhookEvent event, Duration wait) {
        return acquire(event.key(), wait);
    }

    /** Whether anybody holds the lock; empty when that cannot be known now. */
    Optional<Boolean> isHeld(EventKey key);

    /** How an attempt ended. */
    sealed interface Attempt {
        /**
         * The lock is ours, until one of the two is run or its lease ends: once, by the thread that acquired. Neither
         * throws or waits for anything.
         *
         * @param release gives the lock back at once
         * @param releaseOfDone the same when the event is done: nobody needs its lock any more, so that it may be free some
         *     milliseconds later
         */
        record Held(Runnable release, Runnable releaseOfDone) implements Attempt {}

        /** Another one holds it still. */
        record Busy() implements Attempt {}

        /**
         * There is no way to ask other nodes now: go on without their lock. The release, like that of a held lock, gives
         * back what this node has of its own.
         *
         * @param wentThrough to be run when the event was processed all the same
         */
        record Unavailable(Runnable release, Runnable wentThrough) implements Attempt {}
    }
}
