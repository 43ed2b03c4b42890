package hooklatch.dao;

import hooklatch.domain.RowChange;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/**
 * The rows that an event may write, as people are shown them: the event itself, its order, payments, references, refunds
 * and disputes. Tables that a handler brings along are not known here. Stateless.
 */
public final class TouchedRowsDao {
    /** uk_webhook_events_provider_event_id. */
    private static final String EVENT = """
            SELECT event_id AS row_key, status, result, error, attempts, order_id, payment_id, processed_at, next_attempt_at
            FROM webhook_events
            WHERE provider = :provider AND event_id = :eventId""";

    /** Primary key. */
    private static final String ORDER = """
            SELECT id AS row_key, payment_status, total_amount, facts_version
            FROM orders
            WHERE id = :orderId""";

    /** uk_payments_provider_payment_id. */
    private static final String PAYMENT = """
            SELECT payment_id AS row_key, status, order_id, amount, amount_minor, currency, waiting, version, changed_version
            FROM payments
            WHERE provider = :provider AND payment_id = :paymentId""";

    /** Primary key of payment_refs. */
    private static final String REF = """
            SELECT ref AS row_key, payment_id, version
            FROM payment_refs
            WHERE provider = :provider AND ref = :ref""";

    /** ix_refunds_payment. */
    private static final String REFUNDS = """
            SELECT refund_id AS row_key, payment_id, order_id, status, amount, amount_minor, announced_minor, currency,
                   charge_total_minor, version, changed_version
            FROM refunds FORCE INDEX (ix_refunds_payment)
            WHERE provider = :provider AND payment_id = :paymentId
            ORDER BY id""";

    /** ix_disputes_payment. */
    private static final String DISPUTES = """
            SELECT dispute_id AS row_key, payment_id, order_id, status, outcome, amount, amount_minor, currency, version,
                   changed_version
            FROM disputes FORCE INDEX (ix_disputes_payment)
            WHERE provider = :provider AND payment_id = :paymentId
            ORDER BY id""";

    /** They grow with every event that names the row. */
    private static final Set<String> COUNTERS = Set.of("facts_version", "version", "changed_version");

    /** What names the rows to look at. */
    public record Scope(String provider, String eventId, Set<Long> orderIds, Set<String> paymentIds, Set<String> refs) {
        public Scope {
            orderIds = new LinkedHashSet<>(orderIds);
            paymentIds = new LinkedHashSet<>(paymentIds);
            refs = new LinkedHashSet<>(refs);
        }
    }

    private record RowName(String table, String key) {}

    /** Rows as they were at one moment. */
    public static final class Rows {
        private final Map<RowName, Map<String, @Nullable String>> rows = new LinkedHashMap<>();

        private void add(String table, Query query) {
            query.map((row, context) -> columns(row))
                    .forEach(row -> rows.put(new RowName(table, String.valueOf(row.remove("row_key"))), row));
        }

        private static Map<String, @Nullable String> columns(ResultSet row) throws SQLException {
            Map<String, @Nullable String> columns = new LinkedHashMap<>();
            for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                columns.put(row.getMetaData().getColumnLabel(i), row.getString(i));
            }
            return columns;
        }

        private Collection<String> values(String table, String column) {
            List<String> values = new ArrayList<>();
            rows.forEach((name, row) -> {
                String value = row.get(column);
                if (name.table().equals(table) && value != null) {
                    values.add(value);
                }
            });
            return values;
        }

        /** How these rows differ from what they were before, in the order in which people ask for them. */
        public List<RowChange> since(Rows before) {
            Set<RowName> names = new LinkedHashSet<>(rows.keySet());
            names.addAll(before.rows.keySet());
            return names.stream()
                    .map(name -> change(name, before.rows.get(name), rows.get(name)))
                    .toList();
        }

        private static RowChange change(
                RowName name,
                @Nullable Map<String, @Nullable String> before,
                @Nullable Map<String, @Nullable String> after) {
            List<RowChange.Column> columns = new ArrayList<>();
            Map<String, @Nullable String> either = after != null ? after : Objects.requireNonNull(before);
            for (String column : either.keySet()) {
                columns.add(new RowChange.Column(
                        column,
                        before == null ? null : before.get(column),
                        after == null ? null : after.get(column),
                        COUNTERS.contains(column)));
            }
            boolean changed = columns.stream().anyMatch(column -> column.isChanged() && !column.counter());
            RowChange.Kind kind = before == null
                    ? RowChange.Kind.NEW
                    : after == null ? RowChange.Kind.REMOVED : changed ? RowChange.Kind.CHANGED : RowChange.Kind.SAME;
            return new RowChange(name.table(), name.key(), kind, columns);
        }
    }

    /**
     * Reads the rows of a scope, and those that these lead to: a reference to its payment, a payment to its order.
     */
    public Rows read(Handle handle, Scope scope) {
        Set<String> payments = new LinkedHashSet<>(scope.paymentIds());
        Rows refs = new Rows();
        for (String ref : scope.refs()) {
            refs.add(
                    "payment_refs",
                    handle.createQuery(REF).bind("provider", scope.provider()).bind("ref", ref));
        }
        payments.addAll(refs.values("payment_refs", "payment_id"));
        // What names only a charge is kept under it until a payment announces it.
        payments.addAll(scope.refs());
        Rows facts = new Rows();
        for (String sql : List.of(PAYMENT, REFUNDS, DISPUTES)) {
            String table = sql.equals(PAYMENT) ? "payments" : sql.equals(REFUNDS) ? "refunds" : "disputes";
            for (String payment : payments) {
                facts.add(
                        table,
                        handle.createQuery(sql)
                                .bind("provider", scope.provider())
                                .bind("paymentId", payment));
            }
        }
        Set<Long> orders = new LinkedHashSet<>(scope.orderIds());
        facts.values("payments", "order_id").forEach(id -> orders.add(Long.valueOf(id)));
        Rows all = new Rows();
        for (Long order : orders) {
            all.add("orders", handle.createQuery(ORDER).bind("orderId", order));
        }
        all.rows.putAll(facts.rows);
        all.rows.putAll(refs.rows);
        all.add(
                "webhook_events",
                handle.createQuery(EVENT).bind("provider", scope.provider()).bind("eventId", scope.eventId()));
        return all;
    }
}
