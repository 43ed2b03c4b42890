package hooklatch.dao;

import hooklatch.domain.OrderFacts;
import hooklatch.domain.OrderState;
import hooklatch.domain.PaymentFacts;
import hooklatch.domain.PaymentStatus;
import hooklatch.domain.RefundFacts;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The table {@code orders} and what an order's facts are read from. Stateless. */
public final class OrderDao {
    /**
     * Primary key. A write that always changes the row, not a locking read: the events of one order line up here, and on
     * a multi-master cluster the write is certified, which a lock is not.
     */
    private static final PreparedSql TOUCH =
            PreparedSql.of("UPDATE orders SET facts_version = facts_version + 1 WHERE id = :id");

    /**
     * Primary key of orders, ix_payments_order_id, ix_refunds_payment. A consistent read that must begin after TOUCH
     * returned: only then does it see what the transaction before us in the line has committed.
     *
     * <p>The indexes are named because the server may go by what it knew of a table when it opened it. Of one that was
     * empty then it thinks that all rows of a provider are few, and reads them all, for hours.
     */
    private static final String FACTS = """
            SELECT o.id, o.payment_status, o.total_amount,
                   p.id, p.provider, p.payment_id, p.order_id, p.status, p.amount_minor, p.currency, p.waiting,
                   p.version = p.changed_version,
                   r.id, r.refund_id, r.order_id, r.status, r.amount_minor, r.announced_minor, r.currency,
                   r.charge_total_minor
            FROM orders o
            LEFT JOIN payments p FORCE INDEX (ix_payments_order_id) ON p.order_id = o.id
            LEFT JOIN refunds r FORCE INDEX (ix_refunds_payment)
                ON r.provider = p.provider AND r.payment_id = p.payment_id
            WHERE o.id = :id""";

    /** Positions in it; the rest of a payment and a refund stand behind their first. By name the driver makes an index. */
    private static final int ORDER = 1;

    private static final int STATE = 2;
    private static final int TOTAL = 3;
    private static final int PAYMENT = 4;
    private static final int REFUND = 13;

    private static final PreparedSql FACTS_OF_ONE = PreparedSql.of(FACTS);

    /** The same for several orders, as a plain consistent read: for looking, not for deciding. */
    private static final String FACTS_OF_SEVERAL =
            FACTS.replace("orders o\n", "orders o FORCE INDEX (PRIMARY)\n").replace("o.id = :id", "o.id IN (<ids>)");

    /** Primary key. Idempotent: nothing is written when the state stands already. */
    private static final PreparedSql SET_STATE = PreparedSql.of(
            "UPDATE orders SET payment_status = :state WHERE id = :id AND NOT (payment_status <=> :state)");

    /**
     * An order's facts, and which of its payments the last event that named them had something to add to.
     *
     * @param changedPayments primary keys
     */
    public record Read(OrderFacts facts, List<Long> changedPayments) {}

    /**
     * Takes this transaction's place in the line of the order's events.
     *
     * @return false when there is no such order
     */
    public boolean touch(Handle handle, long orderId) {
        return TOUCH.on(handle).bind("id", orderId).update() == 1;
    }

    /** Reads the facts of an order that this transaction has touched. */
    public Read facts(Handle handle, long orderId) {
        Rows rows = new Rows(orderId);
        FACTS_OF_ONE.on(handle).bind("id", orderId).each(rows::add);
        return rows.toRead();
    }

    /**
     * Reads the facts of several orders to look at them; what a transaction decides upon is read by {@link #facts}.
     *
     * @return those of the orders that exist, in the order of their ids
     */
    public List<OrderFacts> factsOf(Handle handle, Collection<Long> orderIds) {
        if (orderIds.isEmpty()) {
            return List.of();
        }
        SortedMap<Long, Rows> orders = handle.createQuery(FACTS_OF_SEVERAL)
                .bindList("ids", List.copyOf(orderIds))
                .reduceResultSet(new TreeMap<Long, Rows>(), (known, row, context) -> {
                    known.computeIfAbsent(row.getLong(ORDER), Rows::new).add(row);
                    return known;
                });
        return orders.values().stream().map(rows -> rows.toRead().facts()).toList();
    }

    /** Writes the state. */
    public void setState(Handle handle, long orderId, OrderState state) {
        SET_STATE.on(handle).bind("state", state.name()).bind("id", orderId).update();
    }

    /**
     * Folds the joined rows, one for each pair of payment and refund. They come in any order, and are put in that of the row
     * numbers: for the server that would be a temporary table and a sort, mostly of one row.
     */
    private static final class Rows {
        private static final SortedMap<Long, RefundFacts> NONE = Collections.emptySortedMap();

        private final long orderId;
        private @Nullable String state;
        private @Nullable BigDecimal total;
        private final SortedMap<Long, PaymentFacts> payments = new TreeMap<>();
        private final Map<Long, SortedMap<Long, RefundFacts>> refunds = new HashMap<>();
        private final SortedSet<Long> changed = new TreeSet<>();

        Rows(long orderId) {
            this.orderId = orderId;
        }

        Rows add(ResultSet row) throws SQLException {
            state = row.getString(STATE);
            total = row.getBigDecimal(TOTAL);
            long id = row.getLong(PAYMENT);
            if (row.wasNull()) {
                return this;
            }
            if (!payments.containsKey(id)) {
                payments.put(id, payment(row, id));
                if (row.getBoolean(PAYMENT + 8)) {
                    changed.add(id);
                }
            }
            row.getLong(REFUND);
            if (!row.wasNull()) {
                RefundFacts refund = RefundDao.facts(row, REFUND);
                refunds.computeIfAbsent(id, any -> new TreeMap<>()).put(refund.rowId(), refund);
            }
            return this;
        }

        private static PaymentFacts payment(ResultSet row, long id) throws SQLException {
            return new PaymentFacts(
                    id,
                    row.getString(PAYMENT + 1),
                    row.getString(PAYMENT + 2),
                    row.getObject(PAYMENT + 3, Long.class),
                    PaymentStatus.ofColumn(row.getString(PAYMENT + 4)),
                    row.getObject(PAYMENT + 5, Long.class),
                    row.getString(PAYMENT + 6),
                    row.getBoolean(PAYMENT + 7),
                    List.of());
        }

        Read toRead() {
            List<PaymentFacts> all = payments.values().stream()
                    .map(p -> new PaymentFacts(
                            p.rowId(),
                            p.provider(),
                            p.paymentId(),
                            p.orderId(),
                            p.status(),
                            p.amountMinor(),
                            p.currency(),
                            p.waiting(),
                            List.copyOf(refunds.getOrDefault(p.rowId(), NONE).values())))
                    .toList();
            return new Read(new OrderFacts(orderId, state, total, all), List.copyOf(changed));
        }
    }
}
