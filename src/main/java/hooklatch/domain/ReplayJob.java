package hooklatch.domain;

import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The replay of a group of events.
 *
 * @param filter what was asked for
 * @param events how many the set holds; it was fixed when it was confirmed
 * @param startedAt when a node took it up first, or null
 * @param finishedAt when it was done or canceled, or null
 * @param canceledBy who canceled it, or null
 * @param node which node has it, or had it last, or null
 * @param taken whether a node has it, as far as is known: one that stops in order gives it back, one that dies does not
 * @param leaseUntil until then it is that node's; a node that is gone lets it lapse
 */
public record ReplayJob(
        long id,
        ReplayFilter filter,
        int events,
        String reason,
        String username,
        State state,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        @Nullable String canceledBy,
        @Nullable String node,
        boolean taken,
        Instant leaseUntil) {
    /** Where it stands. */
    public enum State {
        RUNNING,
        CANCELED,
        DONE;

        public String column() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static State ofColumn(String value) {
            return valueOf(value.toUpperCase(Locale.ROOT));
        }
    }

    /** How many events of a job have come to which end; the others wait for their turn, or never get one. */
    public record Progress(Map<ReplayOutcome.Kind, Integer> ended, int left) {
        public Progress {
            ended = ended.isEmpty() ? Map.of() : new EnumMap<>(ended);
        }

        public int count(ReplayOutcome.Kind kind) {
            return ended.getOrDefault(kind, 0);
        }

        public int done() {
            return ended.values().stream().mapToInt(Integer::intValue).sum();
        }
    }
}
