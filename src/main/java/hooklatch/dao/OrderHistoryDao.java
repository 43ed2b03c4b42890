package hooklatch.dao;

import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.domain.AuditEntry;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventStatus;
import hooklatch.domain.Json;
import hooklatch.domain.OrderHistory;
import hooklatch.domain.ReplayOutcome;
import hooklatch.domain.ToldEffect;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** What the page of an order reads beside the order's facts. Consistent reads only. Stateless. */
public final class OrderHistoryDao {
    private static final String EVENT_COLUMNS = """
            SELECT id, provider, event_id, event_type, status, result, error, attempts, received_at, processed_at,
                   next_attempt_at, other_payload_at IS NOT NULL AS other_body
            FROM webhook_events
            """;

    /** ix_webhook_events_order_id, read backwards: no sort, and no more than is shown. */
    private static final String EVENTS_OF_ORDER = EVENT_COLUMNS + "FORCE INDEX (ix_webhook_events_order_id)"
            + " WHERE order_id = :orderId ORDER BY received_at DESC, id DESC LIMIT :limit";

    /** ix_webhook_events_payment_id, read backwards. */
    private static final String EVENTS_OF_PAYMENT = EVENT_COLUMNS
            + "FORCE INDEX (ix_webhook_events_payment_id)"
            + " WHERE payment_id = :paymentId AND provider = :provider ORDER BY received_at DESC, id DESC LIMIT :limit";

    /**
     * ix_webhook_deliveries_event, which holds all that is read: a range of each event. Of {@code provider = … AND event_id IN}
     * the server may take the provider alone, and read all its deliveries.
     */
    private static final String DELIVERIES = """
            SELECT event_id, COUNT(*) AS deliveries
            FROM webhook_deliveries FORCE INDEX (ix_webhook_deliveries_event)
            WHERE (provider, event_id) IN (<keys>)
            GROUP BY provider, event_id""";

    /** ix_disputes_order_id. */
    private static final String DISPUTES = """
            SELECT provider, dispute_id, payment_id, status, outcome, amount, currency
            FROM disputes FORCE INDEX (ix_disputes_order_id)
            WHERE order_id = :orderId
            ORDER BY id
            LIMIT :limit""";

    /** ix_audit_log_target. */
    private static final String ACTIONS = """
            SELECT id, at, username, role, action, target, reason, details, source_address, node
            FROM audit_log FORCE INDEX (ix_audit_log_target)
            WHERE target IN (<targets>)
            ORDER BY at DESC, id DESC
            LIMIT :limit""";

    /** ix_webhook_replays_event; of those that are shown, the primary key of jobs. */
    private static final String GROUP_REPLAYS = """
            SELECT r.event_row, r.job_id, r.outcome, r.message, r.requested_at, r.finished_at,
                   j.username, j.reason, j.canceled_by, j.finished_at AS job_finished_at
            FROM (SELECT id, event_row, job_id, outcome, message, requested_at, finished_at
                  FROM webhook_replays FORCE INDEX (ix_webhook_replays_event)
                  WHERE event_row IN (<rows>) AND job_id IS NOT NULL
                  ORDER BY id DESC
                  LIMIT :limit) r
            STRAIGHT_JOIN replay_jobs j FORCE INDEX (PRIMARY) ON j.id = r.job_id
            ORDER BY r.id DESC""";

    /** The unique keys of payments, refunds and disputes, and the primary key of payment_refs. */
    private static final String ORDERS_OF_ID = """
            SELECT order_id FROM payments WHERE provider IN (<providers>) AND payment_id = :id
            UNION SELECT order_id FROM refunds WHERE provider IN (<providers>) AND refund_id = :id
            UNION SELECT order_id FROM disputes WHERE provider IN (<providers>) AND dispute_id = :id
            UNION SELECT p.order_id
            FROM payment_refs r FORCE INDEX (PRIMARY)
            STRAIGHT_JOIN payments p ON p.provider = r.provider AND p.payment_id = r.payment_id
            WHERE r.provider IN (<providers>) AND r.ref = :id""";

    /** Events that name the order, refused ones too, the newest first. */
    public List<OrderHistory.Event> eventsOfOrder(Handle handle, long orderId, int limit) {
        return handle.createQuery(EVENTS_OF_ORDER)
                .bind("orderId", orderId)
                .bind("limit", limit)
                .map((row, context) -> event(row))
                .list();
    }

    /** Events that name the payment, or a charge, the newest first. */
    public List<OrderHistory.Event> eventsOfPayment(Handle handle, String provider, String paymentId, int limit) {
        return handle.createQuery(EVENTS_OF_PAYMENT)
                .bind("provider", provider)
                .bind("paymentId", paymentId)
                .bind("limit", limit)
                .map((row, context) -> event(row))
                .list();
    }

    /** How often events of one provider were delivered, by their ids; those that the log does not know are missing. */
    public Map<String, Long> deliveries(Handle handle, String provider, Collection<String> eventIds) {
        Map<String, Long> counts = new HashMap<>();
        if (!eventIds.isEmpty()) {
            handle.createQuery(DELIVERIES)
                    .bindMethodsList(
                            "keys",
                            eventIds.stream()
                                    .map(id -> new EventKey(provider, id))
                                    .toList(),
                            List.of("provider", "eventId"))
                    .map((row, context) -> Map.entry(row.getString("event_id"), row.getLong("deliveries")))
                    .forEach(count -> counts.put(count.getKey(), count.getValue()));
        }
        return counts;
    }

    public List<OrderHistory.Dispute> disputes(Handle handle, long orderId, int limit) {
        return handle.createQuery(DISPUTES)
                .bind("orderId", orderId)
                .bind("limit", limit)
                .map((row, context) -> new OrderHistory.Dispute(
                        row.getString("provider"),
                        row.getString("dispute_id"),
                        row.getString("payment_id"),
                        row.getString("status").equals("closed"),
                        row.getString("outcome"),
                        row.getBigDecimal("amount"),
                        row.getString("currency")))
                .list();
    }

    /** What operators did to the targets, the newest first. */
    public List<AuditEntry> actions(Handle handle, Collection<String> targets, int limit) {
        return targets.isEmpty()
                ? List.of()
                : handle.createQuery(ACTIONS)
                        .bindList("targets", List.copyOf(targets))
                        .bind("limit", limit)
                        .map((row, context) -> AuditDao.read(row))
                        .list();
    }

    /**
     * Replays of the events in groups, those that wait for their turn or never get one among them, the newest first.
     *
     * @param events by their rows
     */
    public List<OrderHistory.GroupReplay> groupReplays(Handle handle, Map<Long, EventKey> events, int limit) {
        return events.isEmpty()
                ? List.of()
                : handle.createQuery(GROUP_REPLAYS)
                        .bindList("rows", List.copyOf(events.keySet()))
                        .bind("limit", limit)
                        .map((row, context) -> groupReplay(row, events))
                        .list();
    }

    private static OrderHistory.GroupReplay groupReplay(ResultSet row, Map<Long, EventKey> events) throws SQLException {
        String outcome = row.getString("outcome");
        String stoppedBy = row.getString("canceled_by");
        return new OrderHistory.GroupReplay(
                row.getLong("job_id"),
                Objects.requireNonNull(events.get(row.getLong("event_row"))),
                row.getString("username"),
                row.getString("reason"),
                Objects.requireNonNull(UtcInstantColumns.read(row, "requested_at")),
                outcome == null
                        ? null
                        : new ReplayOutcome(ReplayOutcome.Kind.ofColumn(outcome), null, row.getString("message")),
                UtcInstantColumns.read(row, "finished_at"),
                stoppedBy == null
                        ? null
                        : new OrderHistory.GroupReplay.Stop(
                                Objects.requireNonNull(UtcInstantColumns.read(row, "job_finished_at")), stoppedBy));
    }

    /** Orders that a payment, refund, dispute or charge of this id belongs to. */
    public Set<Long> ordersOf(Handle handle, Collection<String> providers, String id) {
        return new TreeSet<>(handle
                .createQuery(ORDERS_OF_ID)
                .bindList("providers", List.copyOf(providers))
                .bind("id", id)
                .mapTo(Long.class)
                .list()
                .stream()
                .filter(Objects::nonNull)
                .toList());
    }

    private static OrderHistory.Event event(ResultSet row) throws SQLException {
        String result = row.getString("result");
        Instant receivedAt = Objects.requireNonNull(UtcInstantColumns.read(row, "received_at"));
        return new OrderHistory.Event(
                row.getLong("id"),
                new EventKey(row.getString("provider"), row.getString("event_id")),
                row.getString("event_type"),
                EventStatus.ofColumn(row.getString("status")),
                ToldEffect.read(result),
                message(result),
                row.getString("error"),
                row.getInt("attempts"),
                receivedAt,
                UtcInstantColumns.read(row, "processed_at"),
                UtcInstantColumns.read(row, "next_attempt_at"),
                row.getBoolean("other_body"),
                0);
    }

    private static @Nullable String message(@Nullable String result) {
        if (result == null) {
            return null;
        }
        try {
            JsonNode told = Json.read(result);
            return Stream.of("message", "error", "reason", "outcome")
                    .map(field -> told.path(field).textValue())
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
        } catch (IllegalArgumentException notJson) {
            return null;
        }
    }
}
