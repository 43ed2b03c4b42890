package hooklatch.domain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an event announces, in one vocabulary for all providers ({@code src/docs/providers.md}, canonical outcome table).
 * Pure data: reading a body into a fact needs no I/O, and applying it is a handler's work.
 */
public sealed interface Fact {
    /** The order as the event names it, or null when events of this kind name none. */
    default @Nullable OrderRef order() {
        return null;
    }

    /** The order that the event names by itself, whether or not the shop has it; null when it names none that could be. */
    default @Nullable Long namedOrderId() {
        OrderRef order = order();
        return order == null ? null : order.id();
    }

    /** The payment that the event names by its own id, or null when it names none that could be. */
    default @Nullable String namedPaymentId() {
        String id = null;
        if (this instanceof PaymentSucceeded f) {
            id = f.paymentId();
        } else if (this instanceof PaymentFailed f) {
            id = f.paymentId();
        } else if (this instanceof PaymentCanceled f) {
            id = f.paymentId();
        } else if (this instanceof CheckoutCompleted f) {
            id = f.paymentId();
        } else if (this instanceof RefundChanged f) {
            id = f.payment().ownId();
        } else if (this instanceof ChargeRefunded f) {
            id = f.payment().ownId();
        } else if (this instanceof DisputeChanged f) {
            id = f.payment().ownId();
        }
        return id != null && EventKey.isValidId(id) ? id : null;
    }

    /**
     * Money was collected.
     *
     * @param refs other ids by which later events may name this payment (a Stripe charge) or by which later payments find
     *     the order (a Razorpay order)
     */
    record PaymentSucceeded(String paymentId, OrderRef order, Money amount, List<String> refs) implements Fact {}

    /**
     * One attempt was declined; the same payment may still succeed.
     *
     * @param amount null when the event states none
     * @param error the provider's words for the decline, or null
     */
    record PaymentFailed(
            String paymentId,
            OrderRef order,
            @Nullable Money amount,
            @Nullable String error,
            List<String> refs) implements Fact {}

    /**
     * The payment ended without money.
     *
     * @param reason the provider's word for why, or null
     */
    record PaymentCanceled(
            String paymentId,
            OrderRef order,
            @Nullable Money amount,
            @Nullable String reason) implements Fact {}

    /**
     * A checkout finished that names both a payment and an order, but moves no money by itself: it binds the two.
     */
    record CheckoutCompleted(
            String paymentId, OrderRef order, @Nullable Money amount) implements Fact {}

    /**
     * A refund of its own id reached a status.
     *
     * @param payment the payment it gives back
     */
    record RefundChanged(PaymentRef payment, String refundId, RefundStatus status, Money amount) implements Fact {}

    /**
     * The total that a charge has given back so far; it names no single refund.
     *
     * @param total cumulative: a high-water mark, never added up
     * @param growth what this event adds to the total, as it states itself; the total where it states nothing
     */
    record ChargeRefunded(PaymentRef payment, String chargeId, Money total, Money growth) implements Fact {}

    /**
     * A dispute was opened or closed. It is shown on the order and never changes its state.
     *
     * @param closed whether it has an outcome
     * @param outcome the provider's status, for example {@code needs_response}, {@code won}, {@code lost}
     */
    record DisputeChanged(PaymentRef payment, String disputeId, boolean closed, String outcome, Money amount)
            implements Fact {}

    /** Nothing that the built-in handlers know; another handler may. */
    record Unknown() implements Fact {}

    /**
     * The event must have no effect at all, whoever could handle it (the wrong mode, for example).
     *
     * @param message why, as it is answered
     */
    record Ignored(String message) implements Fact {}

    /**
     * The type is known but the body cannot be used (a negative amount, no payment id).
     *
     * @param problem a sentence that names what is wrong, as it is answered
     */
    record Unusable(String problem) implements Fact {}
}
