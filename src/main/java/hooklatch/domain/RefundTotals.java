package hooklatch.domain;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the refunds of one payment add up to.
 *
 * <p>Providers tell of refunds in two ways that overlap: refunds of their own id, and a charge's running total. With S the
 * succeeded and F the failed refunds of their own, and C the highest total, what was given back is max(S, C − F): each
 * refund counts once, whichever way it was told and in whatever order. Money of another currency than the payment's
 * counts for nothing.
 *
 * @param currency the payment's; null while no event stated it
 */
public record RefundTotals(
        List<RefundFacts> refunds, @Nullable String currency) {
    /** ISO 4217's code for none: a refund carried over from a design that did not keep it. */
    private static final String NO_CURRENCY = "XXX";

    public RefundTotals {
        refunds = List.copyOf(refunds);
    }

    /** What was given back, in minor units. */
    public long refundedMinor() {
        return Math.max(ownRefunds(RefundStatus.SUCCEEDED), chargeTotal() - ownRefunds(RefundStatus.FAILED));
    }

    /** What the row's amount must be, so that the succeeded rows sum up to what was given back. */
    public long countedMinor(RefundFacts row) {
        if (!isInOurCurrency(row)) {
            return 0;
        }
        if (!row.isChargeTotal()) {
            return row.announcedMinor();
        }
        boolean isHighest = refunds.stream()
                .filter(refund -> refund.isChargeTotal() && isInOurCurrency(refund))
                .max(Comparator.comparingLong(RefundTotals::total).thenComparing(RefundFacts::refundId))
                .filter(highest -> highest.rowId() == row.rowId())
                .isPresent();
        return isHighest ? unaccountedMinor() : 0;
    }

    /** What the charge's total knows beyond the refunds of their own id. */
    private long unaccountedMinor() {
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
                .mapToLong(RefundFacts::announcedMinor)
                .reduce(0, RefundTotals::sum);
    }

    private static long total(RefundFacts charge) {
        return charge.chargeTotalMinor() == null ? 0 : charge.chargeTotalMinor();
    }

    /** Whether the refund's money can be set against the payment's. */
    public boolean isInOurCurrency(RefundFacts refund) {
        return currency == null || currency.equals(refund.currency()) || NO_CURRENCY.equals(refund.currency());
    }

    /** Of amounts that are not negative; more than fits stays the most that fits. */
    static long sum(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }
}
