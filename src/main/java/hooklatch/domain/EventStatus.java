package hooklatch.domain;

import java.util.Locale;

/** Where an event stands, as stored in {@code webhook_events.status}. */
public enum EventStatus {
    /** Its effect is committed. Final. */
    PROCESSED,
    /** Nobody handles it. Final unless replayed. */
    SKIPPED,
    /** A handler refused it; it is tried again. */
    FAILED,
    /** Refused often enough, for long enough: answered 2xx, shown to people, still tried now and then. */
    DEAD_LETTERED;

    /** Whether a further delivery is a duplicate. */
    public boolean isFinal() {
        return this == PROCESSED || this == SKIPPED;
    }

    /** As stored and as answered. */
    public String column() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static EventStatus ofColumn(String value) {
        return valueOf(value.toUpperCase(Locale.ROOT));
    }
}
