package hooklatch.handler;

import hooklatch.dao.DisputeDao;
import hooklatch.dao.OrderDao;
import hooklatch.dao.PaymentDao;
import hooklatch.dao.RefundDao;
import hooklatch.domain.Money;
import hooklatch.domain.OrderFacts;
import hooklatch.domain.PaymentFacts;
import hooklatch.domain.RefundFacts;
import hooklatch.domain.RefundTotals;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The steps that every fact about an order shares: take its place in the order's line, read the facts, derive the state,
 * write it. Their order is what makes concurrent events of one order converge; it is told in {@code src/docs/contract.md},
 * "What one effect is". Thread-safe.
 */
final class OrderSettlement {
    private final OrderDao orders = new OrderDao();
    private final PaymentDao payments = new PaymentDao();
    private final RefundDao refunds = new RefundDao();
    private final DisputeDao disputes = new DisputeDao();

    /**
     * What an order looks like after its state was written.
     *
     * @param payment the payment that the event named
     * @param paymentChanged whether the event added something to that payment
     */
    record Settled(OrderFacts facts, PaymentFacts payment, boolean paymentChanged) {}

    /**
     * Begins to change an order's facts.
     *
     * @throws RefusedException when the shop has no such order
     */
    void begin(Handle handle, long orderId) throws RefusedException {
        if (!orders.touch(handle, orderId)) {
            throw new RefusedException("Order not found: " + orderId);
        }
    }

    /**
     * Derives and writes the state of an order that was begun and whose new facts are written.
     *
     * @throws RefusedException when the payment belongs to another order
     */
    Settled finish(Handle handle, long orderId, String provider, String paymentId, @Nullable Integer exponent)
            throws RefusedException {
        OrderDao.Read read = orders.facts(handle, orderId);
        OrderFacts facts = read.facts();
        Optional<PaymentFacts> payment = facts.payment(provider, paymentId);
        if (payment.isEmpty()) {
            Long other = payments.standing(handle, provider, paymentId).orderId();
            throw new RefusedException("Payment " + paymentId + " belongs to order " + other + ", not " + orderId);
        }
        if (payment.get().waiting()) {
            giveOrderToWhatWaited(handle, payment.get(), orderId);
        }
        settleAmounts(handle, payment.get().refunds(), payment.get().currency(), exponent);
        facts.stateToWrite().ifPresent(state -> orders.setState(handle, orderId, state));
        return new Settled(
                facts,
                payment.get(),
                read.changedPayments().contains(payment.get().rowId()));
    }

    /**
     * Settles the refund rows of a payment whose order is not known yet.
     *
     * @param currency the payment's, or null while no event stated it
     */
    void finishWithoutOrder(
            Handle handle, String provider, String paymentId, @Nullable String currency, @Nullable Integer exponent) {
        settleAmounts(handle, refunds.ofPayment(handle, provider, paymentId), currency, exponent);
    }

    /** Refunds and disputes that came before the payment's order was known belong to it from now on. */
    private void giveOrderToWhatWaited(Handle handle, PaymentFacts payment, long orderId) {
        for (RefundFacts refund : payment.refunds()) {
            if (refund.orderId() == null) {
                refunds.setOrder(handle, refund.rowId(), orderId);
            }
        }
        for (long disputeRow : disputes.withoutOrder(handle, payment.provider(), payment.paymentId())) {
            disputes.setOrder(handle, disputeRow, orderId);
        }
        payments.stopWaiting(handle, payment.rowId());
    }

    /**
     * Makes the sum of the succeeded rows what was given back. The row of the charge with the highest total holds what no
     * refund of its own accounts for; a refund of another currency than the payment's holds nothing.
     */
    private void settleAmounts(
            Handle handle, List<RefundFacts> rows, @Nullable String currency, @Nullable Integer exponent) {
        RefundTotals totals = new RefundTotals(rows, currency);
        for (RefundFacts row : rows) {
            long amount = totals.countedMinor(row);
            if (amount != row.amountMinor()) {
                // Nothing is nothing in any currency, also in one whose decimals are not known here.
                refunds.setAmount(
                        handle,
                        row.rowId(),
                        new Money(amount, row.currency(), amount == 0 ? Integer.valueOf(0) : exponent));
            }
        }
    }
}
