package hooklatch.domain;

/** What an order's facts add up to, as written to {@code orders.payment_status}. */
public enum OrderState {
    PENDING,
    PAID,
    FAILED,
    PARTIALLY_REFUNDED,
    REFUNDED
}
