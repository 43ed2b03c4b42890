package hooklatch.dao;

import hooklatch.domain.Money;
import hooklatch.domain.RefundFacts;
import hooklatch.domain.RefundStatus;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The table {@code refunds}. Its rows are written only under the lock of their payment's row. Stateless. */
public final class RefundDao {
    /** Whether the event's amount is taken, with its currency: the greater one, a choice that does not depend on the order of events. */
    private static final String TAKES_AMOUNT = """
            VALUES(announced_minor) > COALESCE(announced_minor, amount_minor)
                OR (VALUES(announced_minor) = COALESCE(announced_minor, amount_minor) AND VALUES(currency) > currency)""";

    /** uk_refunds_provider_refund_id. The row only climbs; see {@link PaymentDao} for the order of assignments. */
    private static final PreparedSql CLIMB = PreparedSql.of("""
            INSERT INTO refunds
                (provider, refund_id, payment_id, order_id, status, amount_minor, announced_minor, currency, amount)
            VALUES (:provider, :refundId, :paymentId, :orderId, :status, :minor, :minor, :currency, :amount)
            ON DUPLICATE KEY UPDATE
                version = version + 1,
                changed_version = IF(
                    (order_id IS NULL AND VALUES(order_id) IS NOT NULL)
                        OR {takes amount}
                        OR FIELD(VALUES(status), 'pending', 'succeeded', 'failed')
                            > FIELD(status, 'pending', 'succeeded', 'failed'),
                    version, changed_version),
                amount = IF({takes amount}, VALUES(amount), amount),
                currency = IF({takes amount}, VALUES(currency), currency),
                announced_minor = GREATEST(COALESCE(announced_minor, amount_minor), VALUES(announced_minor)),
                amount_minor = GREATEST(amount_minor, VALUES(amount_minor)),
                status = IF(
                    FIELD(VALUES(status), 'pending', 'succeeded', 'failed')
                        > FIELD(status, 'pending', 'succeeded', 'failed'),
                    VALUES(status), status),
                order_id = COALESCE(order_id, VALUES(order_id))""".replace("{takes amount}", TAKES_AMOUNT));

    /** As for a refund of its own. */
    private static final String TAKES_TOTAL = """
            VALUES(charge_total_minor) > COALESCE(charge_total_minor, -1)
                OR (VALUES(charge_total_minor) = charge_total_minor AND VALUES(currency) > currency)""";

    /** uk_refunds_provider_refund_id. The total is a high-water mark; the amount is settled afterwards. */
    private static final PreparedSql RAISE_CHARGE_TOTAL = PreparedSql.of("""
            INSERT INTO refunds
                (provider, refund_id, payment_id, order_id, status, amount_minor, currency, amount, charge_total_minor)
            VALUES (:provider, :chargeId, :paymentId, :orderId, 'succeeded', 0, :currency, 0, :total)
            ON DUPLICATE KEY UPDATE
                version = version + 1,
                changed_version = IF(
                    (order_id IS NULL AND VALUES(order_id) IS NOT NULL)
                        OR {takes total},
                    version, changed_version),
                currency = IF({takes total}, VALUES(currency), currency),
                charge_total_minor = GREATEST(COALESCE(charge_total_minor, 0), VALUES(charge_total_minor)),
                order_id = COALESCE(order_id, VALUES(order_id))""".replace("{takes total}", TAKES_TOTAL));

    /** uk_refunds_provider_refund_id, under the lock of the statement before it. */
    private static final PreparedSql KEPT = PreparedSql.of("""
            SELECT id, payment_id, version = changed_version
            FROM refunds
            WHERE provider = :provider AND refund_id = :refundId""");

    /** uk_refunds_provider_refund_id. */
    private static final PreparedSql PAYMENT_OF =
            PreparedSql.of("SELECT payment_id FROM refunds WHERE provider = :provider AND refund_id = :refundId");

    /**
     * ix_refunds_payment, named for the reason that {@link OrderDao} gives. A consistent read, begun under the lock of the
     * payment's row.
     */
    private static final PreparedSql OF_PAYMENT = PreparedSql.of("""
            SELECT id, refund_id, order_id, status, amount_minor, announced_minor, currency, charge_total_minor
            FROM refunds FORCE INDEX (ix_refunds_payment)
            WHERE provider = :provider AND payment_id = :paymentId
            ORDER BY id""");

    /** Primary key: a range would lock rows that are none of our business. */
    private static final PreparedSql SET_AMOUNT =
            PreparedSql.of("UPDATE refunds SET amount_minor = :minor, amount = :amount WHERE id = :id");

    /** Primary key. */
    private static final PreparedSql SET_PAYMENT =
            PreparedSql.of("UPDATE refunds SET payment_id = :paymentId WHERE id = :id");

    /** Primary key. */
    private static final PreparedSql SET_ORDER =
            PreparedSql.of("UPDATE refunds SET order_id = :orderId WHERE id = :id");

    /** Brings what an event says of a refund into its row. The payment that it was first told of stays. */
    public KeptFact climb(
            Handle handle,
            String provider,
            String refundId,
            String paymentId,
            @Nullable Long orderId,
            RefundStatus status,
            Money money) {
        CLIMB.on(handle)
                .bind("provider", provider)
                .bind("refundId", refundId)
                .bind("paymentId", paymentId)
                .bind("orderId", orderId)
                .bind("status", status.column())
                .bind("minor", money.minor())
                .bind("currency", money.currency())
                .bind("amount", money.major())
                .update();
        return kept(handle, provider, refundId);
    }

    /** Raises the total of a charge's row. The payment that it was first told of stays. */
    public KeptFact raiseChargeTotal(
            Handle handle, String provider, String chargeId, String paymentId, @Nullable Long orderId, Money total) {
        RAISE_CHARGE_TOTAL
                .on(handle)
                .bind("provider", provider)
                .bind("chargeId", chargeId)
                .bind("paymentId", paymentId)
                .bind("orderId", orderId)
                .bind("currency", total.currency())
                .bind("total", total.minor())
                .update();
        return kept(handle, provider, chargeId);
    }

    private static KeptFact kept(Handle handle, String provider, String refundId) {
        return KEPT.on(handle)
                .bind("provider", provider)
                .bind("refundId", refundId)
                .one(row -> new KeptFact(row.getLong(1), row.getString(2), row.getBoolean(3)));
    }

    /** The payment of a refund, or of the row of a charge, or the charge at which it waits; empty when it is not known. */
    public Optional<String> paymentOf(Handle handle, String provider, String refundId) {
        return PAYMENT_OF
                .on(handle)
                .bind("provider", provider)
                .bind("refundId", refundId)
                .first(row -> row.getString(1));
    }

    /** All refund rows of a payment, the oldest first. */
    public List<RefundFacts> ofPayment(Handle handle, String provider, String paymentId) {
        return OF_PAYMENT
                .on(handle)
                .bind("provider", provider)
                .bind("paymentId", paymentId)
                .list(row -> facts(row, 1));
    }

    /** Rewrites the amount of one row. */
    public void setAmount(Handle handle, long rowId, Money amount) {
        SET_AMOUNT
                .on(handle)
                .bind("minor", amount.minor())
                .bind("amount", amount.major())
                .bind("id", rowId)
                .update();
    }

    /** Gives one row, that waited at a charge, the payment of that charge. */
    public void setPayment(Handle handle, long rowId, String paymentId) {
        SET_PAYMENT.on(handle).bind("paymentId", paymentId).bind("id", rowId).update();
    }

    /** Gives one row the order of its payment. */
    public void setOrder(Handle handle, long rowId, long orderId) {
        SET_ORDER.on(handle).bind("orderId", orderId).bind("id", rowId).update();
    }

    /**
     * Reads a refund by the positions of its columns, which are those of {@link #OF_PAYMENT}. A row written before the
     * column was there announced what it counts.
     *
     * @param first position of its id
     */
    static RefundFacts facts(ResultSet row, int first) throws SQLException {
        long amount = row.getLong(first + 4);
        Long announced = row.getObject(first + 5, Long.class);
        return new RefundFacts(
                row.getLong(first),
                row.getString(first + 1),
                row.getObject(first + 2, Long.class),
                RefundStatus.ofColumn(row.getString(first + 3)),
                amount,
                announced == null ? amount : announced,
                row.getString(first + 6),
                row.getObject(first + 7, Long.class));
    }
}
