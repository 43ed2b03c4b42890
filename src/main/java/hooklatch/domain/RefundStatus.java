package hooklatch.domain;

import java.util.Locale;

/** How far a refund has come. It only climbs, in this order; only {@link #SUCCEEDED} counts. Canceled is failed. */
public enum RefundStatus {
    PENDING,
    SUCCEEDED,
    FAILED;

    /** As stored in {@code refunds.status}. */
    public String column() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static RefundStatus ofColumn(String value) {
        return valueOf(value.toUpperCase(Locale.ROOT));
    }
}
