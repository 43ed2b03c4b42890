package hooklatch.lock;

import hooklatch.domain.EventKey;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A lock that is held now.
 *
 * @param holder what stands for the holder in Redis; a release names it, so that nobody else's lock is released
 * @param threadId of the holder
 * @param threadName null when the holder has not told it
 * @param node name of the holder's node, or null when no node of that process has reported lately
 * @param alive whether that node still reports
 * @param heldFor null when the lock has no lease to tell it by
 * @param expiresIn null when it does not expire, or when Redis could not be asked
 * @param type of the event as the holder told it, or else somebody who met the lock; or null
 * @param order that the event names, by the same, or null
 */
public record HeldLock(
        EventKey key,
        String holder,
        @Nullable Long threadId,
        @Nullable String threadName,
        @Nullable String node,
        boolean alive,
        @Nullable Duration heldFor,
        @Nullable Duration expiresIn,
        @Nullable String type,
        @Nullable String order) {
    /** The same, with what somebody else knows of the event. */
    HeldLock about(@Nullable String knownType, @Nullable String knownOrder) {
        return new HeldLock(key, holder, threadId, threadName, node, alive, heldFor, expiresIn, knownType, knownOrder);
    }
}
