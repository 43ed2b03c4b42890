package hooklatch.handler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.DisputeDao;
import hooklatch.dao.KeptFact;
import hooklatch.dao.PaymentDao;
import hooklatch.domain.Fact;
import hooklatch.domain.PaymentStatus;
import hooklatch.domain.WebhookEvent;
import org.jdbi.v3.core.Handle;

/** Disputes, recorded on their order. They are shown and never change its state. For all providers. */
public final class DisputeHandler implements EventHandler {
    private final PaymentDao payments = new PaymentDao();
    private final DisputeDao disputes = new DisputeDao();
    private final OrderSettlement settlement = new OrderSettlement();
    private final NamedPayments named = new NamedPayments();

    @Override
    public String name() {
        return "dispute";
    }

    @Override
    public boolean handles(WebhookEvent event) {
        return event.fact() instanceof Fact.DisputeChanged;
    }

    @Override
    public ObjectNode handle(EventContext context) throws RefusedException {
        Handle handle = context.handle();
        String provider = context.event().key().provider();
        Fact.DisputeChanged fact = (Fact.DisputeChanged) context.event().fact();
        NamedPayments.Named payment = named.find(
                handle, provider, fact.payment(), () -> disputes.paymentOf(handle, provider, fact.disputeId()));
        String paymentId = payment.keptUnder();
        Long orderId = null;
        if (payment.known()) {
            payments.meet(handle, provider, paymentId, null, PaymentStatus.PENDING, null, true);
            orderId = payments.standing(handle, provider, paymentId).orderId();
        }
        if (orderId != null) {
            settlement.begin(handle, orderId);
        }
        KeptFact row = disputes.climb(
                handle, provider, fact.disputeId(), paymentId, orderId, fact.closed(), fact.outcome(), fact.amount());
        named.keep(
                handle,
                provider,
                payment,
                row,
                "Dispute " + fact.disputeId(),
                () -> disputes.setPayment(handle, row.rowId(), paymentId));
        if (orderId != null) {
            settlement.finish(
                    handle, orderId, provider, paymentId, fact.amount().exponent());
        }
        ObjectNode result = Results.begin(fact.closed() ? "dispute_closed" : "dispute_opened", orderId);
        Results.putPayment(result, payment, fact.payment());
        result.put("dispute_id", fact.disputeId()).put("outcome", fact.outcome());
        Results.putAmount(result, fact.amount());
        return result.put("changed", orderId != null && row.changed());
    }
}
