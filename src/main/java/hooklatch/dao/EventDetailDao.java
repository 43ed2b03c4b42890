package hooklatch.dao;

import hooklatch.domain.Attempt;
import hooklatch.domain.CappedCount;
import hooklatch.domain.EventKey;
import hooklatch.domain.Payload;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** One event with what belongs to it. Consistent reads, each by a key. Stateless. */
public final class EventDetailDao {
    /** uk_webhook_events_provider_event_id. */
    private static final String FIND = """
            SELECT id, provider, event_id, event_type, status, result, error, attempts, order_id, payment_id,
                   other_payload_at, received_at, processed_at, next_attempt_at, payload
            FROM webhook_events WHERE provider = :provider AND event_id = :eventId""";

    /** ix_webhook_deliveries_event, in the {@link Way} of reading. */
    private static final String DELIVERIES = """
            SELECT id, received_at, outcome, http_status, duration_us, node, lock_wait_ms
            FROM webhook_deliveries FORCE INDEX (ix_webhook_deliveries_event)
            WHERE provider = :provider AND event_id = :eventId AND id {beyond} :row ORDER BY id {way} LIMIT :limit""";

    /** ix_webhook_attempts_event, in the {@link Way} of reading, then primary keys. */
    private static final String ATTEMPTS = """
            SELECT a.id, a.started_at, a.origin, a.outcome, a.duration_us, a.node, a.replay_id, r.job_id,
                   COALESCE(r.username, j.username) AS username
            FROM (SELECT id, started_at, origin, outcome, duration_us, node, replay_id
                  FROM webhook_attempts FORCE INDEX (ix_webhook_attempts_event)
                  WHERE provider = :provider AND event_id = :eventId AND id {beyond} :row ORDER BY id {way} LIMIT :limit) a
            LEFT JOIN webhook_replays r ON r.id = a.replay_id
            LEFT JOIN replay_jobs j ON j.id = r.job_id
            ORDER BY a.id {way}""";

    /** Through a log from one of its rows: on, or back. */
    private enum Way {
        AFTER(">", "ASC"),
        BEFORE("<", "DESC");

        private final String beyond;
        private final String order;

        Way(String beyond, String order) {
            this.beyond = beyond;
            this.order = order;
        }

        String in(String sql) {
            return sql.replace("{beyond}", beyond).replace("{way}", order);
        }
    }

    /** ix_webhook_deliveries_event, or ix_webhook_attempts_event. */
    private static final String COUNT_ROWS = """
            SELECT COUNT(*) FROM (
                SELECT 1 FROM {table} FORCE INDEX (ix_{table}_event)
                WHERE provider = :provider AND event_id = :eventId LIMIT :limit) capped""";

    /** uk_payments_provider_payment_id. */
    private static final String PAYMENT = """
            SELECT payment_id, order_id, status, amount, amount_minor, currency
            FROM payments WHERE provider = :provider AND payment_id = :id""";

    /** uk_refunds_provider_refund_id. */
    private static final String REFUND = """
            SELECT refund_id, status, amount, amount_minor, currency, charge_total_minor
            FROM refunds WHERE provider = :provider AND refund_id = :id""";

    /** ix_refunds_payment. */
    private static final String CHARGE_TOTALS = """
            SELECT refund_id, status, amount, amount_minor, currency, charge_total_minor
            FROM refunds FORCE INDEX (ix_refunds_payment)
            WHERE provider = :provider AND payment_id = :id AND charge_total_minor IS NOT NULL LIMIT :limit""";

    /** uk_disputes_provider_dispute_id. */
    private static final String DISPUTE = """
            SELECT dispute_id, status, outcome, amount, amount_minor, currency
            FROM disputes WHERE provider = :provider AND dispute_id = :id""";

    /** Primary key. */
    private static final String ORDER = "SELECT id, total_amount, payment_status FROM orders WHERE id = :id";

    private static final long NANOS_PER_MICRO = 1_000;

    /**
     * An event with its body.
     *
     * @param payload null once purged
     * @param nextAttemptAt when our own retrier tries it again, or null
     */
    public record Stored(
            EventListDao.Row row,
            @Nullable Payload payload,
            @Nullable Instant nextAttemptAt) {}

    /** One attempt at an event. */
    public sealed interface LogRow {
        /** In its table: the numbers of deliveries and of attempts have nothing to do with each other. */
        long rowId();

        /** When it began. */
        Instant at();

        String outcome();

        Duration duration();

        String node();
    }

    /**
     * One delivery of the log.
     *
     * @param lockWait how long it waited for the event's lock, to the millisecond; null when it needed none, and when the row
     *     was written by a version that did not note it
     */
    public record DeliveryRow(
            long rowId,
            Instant at,
            String outcome,
            int httpStatus,
            Duration duration,
            @Nullable Duration lockWait,
            String node)
            implements LogRow {}

    /**
     * One retry, or one run of a replay.
     *
     * @param jobId of the group replay, or null
     * @param username of who asked for it; null for a retry, and when the replay is forgotten
     */
    public record AttemptRow(
            long rowId,
            Instant at,
            Attempt.Origin origin,
            String outcome,
            Duration duration,
            String node,
            @Nullable Long replayId,
            @Nullable Long jobId,
            @Nullable String username)
            implements LogRow {}

    /** A payment as it stands. Without a major amount the currency's decimals are unknown. */
    public record PaymentRow(
            String paymentId,
            @Nullable Long orderId,
            String status,
            @Nullable BigDecimal amount,
            @Nullable Long amountMinor,
            @Nullable String currency) {}

    /** A refund as it stands, or the row of a charge: what its total knows beyond the refunds. */
    public record RefundRow(
            String refundId,
            String status,
            @Nullable BigDecimal amount,
            long amountMinor,
            String currency,
            @Nullable Long chargeTotalMinor) {}

    /** A dispute as it stands. */
    public record DisputeRow(
            String disputeId,
            String status,
            String outcome,
            @Nullable BigDecimal amount,
            long amountMinor,
            String currency) {}

    /** An order as it stands. */
    public record OrderRow(
            long id,
            @Nullable BigDecimal totalAmount,
            @Nullable String state) {}

    /** The event of a key. */
    public Optional<Stored> find(Handle handle, EventKey key) {
        return handle.createQuery(FIND)
                .bind("provider", key.provider())
                .bind("eventId", key.eventId())
                .map((row, context) -> new Stored(
                        EventListDao.row(row),
                        payload(row.getBytes("payload")),
                        UtcInstantColumns.read(row, "next_attempt_at")))
                .findOne();
    }

    private static @Nullable Payload payload(byte @Nullable [] bytes) {
        return bytes == null ? null : new Payload(bytes);
    }

    /** Deliveries behind a row of the log, in their order. */
    public List<DeliveryRow> deliveriesAfter(Handle handle, EventKey key, long after, int limit) {
        return deliveries(handle, Way.AFTER, key, after, limit);
    }

    /** Deliveries before a row of the log, the newest first. */
    public List<DeliveryRow> deliveriesBefore(Handle handle, EventKey key, long before, int limit) {
        return deliveries(handle, Way.BEFORE, key, before, limit);
    }

    private static List<DeliveryRow> deliveries(Handle handle, Way way, EventKey key, long rowId, int limit) {
        return handle.createQuery(way.in(DELIVERIES))
                .bind("provider", key.provider())
                .bind("eventId", key.eventId())
                .bind("row", rowId)
                .bind("limit", limit)
                .map((row, context) -> new DeliveryRow(
                        row.getLong("id"),
                        Objects.requireNonNull(UtcInstantColumns.read(row, "received_at")),
                        row.getString("outcome"),
                        row.getInt("http_status"),
                        Duration.ofNanos(row.getLong("duration_us") * NANOS_PER_MICRO),
                        millis(row.getObject("lock_wait_ms", Integer.class)),
                        row.getString("node")))
                .list();
    }

    private static @Nullable Duration millis(@Nullable Integer millis) {
        return millis == null ? null : Duration.ofMillis(millis);
    }

    /** Retries and replays behind a row of the log, in their order. */
    public List<AttemptRow> attemptsAfter(Handle handle, EventKey key, long after, int limit) {
        return attempts(handle, Way.AFTER, key, after, limit);
    }

    /** Retries and replays before a row of the log, the newest first. */
    public List<AttemptRow> attemptsBefore(Handle handle, EventKey key, long before, int limit) {
        return attempts(handle, Way.BEFORE, key, before, limit);
    }

    private static List<AttemptRow> attempts(Handle handle, Way way, EventKey key, long rowId, int limit) {
        return handle.createQuery(way.in(ATTEMPTS))
                .bind("provider", key.provider())
                .bind("eventId", key.eventId())
                .bind("row", rowId)
                .bind("limit", limit)
                .map((row, context) -> new AttemptRow(
                        row.getLong("id"),
                        Objects.requireNonNull(UtcInstantColumns.read(row, "started_at")),
                        Attempt.Origin.ofColumn(row.getString("origin")),
                        row.getString("outcome"),
                        Duration.ofNanos(row.getLong("duration_us") * NANOS_PER_MICRO),
                        row.getString("node"),
                        row.getObject("replay_id", Long.class),
                        row.getObject("job_id", Long.class),
                        row.getString("username")))
                .list();
    }

    /** How often the event was delivered. */
    public CappedCount countDeliveries(Handle handle, EventKey key, int cap) {
        return count(handle, "webhook_deliveries", key, cap);
    }

    /** How often it was retried or replayed. */
    public CappedCount countAttempts(Handle handle, EventKey key, int cap) {
        return count(handle, "webhook_attempts", key, cap);
    }

    private static CappedCount count(Handle handle, String table, EventKey key, int cap) {
        long counted = handle.createQuery(COUNT_ROWS.replace("{table}", table))
                .bind("provider", key.provider())
                .bind("eventId", key.eventId())
                .bind("limit", cap + 1)
                .mapTo(Long.class)
                .one();
        return CappedCount.of(counted, cap);
    }

    /** A payment. */
    public Optional<PaymentRow> payment(Handle handle, String provider, String paymentId) {
        return handle.createQuery(PAYMENT)
                .bind("provider", provider)
                .bind("id", paymentId)
                .map((row, context) -> new PaymentRow(
                        row.getString("payment_id"),
                        row.getObject("order_id", Long.class),
                        row.getString("status"),
                        row.getBigDecimal("amount"),
                        row.getObject("amount_minor", Long.class),
                        row.getString("currency")))
                .findOne();
    }

    /** A refund of its own id. */
    public List<RefundRow> refund(Handle handle, String provider, String refundId) {
        return refunds(handle, REFUND, provider, refundId, 0);
    }

    /** The rows of a payment's charges. */
    public List<RefundRow> chargeTotals(Handle handle, String provider, String paymentId, int limit) {
        return refunds(handle, CHARGE_TOTALS, provider, paymentId, limit);
    }

    private static List<RefundRow> refunds(Handle handle, String sql, String provider, String id, int limit) {
        var query = handle.createQuery(sql).bind("provider", provider).bind("id", id);
        if (limit > 0) {
            query.bind("limit", limit);
        }
        return query.map((row, context) -> new RefundRow(
                        row.getString("refund_id"),
                        row.getString("status"),
                        row.getBigDecimal("amount"),
                        row.getLong("amount_minor"),
                        row.getString("currency"),
                        row.getObject("charge_total_minor", Long.class)))
                .list();
    }

    /** A dispute. */
    public Optional<DisputeRow> dispute(Handle handle, String provider, String disputeId) {
        return handle.createQuery(DISPUTE)
                .bind("provider", provider)
                .bind("id", disputeId)
                .map((row, context) -> new DisputeRow(
                        row.getString("dispute_id"),
                        row.getString("status"),
                        row.getString("outcome"),
                        row.getBigDecimal("amount"),
                        row.getLong("amount_minor"),
                        row.getString("currency")))
                .findOne();
    }

    /** An order of the shop. */
    public Optional<OrderRow> order(Handle handle, long orderId) {
        return handle.createQuery(ORDER)
                .bind("id", orderId)
                .map((row, context) -> new OrderRow(
                        row.getLong("id"), row.getBigDecimal("total_amount"), row.getString("payment_status")))
                .findOne();
    }
}
