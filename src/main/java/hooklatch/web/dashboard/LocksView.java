package hooklatch.web.dashboard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The held locks as their JSP shows them.
 *
 * @param redisAnswers when false, these are the locks of this node alone, as it remembers them
 * @param node name of this node
 * @param releasable whether the visitor may release locks
 * @param overlooked the beginning of a sentence on locks that are not shown; null = none
 */
public record LocksView(
        boolean redisAnswers,
        String node,
        boolean releasable,
        List<Row> rows,
        @Nullable String overlooked) {
    public LocksView {
        rows = List.copyOf(rows);
    }

    /**
     * One lock.
     *
     * @param eventHref null = nothing of the event is stored yet
     * @param type in words, when it is not known
     * @param orderHref null = no order is known
     * @param node in words, when no node of that process has reported
     * @param alive whether the holder's node still reports
     * @param longHeld whether it is held for longer than any delivery may take
     * @param releaseHref null = it cannot be released from here
     */
    public record Row(
            String key,
            String provider,
            String eventId,
            @Nullable String eventHref,
            String type,
            String orderId,
            @Nullable String orderHref,
            String node,
            String thread,
            boolean alive,
            boolean longHeld,
            String heldFor,
            String expiresIn,
            @Nullable String releaseHref) {}
}
