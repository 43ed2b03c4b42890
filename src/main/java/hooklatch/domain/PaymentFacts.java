package hooklatch.domain;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one payment and its refunds.
 *
 * <p>Providers tell of refunds in two ways that overlap: refunds of their own id, and a charge's running total. With S the
 * succeeded and F the failed refunds of their own, and C the highest total, what was given back is max(S, C − F): each
 * refund counts once, whichever way it was told and in whatever order.
 *
 * @param rowId primary key
 * @param orderId null until an event names it
 * @param amountMinor null while no event stated it
 * @param currency null while no event stated it
 * @param waiting whether refunds or disputes came before the order was known
 */
public record PaymentFacts(
        long rowId,
        String provider,
        String paymentId,
        @Nullable Long orderId,
        PaymentStatus status,
        @Nullable Long amountMinor,
        @Nullable String currency,
        boolean waiting,
        List<RefundFacts> refunds) {
    /** ISO 4217's code for none: a refund carried over from a design that did not keep it. */
    private static final String NO_CURRENCY = "XXX";

    public PaymentFacts {
        refunds = List.copyOf(refunds);
    }

    /** What was collected, in minor units. */
    public long paidMinor() {
        return status == PaymentStatus.COMPLETED && amountMinor != null ? amountMinor : 0;
    }

    /** What was given back, in minor units; it counts for the order only once the payment is completed. */
    public long refundedMinor() {
        return Math.max(ownRefunds(RefundStatus.SUCCEEDED), chargeTotal() - ownRefunds(RefundStatus.FAILED));
    }

    /** What the charge's total knows beyond the refunds of their own id: the amount of the charge's row. */
    public long unaccountedMinor() {
        return Math.max(0, chargeTotal() - sum(ownRefunds(RefundStatus.FAILED), ownRefunds(RefundStatus.SUCCEEDED)));
    }

    private long chargeTotal() {
        return refunds.stream()
                .filter(this::isInOurCurrency)
                .map(RefundFacts::chargeTotalMinor)
                .filter(Objects::nonNull)
                .mapToLong(Long::longValue)
                .max()
                .orElse(0);
    }

    private long ownRefunds(RefundStatus wanted) {
        return refunds.stream()
                .filter(r -> !r.isChargeTotal() && r.status() == wanted && isInOurCurrency(r))
                .mapToLong(RefundFacts::amountMinor)
                .reduce(0, PaymentFacts::sum);
    }

    /** Whether the refund's money can be set against this payment's. */
    public boolean isInOurCurrency(RefundFacts refund) {
        return currency == null || currency.equals(refund.currency()) || NO_CURRENCY.equals(refund.currency());
    }

    /** Of amounts that are not negative; more than fits stays the most that fits. */
    static long sum(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }
}
