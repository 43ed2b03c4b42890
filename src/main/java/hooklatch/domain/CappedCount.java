package hooklatch.domain;

/**
 * A count that stops where it would become dear.
 *
 * @param atLeast what was counted
 * @param more whether there may be more
 */
public record CappedCount(long atLeast, boolean more) {
    public static final CappedCount NONE = new CappedCount(0, false);

    /** Of a count that was stopped behind {@code cap}. */
    public static CappedCount of(long counted, long cap) {
        return counted > cap ? new CappedCount(cap, true) : new CappedCount(counted, false);
    }

    public CappedCount plus(CappedCount other, long cap) {
        CappedCount sum = of(atLeast + other.atLeast, cap);
        return more || other.more ? new CappedCount(sum.atLeast, true) : sum;
    }

    public boolean isZero() {
        return atLeast == 0 && !more;
    }
}
