package hooklatch.dao;

import hooklatch.domain.EventKey;
import hooklatch.domain.EventStatus;
import hooklatch.domain.PaymentStatus;
import hooklatch.domain.RefundFacts;
import hooklatch.domain.ToldEffect;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * What the invariant checks read: every table a batch at a time along its primary key (payments of orders along the index
 * of the orders), and what belongs to the rows of a batch by unique keys. Consistent reads only, so nobody is waited for
 * and nobody waits. Stateless.
 */
public final class CheckDao {
    /**
     * What is read after it is what was committed at this moment, by all statements alike: effect, result and state of an
     * event are committed together, so none of them is seen without the others. Valid for one transaction.
     */
    private static final List<String> SNAPSHOT = List.of(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");

    /** The ends of the clustered indexes, and of ix_payments_order_id. */
    private static final String ENDS = """
            SELECT (SELECT COALESCE(MAX(id), 0) FROM webhook_events) AS events,
                   (SELECT COALESCE(MAX(order_id), 0) FROM payments) AS orders,
                   (SELECT COALESCE(MAX(id), 0) FROM payments) AS payments,
                   (SELECT COALESCE(MAX(id), 0) FROM refunds) AS refunds,
                   (SELECT COALESCE(MAX(id), 0) FROM disputes) AS disputes,
                   (SELECT created_at FROM hooklatch_database WHERE singleton = 1) AS installed_at""";

    /** Primary key. The bodies are not read. */
    private static final String EVENTS = """
            SELECT id, provider, event_id, status, IF(status IN ('processed', 'skipped'), result, NULL) AS result,
                   IF(status IN ('failed', 'dead_lettered'), LEFT(error, 700), NULL) AS error,
                   order_id, payment_id, other_payload_at
            FROM webhook_events
            WHERE id > :after AND id <= :upTo
            ORDER BY id
            LIMIT :limit""";

    /** From the dictionary. While the key is there, no event has two rows. */
    private static final String EVENT_KEYS = """
            SELECT GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX) AS key_columns
            FROM information_schema.STATISTICS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'webhook_events' AND NON_UNIQUE = 0
            GROUP BY INDEX_NAME""";

    /** ix_webhook_events_event_id. Only asked where the unique key is missing. */
    private static final String DOUBLED = """
            SELECT provider, event_id, MIN(id) AS first_row
            FROM webhook_events FORCE INDEX (ix_webhook_events_event_id)
            WHERE event_id IN (<ids>)
            GROUP BY provider, event_id
            HAVING COUNT(*) > 1""";

    /** uk_payments_provider_payment_id. */
    private static final String PAYMENTS_BY_ID = """
            SELECT id, provider, payment_id, order_id, status, amount, currency, created_at
            FROM payments FORCE INDEX (uk_payments_provider_payment_id)
            WHERE provider = :provider AND payment_id IN (<ids>)""";

    /** Primary key. */
    private static final String PAYMENTS = """
            SELECT id, provider, payment_id, order_id, status, amount, currency, created_at
            FROM payments
            WHERE id > :after AND id <= :upTo
            ORDER BY id
            LIMIT :limit""";

    private static final String REFUND_COLUMNS = """
            SELECT r.id, r.refund_id, r.order_id, r.status, r.amount_minor, r.announced_minor, r.currency,
                   r.charge_total_minor, r.provider, r.payment_id, r.amount, r.created_at, p.status AS p_status,
                   p.order_id AS p_order_id
            FROM refunds r
            LEFT JOIN payments p ON p.provider = r.provider AND p.payment_id = r.payment_id
            """;

    /** Primary key, then uk_payments_provider_payment_id. */
    private static final String REFUNDS =
            REFUND_COLUMNS + "WHERE r.id > :after AND r.id <= :upTo ORDER BY r.id LIMIT :limit";

    /** uk_refunds_provider_refund_id, then uk_payments_provider_payment_id. */
    private static final String REFUNDS_BY_ID =
            REFUND_COLUMNS.replace("refunds r\n", "refunds r FORCE INDEX (uk_refunds_provider_refund_id)\n")
                    + "WHERE r.provider = :provider AND r.refund_id IN (<ids>)";

    /** ix_refunds_payment. Totals of charges only. */
    private static final String CHARGE_TOTALS =
            REFUND_COLUMNS.replace("refunds r\n", "refunds r FORCE INDEX (ix_refunds_payment)\n")
                    + "WHERE r.provider = :provider AND r.payment_id IN (<ids>) AND r.charge_total_minor IS NOT NULL";

    private static final String DISPUTE_COLUMNS = """
            SELECT d.id, d.provider, d.dispute_id, d.payment_id, d.order_id, d.status, d.created_at,
                   p.order_id AS p_order_id
            FROM disputes d
            LEFT JOIN payments p ON p.provider = d.provider AND p.payment_id = d.payment_id
            """;

    /** Primary key, then uk_payments_provider_payment_id. */
    private static final String DISPUTES =
            DISPUTE_COLUMNS + "WHERE d.id > :after AND d.id <= :upTo ORDER BY d.id LIMIT :limit";

    /** uk_disputes_provider_dispute_id, then uk_payments_provider_payment_id. */
    private static final String DISPUTES_BY_ID =
            DISPUTE_COLUMNS.replace("disputes d\n", "disputes d FORCE INDEX (uk_disputes_provider_dispute_id)\n")
                    + "WHERE d.provider = :provider AND d.dispute_id IN (<ids>)";

    /** ix_webhook_events_payment_id. */
    private static final String RESULTS_OF_PAYMENTS = """
            SELECT provider, payment_id, result
            FROM webhook_events FORCE INDEX (ix_webhook_events_payment_id)
            WHERE payment_id IN (<ids>) AND status IN ('processed', 'skipped')""";

    /**
     * ix_payment_refs_payment, a range of each payment. Of {@code provider = … AND payment_id IN} the server may take the
     * provider alone, and read all its charges.
     */
    private static final String CHARGES_OF_PAYMENTS = """
            SELECT ref FROM payment_refs FORCE INDEX (ix_payment_refs_payment)
            WHERE (provider, payment_id) IN (<keys>)
            ORDER BY provider, payment_id""";

    /** ix_payments_order_id, which holds all that is read: each order once, in order. */
    private static final String ORDERS = """
            SELECT DISTINCT order_id FROM payments
            WHERE order_id > :after AND order_id <= :upTo
            ORDER BY order_id
            LIMIT :limit""";

    /** ix_payments_order_id. */
    private static final String PAYMENTS_OF_ORDERS = """
            SELECT id, provider, payment_id, order_id, status, amount, currency, created_at
            FROM payments FORCE INDEX (ix_payments_order_id)
            WHERE order_id IN (<ids>)""";

    /** Primary key. */
    private static final String VERSIONS =
            "SELECT id, facts_version FROM orders FORCE INDEX (PRIMARY) WHERE id IN (<ids>)";

    /** Public, as Jdbi reads it. */
    public record PaymentKey(String provider, String paymentId) {}

    /** Where each table ends, and since when Hooklatch is here. */
    public record Ends(long events, long orders, long payments, long refunds, long disputes, Instant installedAt) {}

    /** An event, as far as it is checked; the error only while it is refused. */
    public record EventRow(
            long rowId,
            EventKey key,
            EventStatus status,
            @Nullable String resultJson,
            @Nullable String error,
            @Nullable Long orderId,
            @Nullable String paymentId,
            @Nullable Instant otherPayloadAt) {}

    /** A payment, as far as it is checked. */
    public record PaymentRow(
            long rowId,
            String provider,
            String paymentId,
            @Nullable Long orderId,
            PaymentStatus status,
            @Nullable BigDecimal amount,
            @Nullable String currency,
            Instant createdAt) {}

    /**
     * A refund or a charge's total, with what its payment's row says.
     *
     * @param paymentStatus null when there is no such payment
     */
    public record RefundRow(
            String provider,
            String paymentId,
            RefundFacts facts,
            @Nullable BigDecimal amount,
            Instant createdAt,
            @Nullable PaymentStatus paymentStatus,
            @Nullable Long paymentOrderId) {}

    /** A dispute, with the order of its payment. */
    public record DisputeRow(
            long rowId,
            String provider,
            String disputeId,
            String paymentId,
            @Nullable Long orderId,
            boolean closed,
            Instant createdAt,
            @Nullable Long paymentOrderId) {}

    /** Makes all reads of this transaction see one moment. To be called first in it. */
    public void beginSnapshot(Handle handle) {
        SNAPSHOT.forEach(handle::execute);
    }

    public Ends ends(Handle handle) {
        return handle.createQuery(ENDS)
                .map((row, context) -> new Ends(
                        row.getLong("events"),
                        row.getLong("orders"),
                        row.getLong("payments"),
                        row.getLong("refunds"),
                        row.getLong("disputes"),
                        Optional.ofNullable(UtcInstantColumns.read(row, "installed_at"))
                                .orElse(Instant.EPOCH)))
                .one();
    }

    /** Rows behind one, up to another, the first ones. */
    public record Range(long after, long upTo, int limit) {}

    public List<EventRow> events(Handle handle, Range range) {
        return handle.createQuery(EVENTS)
                .bind("after", range.after())
                .bind("upTo", range.upTo())
                .bind("limit", range.limit())
                .map((row, context) -> new EventRow(
                        row.getLong("id"),
                        new EventKey(row.getString("provider"), row.getString("event_id")),
                        EventStatus.ofColumn(row.getString("status")),
                        row.getString("result"),
                        row.getString("error"),
                        row.getObject("order_id", Long.class),
                        row.getString("payment_id"),
                        UtcInstantColumns.read(row, "other_payload_at")))
                .list();
    }

    public List<PaymentRow> payments(Handle handle, Range range) {
        return handle.createQuery(PAYMENTS)
                .bind("after", range.after())
                .bind("upTo", range.upTo())
                .bind("limit", range.limit())
                .map((row, context) -> payment(row))
                .list();
    }

    public List<RefundRow> refunds(Handle handle, Range range) {
        return handle.createQuery(REFUNDS)
                .bind("after", range.after())
                .bind("upTo", range.upTo())
                .bind("limit", range.limit())
                .map((row, context) -> refund(row))
                .list();
    }

    public List<DisputeRow> disputes(Handle handle, Range range) {
        return handle.createQuery(DISPUTES)
                .bind("after", range.after())
                .bind("upTo", range.upTo())
                .bind("limit", range.limit())
                .map((row, context) -> dispute(row))
                .list();
    }

    /** Whether the key is there that allows each event one row. */
    public boolean eventKeyIsThere(Handle handle) {
        return handle.createQuery(EVENT_KEYS).mapTo(String.class).list().contains("provider,event_id");
    }

    /** Of events with several rows, the first of these. */
    public Map<EventKey, Long> doubled(Handle handle, Set<String> eventIds) {
        Map<EventKey, Long> found = new HashMap<>();
        if (!eventIds.isEmpty()) {
            handle.createQuery(DOUBLED)
                    .bindList("ids", List.copyOf(eventIds))
                    .map((row, context) -> Map.entry(
                            new EventKey(row.getString("provider"), row.getString("event_id")),
                            row.getLong("first_row")))
                    .forEach(first -> found.put(first.getKey(), first.getValue()));
        }
        return found;
    }

    /** Payments of one provider by their ids. */
    public Map<String, PaymentRow> paymentsById(Handle handle, String provider, Set<String> ids) {
        Map<String, PaymentRow> found = new HashMap<>();
        if (!ids.isEmpty()) {
            handle.createQuery(PAYMENTS_BY_ID)
                    .bind("provider", provider)
                    .bindList("ids", List.copyOf(ids))
                    .map((row, context) -> payment(row))
                    .forEach(payment -> found.put(payment.paymentId(), payment));
        }
        return found;
    }

    /** Refunds of one provider by their ids. */
    public Map<String, RefundRow> refundsById(Handle handle, String provider, Set<String> ids) {
        Map<String, RefundRow> found = new HashMap<>();
        if (!ids.isEmpty()) {
            handle.createQuery(REFUNDS_BY_ID)
                    .bind("provider", provider)
                    .bindList("ids", List.copyOf(ids))
                    .map((row, context) -> refund(row))
                    .forEach(refund -> found.put(refund.facts().refundId(), refund));
        }
        return found;
    }

    /** For payments of one provider that have the total of a charge: such a row. */
    public Map<String, RefundRow> chargeTotals(Handle handle, String provider, Set<String> paymentIds) {
        Map<String, RefundRow> found = new HashMap<>();
        if (!paymentIds.isEmpty()) {
            handle.createQuery(CHARGE_TOTALS)
                    .bind("provider", provider)
                    .bindList("ids", List.copyOf(paymentIds))
                    .map((row, context) -> refund(row))
                    .forEach(refund -> found.put(refund.paymentId(), refund));
        }
        return found;
    }

    /** Disputes of one provider by their ids. */
    public Map<String, DisputeRow> disputesById(Handle handle, String provider, Set<String> ids) {
        Map<String, DisputeRow> found = new HashMap<>();
        if (!ids.isEmpty()) {
            handle.createQuery(DISPUTES_BY_ID)
                    .bind("provider", provider)
                    .bindList("ids", List.copyOf(ids))
                    .map((row, context) -> dispute(row))
                    .forEach(dispute -> found.put(dispute.disputeId(), dispute));
        }
        return found;
    }

    /**
     * What the finished events of payments told, one by one.
     *
     * @param each the provider, and what was told; nothing for results of others
     * @param others provider and payment id of each finished event, whatever its result
     */
    public void toldOf(
            Handle handle,
            Collection<String> paymentIds,
            BiConsumer<String, ToldEffect> each,
            BiConsumer<String, String> others) {
        if (paymentIds.isEmpty()) {
            return;
        }
        handle.createQuery(RESULTS_OF_PAYMENTS)
                .bindList("ids", List.copyOf(paymentIds))
                .map((row, context) -> {
                    String provider = row.getString("provider");
                    others.accept(provider, row.getString("payment_id"));
                    ToldEffect.read(row.getString("result")).ifPresent(told -> each.accept(provider, told));
                    return true;
                })
                .forEach(done -> {});
    }

    /** The charges of payments of one provider: what came before the payment was known names only them. */
    public List<String> chargesOf(Handle handle, String provider, Collection<String> paymentIds) {
        return paymentIds.isEmpty()
                ? List.of()
                : handle.createQuery(CHARGES_OF_PAYMENTS)
                        .bindMethodsList(
                                "keys",
                                paymentIds.stream()
                                        .map(id -> new PaymentKey(provider, id))
                                        .toList(),
                                List.of("provider", "paymentId"))
                        .mapTo(String.class)
                        .list();
    }

    /** Ids of orders that have payments. */
    public List<Long> ordersWithPayments(Handle handle, Range range) {
        return handle.createQuery(ORDERS)
                .bind("after", range.after())
                .bind("upTo", range.upTo())
                .bind("limit", range.limit())
                .mapTo(Long.class)
                .list();
    }

    /** Payments of orders, by their row ids. */
    public Map<Long, PaymentRow> paymentsOfOrders(Handle handle, Collection<Long> orderIds) {
        Map<Long, PaymentRow> found = new HashMap<>();
        if (!orderIds.isEmpty()) {
            handle.createQuery(PAYMENTS_OF_ORDERS)
                    .bindList("ids", List.copyOf(orderIds))
                    .map((row, context) -> payment(row))
                    .forEach(payment -> found.put(payment.rowId(), payment));
        }
        return found;
    }

    /** How many events each order was touched by. */
    public Map<Long, Long> factsVersions(Handle handle, Collection<Long> orderIds) {
        Map<Long, Long> found = new HashMap<>();
        if (!orderIds.isEmpty()) {
            handle.createQuery(VERSIONS)
                    .bindList("ids", List.copyOf(orderIds))
                    .map((row, context) -> Map.entry(row.getLong("id"), row.getLong("facts_version")))
                    .forEach(version -> found.put(version.getKey(), version.getValue()));
        }
        return found;
    }

    private static PaymentRow payment(ResultSet row) throws SQLException {
        return new PaymentRow(
                row.getLong("id"),
                row.getString("provider"),
                row.getString("payment_id"),
                row.getObject("order_id", Long.class),
                PaymentStatus.ofColumn(row.getString("status")),
                row.getBigDecimal("amount"),
                row.getString("currency"),
                Objects.requireNonNull(UtcInstantColumns.read(row, "created_at")));
    }

    private static RefundRow refund(ResultSet row) throws SQLException {
        String paymentStatus = row.getString("p_status");
        return new RefundRow(
                row.getString("provider"),
                row.getString("payment_id"),
                RefundDao.facts(row, 1),
                row.getBigDecimal("amount"),
                Objects.requireNonNull(UtcInstantColumns.read(row, "created_at")),
                paymentStatus == null ? null : PaymentStatus.ofColumn(paymentStatus),
                row.getObject("p_order_id", Long.class));
    }

    private static DisputeRow dispute(ResultSet row) throws SQLException {
        return new DisputeRow(
                row.getLong("id"),
                row.getString("provider"),
                row.getString("dispute_id"),
                row.getString("payment_id"),
                row.getObject("order_id", Long.class),
                row.getString("status").equals("closed"),
                Objects.requireNonNull(UtcInstantColumns.read(row, "created_at")),
                row.getObject("p_order_id", Long.class));
    }
}
