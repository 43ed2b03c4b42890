package hooklatch.dao;

import hooklatch.domain.Money;
import hooklatch.domain.PaymentStatus;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The table {@code payments}. Stateless. */
public final class PaymentDao {
    private static final String CLIMBS = """
            FIELD(VALUES(status), 'pending', 'failed', 'canceled', 'completed')
                > FIELD(status, 'pending', 'failed', 'canceled', 'completed')""";

    /**
     * Whether the event's amount is taken, with its currency: what was collected stands above what was only asked for,
     * then the greater amount. A choice that does not depend on the order of events.
     */
    private static final String TAKES_AMOUNT = """
            VALUES(amount_minor) IS NOT NULL AND (
                amount_minor IS NULL
                OR (VALUES(status) = 'completed') > (status = 'completed')
                OR ((VALUES(status) = 'completed') = (status = 'completed')
                    AND (VALUES(amount_minor) > amount_minor
                        OR (VALUES(amount_minor) = amount_minor AND VALUES(currency) > currency))))""";

    /**
     * uk_payments_provider_payment_id. Every event that names the payment changes its row (the version), so a refund and
     * its payment meet here: the second waits for the first. The row only climbs. Assignments run from left to right, and
     * each sees the columns before it already changed: what is compared stands after what compares it.
     */
    private static final PreparedSql MEET =
            PreparedSql.of("""
            INSERT INTO payments
                (provider, payment_id, order_id, status, amount_minor, currency, amount, waiting)
            VALUES (:provider, :paymentId, :orderId, :status, :minor, :currency, :amount, :waiting)
            ON DUPLICATE KEY UPDATE
                version = version + 1,
                changed_version = IF(
                    (order_id IS NULL AND VALUES(order_id) IS NOT NULL) OR {climbs} OR ({takes amount}),
                    version, changed_version),
                amount = IF({takes amount}, VALUES(amount), amount),
                currency = IF({takes amount}, VALUES(currency), currency),
                amount_minor = IF({takes amount}, VALUES(amount_minor), amount_minor),
                status = IF({climbs}, VALUES(status), status),
                waiting = IF(order_id IS NULL, GREATEST(waiting, VALUES(waiting)), waiting),
                order_id = COALESCE(order_id, VALUES(order_id))""".replace("{climbs}", CLIMBS).replace("{takes amount}", TAKES_AMOUNT));

    /** uk_payments_provider_payment_id. After MEET, so under the row's lock. */
    private static final PreparedSql STANDING = PreparedSql.of("""
            SELECT id, order_id, currency, version = changed_version AS changed
            FROM payments
            WHERE provider = :provider AND payment_id = :paymentId""");

    /** Primary key of payment_refs, then uk_payments_provider_payment_id. A consistent read. */
    private static final PreparedSql ORDER_BY_REF = PreparedSql.of("""
            SELECT p.order_id
            FROM payment_refs r
            JOIN payments p ON p.provider = r.provider AND p.payment_id = r.payment_id
            WHERE r.provider = :provider AND r.ref = :ref""");

    /**
     * Primary key of payment_refs. A refund or dispute that names only this reference always changes its row (the
     * version), so that it and the payment that announces the reference meet here, on a multi-master cluster too.
     */
    private static final PreparedSql WAIT_AT_REF = PreparedSql.of("""
            INSERT INTO payment_refs (provider, ref, payment_id)
            VALUES (:provider, :ref, NULL)
            ON DUPLICATE KEY UPDATE version = version + 1""");

    /** Primary key of payment_refs. After WAIT_AT_REF, so under the row's lock. */
    private static final PreparedSql PAYMENT_OF_REF =
            PreparedSql.of("SELECT payment_id FROM payment_refs WHERE provider = :provider AND ref = :ref");

    /** Primary key of payment_refs. */
    private static final PreparedSql MAY_BELONG_TO = PreparedSql.of("""
            SELECT 1 FROM payment_refs
            WHERE provider = :provider AND ref = :ref AND (payment_id IS NULL OR payment_id = :paymentId)""");

    /** Primary key of payment_refs. */
    private static final PreparedSql IS_WAITED_AT = PreparedSql.of(
            "SELECT 1 FROM payment_refs WHERE provider = :provider AND ref = :ref AND payment_id IS NULL");

    /**
     * Primary key of payment_refs. The first payment of a reference keeps it. The server counts two rows when, and only
     * when, it changed a row that was there: a new one counts one, one left as it was none, or one with found rows.
     */
    private static final PreparedSql ADD_REF = PreparedSql.of("""
            INSERT INTO payment_refs (provider, ref, payment_id)
            VALUES (:provider, :ref, :paymentId)
            ON DUPLICATE KEY UPDATE payment_id = COALESCE(payment_id, VALUES(payment_id))""");

    private static final int CHANGED_ROW = 2;

    /** uk_payments_provider_payment_id, under the lock that MEET took. */
    private static final PreparedSql START_WAITING =
            PreparedSql.of("UPDATE payments SET waiting = 1 WHERE provider = :provider AND payment_id = :paymentId");

    /** Primary key, under the lock that MEET took. */
    private static final PreparedSql STOP_WAITING = PreparedSql.of("UPDATE payments SET waiting = 0 WHERE id = :id");

    /**
     * What stands in a payment's row after an event met it.
     *
     * @param changed whether that event added something
     */
    public record Standing(
            long rowId, @Nullable Long orderId, @Nullable String currency, boolean changed) {}

    /**
     * Brings what an event says of a payment into its row and locks it; creates the row when it is new.
     *
     * @param waiting true when the event is a refund or dispute, which waits while the payment has no order
     */
    public void meet(
            Handle handle,
            String provider,
            String paymentId,
            @Nullable Long orderId,
            PaymentStatus status,
            @Nullable Money money,
            boolean waiting) {
        MEET.on(handle)
                .bind("provider", provider)
                .bind("paymentId", paymentId)
                .bind("orderId", orderId)
                .bind("status", status.column())
                .bind("minor", money == null ? null : money.minor())
                .bind("currency", money == null ? null : money.currency())
                .bind("amount", money == null ? null : money.major())
                .bind("waiting", waiting ? 1 : 0)
                .update();
    }

    /** The row of a payment that this transaction has met. */
    public Standing standing(Handle handle, String provider, String paymentId) {
        return STANDING.on(handle)
                .bind("provider", provider)
                .bind("paymentId", paymentId)
                .one(row -> new Standing(
                        row.getLong("id"),
                        row.getObject("order_id", Long.class),
                        row.getString("currency"),
                        row.getBoolean("changed")));
    }

    /** The order of the payment that a reference leads to, as far as it is committed. */
    public Optional<Long> orderByRef(Handle handle, String provider, String ref) {
        return ORDER_BY_REF
                .on(handle)
                .bind("provider", provider)
                .bind("ref", ref)
                .first(row -> Optional.ofNullable(row.getObject(1, Long.class)))
                .flatMap(order -> order);
    }

    /**
     * Locks a reference, for something that names its payment by it.
     *
     * @return the payment that it leads to; empty while none has announced it
     */
    public Optional<String> waitAtRef(Handle handle, String provider, String ref) {
        WAIT_AT_REF.on(handle).bind("provider", provider).bind("ref", ref).update();
        return PAYMENT_OF_REF
                .on(handle)
                .bind("provider", provider)
                .bind("ref", ref)
                .one(row -> Optional.ofNullable(row.getString(1)));
    }

    /** Whether something names its payment by this reference, and no payment has announced it. */
    public boolean isWaitedAt(Handle handle, String provider, String ref) {
        return IS_WAITED_AT
                .on(handle)
                .bind("provider", provider)
                .bind("ref", ref)
                .first(row -> true)
                .isPresent();
    }

    /** Whether this is a reference that leads to the payment, or to none yet. */
    public boolean mayBelongTo(Handle handle, String provider, String ref, String paymentId) {
        return MAY_BELONG_TO
                .on(handle)
                .bind("provider", provider)
                .bind("ref", ref)
                .bind("paymentId", paymentId)
                .first(row -> true)
                .isPresent();
    }

    /**
     * Makes the reference lead to the payment, unless it leads to one already.
     *
     * @return whether something waited at it, and now need not
     */
    public boolean addRef(Handle handle, String provider, String ref, String paymentId) {
        return ADD_REF.on(handle)
                        .bind("provider", provider)
                        .bind("ref", ref)
                        .bind("paymentId", paymentId)
                        .update()
                == CHANGED_ROW;
    }

    /** Something waits for the order of this payment, also when that is known. */
    public void startWaiting(Handle handle, String provider, String paymentId) {
        START_WAITING
                .on(handle)
                .bind("provider", provider)
                .bind("paymentId", paymentId)
                .update();
    }

    /** Nothing waits for the order of this payment any longer. */
    public void stopWaiting(Handle handle, long rowId) {
        STOP_WAITING.on(handle).bind("id", rowId).update();
    }
}
