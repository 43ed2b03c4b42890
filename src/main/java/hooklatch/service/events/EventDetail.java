package hooklatch.service.events;

import hooklatch.dao.EventDetailDao.DisputeRow;
import hooklatch.dao.EventDetailDao.LogRow;
import hooklatch.dao.EventDetailDao.OrderRow;
import hooklatch.dao.EventDetailDao.PaymentRow;
import hooklatch.dao.EventDetailDao.RefundRow;
import hooklatch.domain.CappedCount;
import hooklatch.domain.EventSummary;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One event with everything that belongs to it.
 *
 * @param line as in a list
 * @param advice why it had no effect and what to do, or null when it had one
 * @param resultJson as first answered, or null
 * @param node on which it had its effect, else the last on which it was refused; null when the log has neither
 * @param nextAttemptAt when it is tried again by itself, or null
 * @param working whether it is being processed right now, as far as its lock can tell
 */
public record EventDetail(
        EventSummary line,
        @Nullable Advice advice,
        @Nullable String resultJson,
        Body body,
        @Nullable String node,
        @Nullable Instant nextAttemptAt,
        boolean working,
        Timeline timeline,
        Effects effects) {

    /**
     * The first body.
     *
     * @param state what can be shown of it
     * @param bytes its size; 0 once purged
     * @param text laid out for people, personal data masked; null unless it is {@link BodyState#READABLE}
     */
    public record Body(BodyState state, int bytes, @Nullable String text) {}

    /** What has become of a body. */
    public enum BodyState {
        READABLE,
        /** Not JSON: it can be revealed but not masked. */
        UNREADABLE,
        /** Forgotten, as PAYLOAD_RETENTION_DAYS has it. */
        PURGED
    }

    /**
     * A page of the attempts at it (deliveries, retries, replays), in the order in which they began.
     *
     * @param deliveries how many there are
     * @param others how many retries and replays there are
     * @param earlier cursor of the page before, or null
     * @param later cursor of the page behind, or null
     */
    public record Timeline(
            List<LogRow> rows,
            CappedCount deliveries,
            CappedCount others,
            @Nullable String earlier,
            @Nullable String later) {
        public Timeline {
            rows = List.copyOf(rows);
        }
    }

    /**
     * The rows that the event wrote, as they stand now: later events may have changed them since. Of a refused event, what
     * it names and would write to.
     */
    public record Effects(
            @Nullable PaymentRow payment,
            List<RefundRow> refunds,
            @Nullable DisputeRow dispute,
            @Nullable OrderRow order) {
        public Effects {
            refunds = List.copyOf(refunds);
        }

        public boolean isEmpty() {
            return payment == null && refunds.isEmpty() && dispute == null && order == null;
        }
    }
}
