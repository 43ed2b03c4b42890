package hooklatch.testing;

import hooklatch.domain.EventKey;
import hooklatch.domain.Fact;
import hooklatch.domain.Json;
import hooklatch.domain.Money;
import hooklatch.domain.OrderRef;
import hooklatch.domain.Payload;
import hooklatch.domain.PaymentRef;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.WebhookEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Events as a provider's class would read them, in the fewest words. */
public final class Facts {
    /** Provider of all events made here. */
    public static final String PROVIDER = "stripe";

    private Facts() {}

    public static Money usd(long minor) {
        return new Money(minor, "USD", 2);
    }

    /** An event that announces the fact; its body is as unique as its id. */
    public static WebhookEvent event(String id, Fact fact) {
        return event(PROVIDER, id, fact);
    }

    public static WebhookEvent event(String provider, String id, Fact fact) {
        return event(provider, id, null, fact);
    }

    /** The same, of which the provider says when it happened. */
    public static WebhookEvent eventOf(Instant createdAt, String id, Fact fact) {
        return event(PROVIDER, id, createdAt, fact);
    }

    private static WebhookEvent event(String provider, String id, @Nullable Instant createdAt, Fact fact) {
        String body = "{\"id\":\"" + id + "\"}";
        return new WebhookEvent(
                new EventKey(provider, id),
                fact.getClass().getSimpleName(),
                createdAt,
                new Payload(body.getBytes(StandardCharsets.UTF_8)),
                Json.read(body),
                false,
                fact);
    }

    public static Fact succeeded(String payment, long order, long minor) {
        return new Fact.PaymentSucceeded(
                payment, OrderRef.of(Long.toString(order)), usd(minor), List.of("ch_" + payment));
    }

    public static Fact failed(String payment, long order, long minor) {
        return new Fact.PaymentFailed(
                payment, OrderRef.of(Long.toString(order)), usd(minor), "Your card was declined.", List.of());
    }

    public static Fact canceled(String payment, long order, long minor) {
        return new Fact.PaymentCanceled(payment, OrderRef.of(Long.toString(order)), usd(minor), "abandoned");
    }

    public static Fact refund(String payment, String refund, RefundStatus status, long minor) {
        return new Fact.RefundChanged(PaymentRef.payment(payment), refund, status, usd(minor));
    }

    public static Fact refund(String payment, String refund, RefundStatus status, Money amount) {
        return new Fact.RefundChanged(PaymentRef.payment(payment), refund, status, amount);
    }

    /** A refund that names the charge of the payment, as {@link #succeeded} announces it, and no payment. */
    public static Fact refundOfCharge(String payment, String refund, RefundStatus status, long minor) {
        return new Fact.RefundChanged(PaymentRef.charge("ch_" + payment), refund, status, usd(minor));
    }

    public static Fact refundOfCharge(String payment, String refund, RefundStatus status, Money amount) {
        return new Fact.RefundChanged(PaymentRef.charge("ch_" + payment), refund, status, amount);
    }

    public static Fact disputeOfCharge(String payment, String dispute, boolean closed, String outcome, long minor) {
        return new Fact.DisputeChanged(PaymentRef.charge("ch_" + payment), dispute, closed, outcome, usd(minor));
    }

    public static Fact chargeRefunded(String payment, long total, long growth) {
        return chargeRefunded(payment, usd(total), usd(growth));
    }

    public static Fact chargeRefunded(String payment, Money total, Money growth) {
        return new Fact.ChargeRefunded(PaymentRef.payment(payment), "ch_" + payment, total, growth);
    }

    public static Fact dispute(String payment, String dispute, boolean closed, String outcome, long minor) {
        return dispute(payment, dispute, closed, outcome, usd(minor));
    }

    public static Fact dispute(String payment, String dispute, boolean closed, String outcome, Money amount) {
        return new Fact.DisputeChanged(PaymentRef.payment(payment), dispute, closed, outcome, amount);
    }
}
