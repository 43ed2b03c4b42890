package hooklatch.domain;

import org.jspecify.annotations.Nullable;

/**
 * One thing that a check found: what it is about, as far as it is about an event, an order, a payment or another fact, and
 * a sentence that says what is wrong with it.
 *
 * @param factId a refund, charge or dispute
 */
public record Finding(
        InvariantCheck check,
        @Nullable String provider,
        @Nullable String eventId,
        @Nullable Long orderId,
        @Nullable String paymentId,
        @Nullable String factId,
        String detail) {

    /** About an event. */
    public static Finding ofEvent(
            InvariantCheck check, EventKey event, @Nullable Long orderId, @Nullable String paymentId, String detail) {
        return new Finding(check, event.provider(), event.eventId(), orderId, paymentId, null, detail);
    }

    /** About an order as a whole. */
    public static Finding ofOrder(InvariantCheck check, long orderId, String detail) {
        return new Finding(check, null, null, orderId, null, null, detail);
    }

    /**
     * About a payment, or a fact of it.
     *
     * @param factId null when it is the payment itself
     */
    public static Finding ofPayment(
            InvariantCheck check,
            String provider,
            String paymentId,
            @Nullable Long orderId,
            @Nullable String factId,
            String detail) {
        return new Finding(check, provider, null, orderId, paymentId, factId, detail);
    }
}
