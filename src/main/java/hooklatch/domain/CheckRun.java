package hooklatch.domain;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A finished run of all checks.
 *
 * @param found how much each check found
 * @param eventsSeen events that were looked at
 * @param factsSeen payments, refunds and disputes that were looked at
 * @param forgottenBefore events finished before may have been forgotten, so facts as old need none; null when none was
 */
public record CheckRun(
        long id,
        String node,
        Instant startedAt,
        Instant finishedAt,
        Map<InvariantCheck, Long> found,
        long eventsSeen,
        long ordersSeen,
        long factsSeen,
        @Nullable Instant forgottenBefore) {
    public CheckRun {
        found = Map.copyOf(found);
    }

    /** How much one check found. */
    public long found(InvariantCheck check) {
        return found.getOrDefault(check, 0L);
    }

    /** How much all checks of one severity found. */
    public long found(InvariantCheck.Severity severity) {
        return InvariantCheck.of(severity).stream().mapToLong(this::found).sum();
    }

    public Duration took() {
        return Duration.between(startedAt, finishedAt);
    }
}
