package hooklatch.domain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one payment and its refunds.
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
    public PaymentFacts {
        refunds = List.copyOf(refunds);
    }

    /** What was collected, in minor units. */
    public long paidMinor() {
        return status == PaymentStatus.COMPLETED && amountMinor != null ? amountMinor : 0;
    }

    /** What was given back, in minor units; it counts for the order only once the payment is completed. */
    public long refundedMinor() {
        return totals().refundedMinor();
    }

    /** Refunds that count for nothing, as amounts of two currencies are never added; those that failed are left out. */
    public List<RefundFacts> refundsInOtherCurrency() {
        return refunds.stream()
                .filter(refund -> refund.status() != RefundStatus.FAILED && !totals().isInOurCurrency(refund))
                .toList();
    }

    /** What the refunds add up to. */
    public RefundTotals totals() {
        return new RefundTotals(refunds, currency);
    }
}
