package hooklatch.domain;

import org.jspecify.annotations.Nullable;

/**
 * What is known of one refund row.
 *
 * @param rowId primary key
 * @param orderId null until the payment has an order
 * @param amountMinor what counts
 * @param announcedMinor what the provider announced for a refund of its own id; more than what counts where its currency is
 *     not the payment's
 * @param chargeTotalMinor not null for the row of a charge: the highest total that was announced for it. Its amount is
 *     then what no refund of its own accounts for
 */
public record RefundFacts(
        long rowId,
        String refundId,
        @Nullable Long orderId,
        RefundStatus status,
        long amountMinor,
        long announcedMinor,
        String currency,
        @Nullable Long chargeTotalMinor) {
    /** Whether this is a charge's total and not a refund of its own. */
    public boolean isChargeTotal() {
        return chargeTotalMinor != null;
    }
}
