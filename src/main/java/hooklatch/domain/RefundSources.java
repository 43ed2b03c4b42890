package hooklatch.domain;

/**
 * What the two sources of a payment's refunds tell: refunds of their own id, and the running total of a charge. All in
 * minor units of the payment's currency.
 *
 * @param succeeded S: the sum of succeeded refunds
 * @param failed F: the sum of failed refunds, which a charge's total may have counted while they were under way
 * @param pending the sum of refunds that are under way, which a charge's total counts already
 * @param chargeTotal C: the highest total; 0 when none was told
 * @param hasRefunds whether any refund of its own id is known
 */
public record RefundSources(long succeeded, long failed, long pending, long chargeTotal, boolean hasRefunds) {

    public static RefundSources of(PaymentFacts payment) {
        long succeeded = 0;
        long failed = 0;
        long pending = 0;
        long total = 0;
        boolean any = false;
        for (RefundFacts refund : payment.refunds()) {
            if (!payment.totals().isInOurCurrency(refund)) {
                continue;
            }
            if (refund.chargeTotalMinor() != null) {
                total = Math.max(total, refund.chargeTotalMinor());
                continue;
            }
            any = true;
            switch (refund.status()) {
                case SUCCEEDED -> succeeded = RefundTotals.sum(succeeded, refund.announcedMinor());
                case FAILED -> failed = RefundTotals.sum(failed, refund.announcedMinor());
                case PENDING -> pending = RefundTotals.sum(pending, refund.announcedMinor());
            }
        }
        return new RefundSources(succeeded, failed, pending, total, any);
    }

    /** All single refunds, whatever became of them. */
    public long told() {
        return RefundTotals.sum(succeeded, RefundTotals.sum(failed, pending));
    }

    /**
     * Whether both sources speak, and tell what cannot both be whole: the total has grown by refunds that nobody told of,
     * or more has succeeded than it ever counted. A shop that listens to one source only has nothing to compare.
     */
    public boolean disagree() {
        return hasRefunds && chargeTotal > 0 && (chargeTotal > told() || succeeded > chargeTotal);
    }
}
