package hooklatch.handler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.PaymentDao;
import hooklatch.dao.RefundDao;
import hooklatch.domain.Fact;
import hooklatch.domain.Money;
import hooklatch.domain.PaymentFacts;
import hooklatch.domain.PaymentStatus;
import hooklatch.domain.WebhookEvent;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of refunds, told one by one or as a charge's running total. A refund that comes before its payment is kept
 * and counts once the payment arrives. For all providers.
 */
public final class RefundHandler implements EventHandler {
    private final PaymentDao payments = new PaymentDao();
    private final RefundDao refunds = new RefundDao();
    private final OrderSettlement settlement = new OrderSettlement();
    private final NamedPayments named = new NamedPayments();

    @Override
    public String name() {
        return "refund";
    }

    @Override
    public boolean handles(WebhookEvent event) {
        return event.fact() instanceof Fact.RefundChanged || event.fact() instanceof Fact.ChargeRefunded;
    }

    @Override
    public ObjectNode handle(EventContext context) throws RefusedException {
        Handle handle = context.handle();
        String provider = context.event().key().provider();
        if (context.event().fact() instanceof Fact.RefundChanged refund) {
            return refundChanged(handle, provider, refund);
        }
        return chargeRefunded(
                handle, provider, (Fact.ChargeRefunded) context.event().fact());
    }

    private ObjectNode refundChanged(Handle handle, String provider, Fact.RefundChanged fact) throws RefusedException {
        String paymentId = named.paymentId(handle, provider, fact.payment());
        Written written = write(
                handle,
                provider,
                paymentId,
                fact.amount(),
                orderId -> refunds.climb(
                        handle, provider, fact.refundId(), paymentId, orderId, fact.status(), fact.amount()));
        return result(
                switch (fact.status()) {
                    case PENDING -> "refund_pending";
                    case SUCCEEDED -> "refund_processed";
                    case FAILED -> "refund_failed";
                },
                written,
                paymentId,
                fact.refundId(),
                fact.amount());
    }

    private ObjectNode chargeRefunded(Handle handle, String provider, Fact.ChargeRefunded fact)
            throws RefusedException {
        String paymentId = named.paymentId(handle, provider, fact.payment());
        Written written = write(
                handle,
                provider,
                paymentId,
                fact.total(),
                orderId ->
                        refunds.raiseChargeTotal(handle, provider, fact.chargeId(), paymentId, orderId, fact.total()));
        return result("refund_processed", written, paymentId, null, fact.growth());
    }

    /** Writes one refund row of the payment that was met, with the order as far as it is known. */
    @FunctionalInterface
    private interface RefundRow {
        boolean write(@Nullable Long orderId);
    }

    private record Written(@Nullable Long orderId, boolean changed) {}

    private Written write(Handle handle, String provider, String paymentId, Money money, RefundRow row)
            throws RefusedException {
        payments.meet(handle, provider, paymentId, null, PaymentStatus.PENDING, null, true);
        PaymentDao.Standing payment = payments.standing(handle, provider, paymentId);
        named.requireSameCurrency(payment, paymentId, money);
        Long orderId = payment.orderId();
        if (orderId == null) {
            row.write(null);
            settlement.finishWithoutOrder(handle, facts(handle, provider, paymentId, payment), money.exponent());
            return new Written(null, false);
        }
        settlement.begin(handle, orderId);
        boolean changed = row.write(orderId);
        settlement.finish(handle, orderId, provider, paymentId, money.exponent());
        return new Written(orderId, changed);
    }

    private PaymentFacts facts(Handle handle, String provider, String paymentId, PaymentDao.Standing payment) {
        return new PaymentFacts(
                payment.rowId(),
                provider,
                paymentId,
                null,
                PaymentStatus.PENDING,
                null,
                payment.currency(),
                true,
                refunds.ofPayment(handle, provider, paymentId));
    }

    private static ObjectNode result(
            String action, Written written, String paymentId, @Nullable String refundId, Money amount) {
        ObjectNode result = Results.begin(action, written.orderId())
                .put("payment_id", paymentId)
                .put("refund_id", refundId);
        Results.putAmount(result, amount);
        return result.put("changed", written.changed());
    }
}
