package hooklatch.domain;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at an event that no delivery made, as the delivery log keeps it.
 *
 * @param replayId of which replay it was a run, which knows who asked for it; null for a retry
 * @param outcome of a retry {@link Outcome#label()}, of a replay {@link ReplayOutcome.Kind#column()}; {@code error} for a
 *     defect
 */
public record Attempt(
        EventKey key,
        Instant startedAt,
        Origin origin,
        @Nullable Long replayId,
        String outcome,
        Duration duration) {
    /** Whose idea it was. */
    public enum Origin {
        /** Ours: the event was due. */
        RETRY,
        /** Somebody's, of this event or of a group that it is in. */
        REPLAY;

        public String column() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Origin ofColumn(String value) {
            return valueOf(value.toUpperCase(Locale.ROOT));
        }
    }
}
