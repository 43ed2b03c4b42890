package hooklatch.dao;

import hooklatch.domain.Money;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The table {@code disputes}. Its rows are written only under the lock of their payment's row. Stateless. */
public final class DisputeDao {
    /** Whether the event's amount is taken, with its currency: the greater one, a choice that does not depend on the order of events. */
    private static final String TAKES_AMOUNT = """
            VALUES(amount_minor) > amount_minor
                OR (VALUES(amount_minor) = amount_minor AND VALUES(currency) > currency)""";

    /**
     * uk_disputes_provider_dispute_id. A closed dispute is not opened again by a late event; of several outcomes the later
     * in this list stands, since lost may still turn into won: any other, lost, won.
     */
    private static final String CLIMB = """
            INSERT INTO disputes
                (provider, dispute_id, payment_id, order_id, status, outcome, amount_minor, currency, amount)
            VALUES (:provider, :disputeId, :paymentId, :orderId, :status, :outcome, :minor, :currency, :amount)
            ON DUPLICATE KEY UPDATE
                version = version + 1,
                changed_version = IF(
                    (order_id IS NULL AND VALUES(order_id) IS NOT NULL)
                        OR {takes amount}
                        OR FIELD(VALUES(status), 'open', 'closed') > FIELD(status, 'open', 'closed')
                        OR (VALUES(status) = status
                            AND (FIELD(VALUES(outcome), 'lost', 'won') > FIELD(outcome, 'lost', 'won')
                                OR (FIELD(VALUES(outcome), 'lost', 'won') = FIELD(outcome, 'lost', 'won')
                                    AND VALUES(outcome) > outcome))),
                    version, changed_version),
                outcome = IF(
                    FIELD(VALUES(status), 'open', 'closed') > FIELD(status, 'open', 'closed')
                        OR (VALUES(status) = status
                            AND (FIELD(VALUES(outcome), 'lost', 'won') > FIELD(outcome, 'lost', 'won')
                                OR (FIELD(VALUES(outcome), 'lost', 'won') = FIELD(outcome, 'lost', 'won')
                                    AND VALUES(outcome) > outcome))),
                    VALUES(outcome), outcome),
                status = IF(
                    FIELD(VALUES(status), 'open', 'closed') > FIELD(status, 'open', 'closed'),
                    VALUES(status), status),
                amount = IF({takes amount}, VALUES(amount), amount),
                currency = IF({takes amount}, VALUES(currency), currency),
                amount_minor = GREATEST(amount_minor, VALUES(amount_minor)),
                order_id = COALESCE(order_id, VALUES(order_id))""".replace("{takes amount}", TAKES_AMOUNT);

    /** uk_disputes_provider_dispute_id, under the lock of the statement before it. */
    private static final String KEPT = """
            SELECT id, payment_id, version = changed_version AS changed
            FROM disputes
            WHERE provider = :provider AND dispute_id = :disputeId""";

    /** uk_disputes_provider_dispute_id. */
    private static final String PAYMENT_OF =
            "SELECT payment_id FROM disputes WHERE provider = :provider AND dispute_id = :disputeId";

    /**
     * ix_disputes_payment, named for the reason that {@link OrderDao} gives. A consistent read, begun under the lock of the
     * payment's row.
     */
    private static final String WITHOUT_ORDER = """
            SELECT id FROM disputes FORCE INDEX (ix_disputes_payment)
            WHERE provider = :provider AND payment_id = :paymentId AND order_id IS NULL""";

    /** Primary key. */
    private static final String SET_PAYMENT = "UPDATE disputes SET payment_id = :paymentId WHERE id = :id";

    /** Primary key: a range would lock rows that are none of our business. */
    private static final String SET_ORDER = "UPDATE disputes SET order_id = :orderId WHERE id = :id";

    /** Brings what an event says of a dispute into its row. The payment that it was first told of stays. */
    public KeptFact climb(
            Handle handle,
            String provider,
            String disputeId,
            String paymentId,
            @Nullable Long orderId,
            boolean closed,
            String outcome,
            Money money) {
        handle.createUpdate(CLIMB)
                .bind("provider", provider)
                .bind("disputeId", disputeId)
                .bind("paymentId", paymentId)
                .bind("orderId", orderId)
                .bind("status", closed ? "closed" : "open")
                .bind("outcome", outcome)
                .bind("minor", money.minor())
                .bind("currency", money.currency())
                .bind("amount", money.major())
                .execute();
        return handle.createQuery(KEPT)
                .bind("provider", provider)
                .bind("disputeId", disputeId)
                .map((row, context) ->
                        new KeptFact(row.getLong("id"), row.getString("payment_id"), row.getBoolean("changed")))
                .one();
    }

    /** The payment of a dispute, or the charge at which it waits; empty when it is not known. */
    public Optional<String> paymentOf(Handle handle, String provider, String disputeId) {
        return handle.createQuery(PAYMENT_OF)
                .bind("provider", provider)
                .bind("disputeId", disputeId)
                .mapTo(String.class)
                .findFirst();
    }

    /** Rows of disputes of this payment that came before its order was known. */
    public List<Long> withoutOrder(Handle handle, String provider, String paymentId) {
        return handle.createQuery(WITHOUT_ORDER)
                .bind("provider", provider)
                .bind("paymentId", paymentId)
                .mapTo(Long.class)
                .list();
    }

    /** Gives one row, that waited at a charge, the payment of that charge. */
    public void setPayment(Handle handle, long rowId, String paymentId) {
        handle.createUpdate(SET_PAYMENT)
                .bind("paymentId", paymentId)
                .bind("id", rowId)
                .execute();
    }

    /** Gives one row the order of its payment. */
    public void setOrder(Handle handle, long rowId, long orderId) {
        handle.createUpdate(SET_ORDER)
                .bind("orderId", orderId)
                .bind("id", rowId)
                .execute();
    }
}
