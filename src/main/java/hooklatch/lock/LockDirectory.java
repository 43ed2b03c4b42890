package hooklatch.lock;

import hooklatch.domain.EventKey;
import java.util.List;

/** Which locks are held on all nodes, and the nodes themselves. For people: no delivery waits for it. Thread-safe. */
public interface LockDirectory {
    /** Looks now. Costs by the number of nodes and of locks, whatever else is in Redis. */
    Listing list();

    /** The nodes alone. */
    Nodes nodes();

    /**
     * Frees a lock if the given holder has it still, and wakes who waits for it.
     *
     * @param holder {@link HeldLock#holder()} as it was shown
     */
    Release release(EventKey key, String holder);

    /**
     * What was found.
     *
     * @param redisAnswers when false, this is only what this node knows by itself
     * @param overlooked how many further locks may be held, which were in the way and found no room on a node's board; one
     *     that several nodes met may be counted several times. Each is counted for as long as a lock is listed, and while
     *     Redis does not answer none is
     */
    record Listing(boolean redisAnswers, List<HeldLock> locks, long overlooked) {}

    /**
     * The nodes that have reported lately, the living first.
     *
     * @param redisAnswers when false, nobody could be asked and the list holds this node alone
     */
    record Nodes(boolean redisAnswers, List<NodeReport> reports) {}

    /** How a release ended. */
    enum Release {
        /** The lock is free. */
        RELEASED,
        /** That holder does not have it any more: it was given back, has expired, or somebody else has it now. */
        NOT_HELD,
        /** Redis did not answer; whether the lock was released is not known. */
        UNKNOWN
    }
}
