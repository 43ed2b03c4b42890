package hooklatch.domain;

import java.util.Locale;

/** How far a payment has come. A payment only climbs, in this order, whatever order its events arrive in. */
public enum PaymentStatus {
    PENDING,
    FAILED,
    CANCELED,
    COMPLETED;

    /** As stored in {@code payments.status}. */
    public String column() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static PaymentStatus ofColumn(String value) {
        return valueOf(value.toUpperCase(Locale.ROOT));
    }
}
