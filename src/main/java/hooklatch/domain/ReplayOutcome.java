package hooklatch.domain;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How one replay ended.
 *
 * @param event as it stands afterwards, where that is known
 * @param message why it was refused, in the handler's words; null otherwise
 */
public record ReplayOutcome(
        Kind kind, @Nullable EventRecord event, @Nullable String message) {
    /** The word for it in {@code webhook_replays.outcome}, in the audit log and in JSON, in lower case. */
    public enum Kind {
        /** It has its effect now. */
        PROCESSED,
        /** Still nobody handles it. */
        SKIPPED,
        /** A handler refused it. A failed or dead-lettered event was recorded so; a skipped one stays skipped. */
        REFUSED,
        /** It had its effect before; nothing was done. */
        EFFECT_STANDS,
        /** Another request works on it just now; nothing was done. */
        BUSY,
        /** Its body was purged; nothing can be done. */
        PURGED,
        /** Its body can no longer be read: its provider has no secret any more, or reads such a body no longer. */
        UNREADABLE,
        /** There is no such event, or no longer. */
        UNKNOWN_EVENT,
        /** MySQL could not be asked, or did not say whether the commit happened: it may be done again safely. */
        UNAVAILABLE;

        public String column() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Kind ofColumn(String value) {
            return valueOf(value.toUpperCase(Locale.ROOT));
        }

        /** Empty for a word that is none of ours, as a log may hold. */
        public static Optional<Kind> ofColumnIfKnown(String value) {
            return Arrays.stream(values())
                    .filter(kind -> kind.column().equals(value))
                    .findAny();
        }
    }

    public static ReplayOutcome of(Kind kind) {
        return new ReplayOutcome(kind, null, null);
    }

    /** The handlers have run, and had something to do or not. */
    public static ReplayOutcome done(EventRecord event) {
        return of(event.status() == EventStatus.SKIPPED ? Kind.SKIPPED : Kind.PROCESSED, event);
    }

    public static ReplayOutcome of(Kind kind, EventRecord event) {
        return new ReplayOutcome(kind, event, null);
    }

    public static ReplayOutcome refused(String message) {
        return new ReplayOutcome(Kind.REFUSED, null, message);
    }
}
