package hooklatch.domain;

import org.jspecify.annotations.Nullable;

/**
 * How a refund or dispute names its payment.
 *
 * @param id the payment's own id, or the id of something that a payment announced as its own (a charge)
 * @param indirect true when {@code id} must be looked up among the payments' references
 */
public record PaymentRef(String id, boolean indirect) {
    public static PaymentRef payment(String paymentId) {
        return new PaymentRef(paymentId, false);
    }

    public static PaymentRef charge(String chargeId) {
        return new PaymentRef(chargeId, true);
    }

    /** The payment's own id, or null when this is the id of something else. */
    public @Nullable String ownId() {
        return indirect ? null : id;
    }
}
