package hooklatch.service.events;

import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.dao.Database;
import hooklatch.dao.EventDetailDao;
import hooklatch.dao.EventListDao;
import hooklatch.dao.StorageException;
import hooklatch.domain.Actor;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventSummary;
import hooklatch.domain.Json;
import hooklatch.domain.Payload;
import hooklatch.lock.EventLocks;
import hooklatch.service.Audit;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Tells everything about one event. Thread-safe. */
public final class EventDetails {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int MAX_ROWS = 20;

    private final Database database;
    private final Audit audit;
    private final EventLocks locks;
    private final EventDetailDao dao = new EventDetailDao();
    private final EventTimeline timelines = new EventTimeline(dao);
    private final EventListDao lists = new EventListDao();

    /**
     * @param database the pool of the pages
     * @param locks tell whether an event is being processed
     */
    public EventDetails(Database database, Audit audit, EventLocks locks) {
        this.database = database;
        this.audit = audit;
        this.locks = locks;
    }

    /**
     * The event of a key.
     *
     * @param timelineCursor of another page of its timeline; null or damaged for the first
     * @throws StorageException when MySQL cannot tell
     */
    public Optional<EventDetail> find(EventKey key, @Nullable String timelineCursor) {
        // Asked before MySQL: a lock that is freed in between leaves a committed result behind.
        boolean working = locks.isHeld(key).orElse(false);
        return database.inTransaction(
                Deadline.in(PATIENCE),
                handle -> dao.find(handle, key).map(stored -> detail(handle, stored, working, timelineCursor)));
    }

    /**
     * The body of an event with nothing hidden. That it was asked for, by whom and why, is written down in the same
     * transaction: whoever gets it is in the audit log.
     *
     * @return empty when there is no such event, or its body is purged; then nothing is written down
     * @throws StorageException when MySQL cannot tell
     */
    public Optional<byte[]> reveal(EventKey key, Actor actor, String reason) {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> {
            Optional<byte[]> body = dao.find(handle, key)
                    .flatMap(stored -> Optional.ofNullable(stored.payload()))
                    .map(Payload::bytes);
            if (body.isPresent()) {
                audit.record(handle, actor, "payload.revealed", key.provider() + "/" + key.eventId(), reason);
            }
            return body;
        });
    }

    private EventDetail detail(Handle handle, EventDetailDao.Stored stored, boolean working, @Nullable String cursor) {
        EventListDao.Row row = stored.row();
        EventSummary line = EventLines.summary(
                row,
                lists.deliveries(handle, List.of(row.key()), EventLines.DELIVERIES_OF_A_LINE + 1)
                        .get(0));
        EventDetail.Timeline timeline = timelines.read(handle, row.key(), cursor);
        String message = line.error() != null ? line.error() : line.message();
        return new EventDetail(
                line,
                Advice.of(line.status(), message).orElse(null),
                row.resultJson(),
                body(stored.payload()),
                node(timeline.rows()),
                stored.nextAttemptAt(),
                working,
                timeline,
                effects(handle, row));
    }

    private static EventDetail.Body body(@Nullable Payload payload) {
        if (payload == null) {
            return new EventDetail.Body(EventDetail.BodyState.PURGED, 0, null);
        }
        return PayloadMask.masked(payload.bytes())
                .map(text -> new EventDetail.Body(EventDetail.BodyState.READABLE, payload.length(), text))
                .orElseGet(() -> new EventDetail.Body(EventDetail.BodyState.UNREADABLE, payload.length(), null));
    }

    private static @Nullable String node(List<EventDetailDao.LogRow> timeline) {
        String refused = null;
        for (EventDetailDao.LogRow attempt : timeline) {
            switch (attempt.outcome()) {
                case "processed" -> {
                    return attempt.node();
                }
                case "failed", "dead_lettered", "refused" -> refused = attempt.node();
                default -> {
                    // Answered without a run of the handler.
                }
            }
        }
        return refused;
    }

    /** By the ids that the result names; what somebody else's handler wrote elsewhere is not known here. */
    private EventDetail.Effects effects(Handle handle, EventListDao.Row row) {
        JsonNode result = row.resultJson() == null ? Json.object() : Json.read(row.resultJson());
        String provider = row.key().provider();
        String paymentId = row.paymentId();
        String refundId = result.path("refund_id").textValue();
        String disputeId = result.path("dispute_id").textValue();
        boolean chargeTotal = result.path("refund_id").isNull() && result.has("refund_id");
        List<EventDetailDao.RefundRow> refunds = List.of();
        if (refundId != null && EventKey.isValidId(refundId)) {
            refunds = dao.refund(handle, provider, refundId);
        } else if (chargeTotal && paymentId != null) {
            refunds = dao.chargeTotals(handle, provider, paymentId, MAX_ROWS);
        }
        EventDetailDao.PaymentRow payment = paymentId == null
                ? null
                : dao.payment(handle, provider, paymentId).orElse(null);
        // A refund that came before its payment names no order; its payment does by now, perhaps.
        Long orderId = row.orderId() != null ? row.orderId() : payment == null ? null : payment.orderId();
        return new EventDetail.Effects(
                payment,
                refunds,
                disputeId == null || !EventKey.isValidId(disputeId)
                        ? null
                        : dao.dispute(handle, provider, disputeId).orElse(null),
                orderId == null ? null : dao.order(handle, orderId).orElse(null));
    }
}
