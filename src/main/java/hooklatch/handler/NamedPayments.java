package hooklatch.handler;

import hooklatch.dao.PaymentDao;
import hooklatch.domain.Money;
import hooklatch.domain.PaymentRef;
import org.jdbi.v3.core.Handle;

/** Finds the payment that a refund or dispute names. */
final class NamedPayments {
    private final PaymentDao payments = new PaymentDao();

    /**
     * The payment's own id.
     *
     * @throws RefusedException when only a charge is named that no payment has announced yet: the event is tried again
     */
    String paymentId(Handle handle, String provider, PaymentRef ref) throws RefusedException {
        if (!ref.indirect()) {
            return ref.id();
        }
        return payments.paymentByRef(handle, provider, ref.id())
                .orElseThrow(() -> new RefusedException("No payment is known yet for charge " + ref.id()));
    }

    /**
     * Refuses money of another currency than the payment's.
     */
    void requireSameCurrency(PaymentDao.Standing payment, String paymentId, Money money) throws RefusedException {
        String currency = payment.currency();
        if (currency != null && !currency.equals(money.currency())) {
            throw new RefusedException(
                    "Currency " + money.currency() + " is not that of payment " + paymentId + " (" + currency + ")");
        }
    }
}
