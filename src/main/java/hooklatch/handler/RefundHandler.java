package hooklatch.handler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.KeptFact;
import hooklatch.dao.PaymentDao;
import hooklatch.dao.RefundDao;
import hooklatch.domain.Fact;
import hooklatch.domain.Money;
import hooklatch.domain.PaymentRef;
import hooklatch.domain.PaymentStatus;
import hooklatch.domain.WebhookEvent;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of refunds, told one by one or as a charge's running total. A refund that comes before its payment is kept
 * and counts once the payment arrives. One of another currency than its payment's is kept too, and counts for nothing.
 * For all providers.
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
        Written written = write(
                handle,
                provider,
                "Refund",
                fact.refundId(),
                fact.payment(),
                fact.amount(),
                (keptUnder, orderId) -> refunds.climb(
                        handle, provider, fact.refundId(), keptUnder, orderId, fact.status(), fact.amount()));
        return result(
                switch (fact.status()) {
                    case PENDING -> "refund_pending";
                    case SUCCEEDED -> "refund_processed";
                    case FAILED -> "refund_failed";
                },
                written,
                fact.payment(),
                fact.refundId(),
                fact.amount());
    }

    private ObjectNode chargeRefunded(Handle handle, String provider, Fact.ChargeRefunded fact)
            throws RefusedException {
        Written written = write(
                handle,
                provider,
                "Charge",
                fact.chargeId(),
                fact.payment(),
                fact.total(),
                (keptUnder, orderId) ->
                        refunds.raiseChargeTotal(handle, provider, fact.chargeId(), keptUnder, orderId, fact.total()));
        return result("refund_processed", written, fact.payment(), null, fact.growth());
    }

    /** Writes one refund row, with payment and order as far as they are known. */
    @FunctionalInterface
    private interface RefundRow {
        KeptFact write(String keptUnder, @Nullable Long orderId);
    }

    private record Written(
            NamedPayments.Named payment, @Nullable Long orderId, boolean otherCurrency, boolean changed) {}

    private Written write(
            Handle handle, String provider, String kind, String id, PaymentRef ref, Money money, RefundRow row)
            throws RefusedException {
        NamedPayments.Named payment = named.find(handle, provider, ref, () -> refunds.paymentOf(handle, provider, id));
        if (!payment.known()) {
            keep(handle, provider, payment, row.write(payment.keptUnder(), null), kind + " " + id);
            settlement.finishWithoutOrder(handle, provider, payment.keptUnder(), null, money.exponent());
            return new Written(payment, null, false, false);
        }
        String paymentId = payment.keptUnder();
        payments.meet(handle, provider, paymentId, null, PaymentStatus.PENDING, null, true);
        PaymentDao.Standing standing = payments.standing(handle, provider, paymentId);
        boolean otherCurrency =
                standing.currency() != null && !standing.currency().equals(money.currency());
        Long orderId = standing.orderId();
        if (orderId == null) {
            keep(handle, provider, payment, row.write(paymentId, null), kind + " " + id);
            settlement.finishWithoutOrder(handle, provider, paymentId, standing.currency(), money.exponent());
            return new Written(payment, null, otherCurrency, false);
        }
        settlement.begin(handle, orderId);
        boolean changed = keep(handle, provider, payment, row.write(paymentId, orderId), kind + " " + id);
        settlement.finish(handle, orderId, provider, paymentId, money.exponent());
        return new Written(payment, orderId, otherCurrency, changed);
    }

    /** Whether the event added something. */
    private boolean keep(Handle handle, String provider, NamedPayments.Named payment, KeptFact row, String what)
            throws RefusedException {
        named.keep(
                handle,
                provider,
                payment,
                row,
                what,
                () -> refunds.setPayment(handle, row.rowId(), payment.keptUnder()));
        return row.changed();
    }

    private static ObjectNode result(
            String action, Written written, PaymentRef ref, @Nullable String refundId, Money amount) {
        ObjectNode result = Results.begin(action, written.orderId());
        Results.putPayment(result, written.payment(), ref);
        result.put("refund_id", refundId);
        Results.putAmount(result, amount);
        result.put("changed", written.changed());
        if (written.otherCurrency()) {
            result.put("currency_mismatch", true);
        }
        return result;
    }
}
