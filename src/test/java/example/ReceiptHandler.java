package example;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.Fact;
import hooklatch.domain.Json;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventContext;
import hooklatch.handler.EventHandler;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Issues one receipt for every payment that succeeded. */
public final class ReceiptHandler implements EventHandler {
    private static final Logger log = LoggerFactory.getLogger(ReceiptHandler.class);

    @Override
    public String name() {
        return "receipt";
    }

    @Override
    public boolean handles(WebhookEvent event) {
        return event.fact() instanceof Fact.PaymentSucceeded;
    }

    @Override
    public ObjectNode handle(EventContext context) {
        Fact.PaymentSucceeded payment = (Fact.PaymentSucceeded) context.event().fact();
        String provider = context.event().key().provider();
        String paymentId = payment.paymentId();
        // The built-in payment handler ran before this one, in the same transaction. It knows the order even where this
        // event does not name it, and it holds the payment's row: until our commit, no other event of this payment gets
        // this far. So looking first and inserting then is safe.
        long orderId = context.resultSoFar().orElseThrow().path("order_id").longValue();
        if (isIssued(context.handle(), provider, paymentId)) {
            // The same success under another event id.
            return Json.object().put("issued", false);
        }
        context.handle()
                .createUpdate("""
                        INSERT INTO receipts (provider, payment_id, order_id, amount_minor, currency)
                        VALUES (:provider, :paymentId, :orderId, :minor, :currency)""")
                .bind("provider", provider)
                .bind("paymentId", paymentId)
                .bind("orderId", orderId)
                .bind("minor", payment.amount().minor())
                .bind("currency", payment.amount().currency())
                .execute();
        // Outside the database, so only once the receipt is committed. Lost if the process dies in between.
        context.afterCommit(() -> log.info("receipt issued for payment {} of order {}", paymentId, orderId));
        return Json.object().put("issued", true);
    }

    private static boolean isIssued(Handle handle, String provider, String paymentId) {
        return handle.createQuery("SELECT 1 FROM receipts WHERE provider = :provider AND payment_id = :paymentId")
                .bind("provider", provider)
                .bind("paymentId", paymentId)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }
}
