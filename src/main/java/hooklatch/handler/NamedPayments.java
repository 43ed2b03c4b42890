package hooklatch.handler;

import hooklatch.dao.DisputeDao;
import hooklatch.dao.KeptFact;
import hooklatch.dao.PaymentDao;
import hooklatch.dao.RefundDao;
import hooklatch.domain.PaymentRef;
import java.util.Optional;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Brings a payment and what names it by one of its charges together, whichever comes first. They meet at the row of the
 * charge in {@code payment_refs}: both write it, so the second waits for the first and sees it. Thread-safe.
 */
final class NamedPayments {
    private final PaymentDao payments = new PaymentDao();
    private final RefundDao refunds = new RefundDao();
    private final DisputeDao disputes = new DisputeDao();

    /**
     * The payment that a refund or dispute names.
     *
     * @param keptUnder the payment's id; the charge's while no payment has announced that charge
     * @param known whether it is the payment's
     */
    record Named(String keptUnder, boolean known) {
        /** As it is answered: null while nobody has said whose charge it is. */
        @Nullable
        String paymentId() {
            return known ? keptUnder : null;
        }
    }

    /**
     * Finds the payment; from now on a payment that announces the charge waits for this transaction.
     *
     * @param toldBefore the payment under which the refund or dispute is kept already; asked only when the charge leads to
     *     none
     */
    Named find(Handle handle, String provider, PaymentRef ref, Supplier<Optional<String>> toldBefore) {
        if (!ref.indirect()) {
            return new Named(ref.id(), true);
        }
        return payments.waitAtRef(handle, provider, ref.id())
                .or(() -> toldBefore.get().filter(before -> !payments.isWaitedAt(handle, provider, before)))
                .map(paymentId -> new Named(paymentId, true))
                .orElseGet(() -> new Named(ref.id(), false));
    }

    /**
     * Keeps a refund or dispute, which is of one payment for ever, where it is.
     *
     * @param what the refund or dispute, for people
     * @param move gives its row the payment that was found
     * @throws RefusedException when it was told of another payment before
     */
    void keep(Handle handle, String provider, Named payment, KeptFact row, String what, Runnable move)
            throws RefusedException {
        if (row.paymentId().equals(payment.keptUnder())) {
            return;
        }
        boolean mayMove =
                payment.known() && payments.mayBelongTo(handle, provider, row.paymentId(), payment.keptUnder());
        if (!mayMove) {
            throw new RefusedException(
                    what + " belongs to payment " + row.paymentId() + ", not " + payment.keptUnder());
        }
        // It was kept at a charge: one that nobody has announced yet, or one of this very payment.
        move.run();
    }

    /**
     * Makes a charge lead to its payment.
     *
     * @return whether refunds or disputes had come before, which {@link #adopt} is to bring over
     */
    boolean announce(Handle handle, String provider, String ref, String paymentId) {
        return payments.addRef(handle, provider, ref, paymentId);
    }

    /** Gives a payment, whose row this transaction has met, the refunds and disputes that waited at a charge of it. */
    void adopt(Handle handle, String provider, String ref, String paymentId) {
        refunds.ofPayment(handle, provider, ref)
                .forEach(refund -> refunds.setPayment(handle, refund.rowId(), paymentId));
        disputes.withoutOrder(handle, provider, ref).forEach(row -> disputes.setPayment(handle, row, paymentId));
        payments.startWaiting(handle, provider, paymentId);
    }
}
