package hooklatch.service.events;

import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.dao.Database;
import hooklatch.dao.EventDetailDao;
import hooklatch.dao.EventDetailDao.DeliveryRow;
import hooklatch.dao.EventListDao;
import hooklatch.dao.StorageException;
import hooklatch.domain.Actor;
import hooklatch.domain.CappedCount;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventSummary;
import hooklatch.domain.Json;
import hooklatch.domain.Payload;
import hooklatch.service.Audit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Tells everything about one event. Thread-safe. */
public final class EventDetails {
    /** Deliveries on a page. */
    public static final int DELIVERIES = 50;

    /** Cursor of the last page of deliveries. */
    public static final String LAST = "b999999999999999999";

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int COUNT_CAP = 1_000;
    private static final int MAX_ROWS = 20;
    private static final Pattern CURSOR = Pattern.compile("([ab])(\\d{1,18})");

    private final Database database;
    private final Audit audit;
    private final EventDetailDao dao = new EventDetailDao();
    private final EventListDao lists = new EventListDao();

    /** @param database the pool of the pages */
    public EventDetails(Database database, Audit audit) {
        this.database = database;
        this.audit = audit;
    }

    /**
     * The event of a key.
     *
     * @param deliveriesCursor of another page of its deliveries; null or damaged for the first
     * @throws StorageException when MySQL cannot tell
     */
    public Optional<EventDetail> find(EventKey key, @Nullable String deliveriesCursor) {
        return database.inTransaction(
                Deadline.in(PATIENCE),
                handle -> dao.find(handle, key).map(stored -> detail(handle, stored, deliveriesCursor)));
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

    private EventDetail detail(Handle handle, EventDetailDao.Stored stored, @Nullable String cursor) {
        EventListDao.Row row = stored.row();
        EventSummary line = EventLines.summary(
                row,
                lists.deliveries(handle, List.of(row.key()), EventLines.DELIVERIES_OF_A_LINE + 1)
                        .get(0));
        EventDetail.Deliveries deliveries = deliveries(handle, row.key(), cursor);
        String message = line.error() != null ? line.error() : line.message();
        return new EventDetail(
                line,
                Advice.of(line.status(), message).orElse(null),
                row.resultJson(),
                body(stored.payload()),
                node(deliveries.rows()),
                stored.nextAttemptAt(),
                deliveries,
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

    private static @Nullable String node(List<DeliveryRow> deliveries) {
        String refused = null;
        for (DeliveryRow delivery : deliveries) {
            switch (delivery.outcome()) {
                case "processed" -> {
                    return delivery.node();
                }
                case "failed", "dead_lettered" -> refused = delivery.node();
                default -> {
                    // Answered without a run of the handler.
                }
            }
        }
        return refused;
    }

    private EventDetail.Deliveries deliveries(Handle handle, EventKey key, @Nullable String cursor) {
        CappedCount count = dao.countDeliveries(handle, key, COUNT_CAP);
        var matcher = CURSOR.matcher(cursor == null ? "a0" : cursor);
        boolean before = matcher.matches() && matcher.group(1).equals("b");
        long bound = matcher.matches() ? Long.parseLong(matcher.group(2)) : 0;
        List<DeliveryRow> rows = new ArrayList<>(
                before
                        ? dao.deliveriesBefore(handle, key, bound, DELIVERIES + 1)
                        : dao.deliveriesAfter(handle, key, bound, DELIVERIES + 1));
        boolean more = rows.size() > DELIVERIES;
        if (more) {
            rows.remove(DELIVERIES);
        }
        if (before) {
            Collections.reverse(rows);
        }
        if (rows.isEmpty()) {
            return new EventDetail.Deliveries(rows, count, null, null);
        }
        boolean hasEarlier = before ? more : bound > 0;
        boolean hasLater = (before && !LAST.equals(cursor)) || (!before && more);
        return new EventDetail.Deliveries(
                rows,
                count,
                hasEarlier ? "b" + rows.get(0).rowId() : null,
                hasLater ? "a" + rows.get(rows.size() - 1).rowId() : null);
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
