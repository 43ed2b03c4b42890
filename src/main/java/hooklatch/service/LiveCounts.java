package hooklatch.service;

import hooklatch.domain.Deadline;
import hooklatch.lock.LockBoard;
import hooklatch.lock.LockDirectory;
import hooklatch.lock.NodeReport;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What stands beside the list of events and is not in MySQL, as of some seconds ago: Redis is asked at most once in two
 * seconds, by one request, and the others go on with what was last known. Thread-safe.
 */
public final class LiveCounts {
    private static final Duration BELIEVED = Duration.ofSeconds(2);

    private final LockDirectory directory;
    private final LockBoard board;
    private final AtomicBoolean asking = new AtomicBoolean();
    private volatile @Nullable Known known;

    /** @param board of this node: while Redis is away, nobody else can be asked */
    public LiveCounts(LockDirectory directory, LockBoard board) {
        this.directory = directory;
        this.board = board;
    }

    /**
     * The numbers.
     *
     * @param longHeld events whose lock is held for longer than {@link LockQuery#LONG_HELD}; null = Redis does not tell
     * @param withoutRedis events that the living nodes have processed without Redis since they started; while it is away,
     *     those of this node since it went
     * @param awaySince null while Redis answers
     */
    public record Counts(
            @Nullable Long longHeld,
            long withoutRedis,
            @Nullable Instant awaySince) {}

    private record Known(Counts counts, Deadline until) {}

    /** The numbers of now, or of a moment ago. */
    public Counts now() {
        Known last = known;
        if (last == null) {
            return ask();
        }
        if (last.until().hasPassed() && asking.compareAndSet(false, true)) {
            try {
                return ask();
            } finally {
                asking.set(false);
            }
        }
        return last.counts();
    }

    private Counts ask() {
        Counts counts = counted();
        known = new Known(counts, Deadline.in(BELIEVED));
        return counts;
    }

    private Counts counted() {
        LockDirectory.Listing locks = directory.list();
        Long longHeld = locks.redisAnswers()
                ? (Long) locks.locks().stream().filter(LockQuery::isLongHeld).count()
                : null;
        return board.degraded()
                .map(away -> new Counts(longHeld, away.events(), away.since()))
                .orElseGet(() -> new Counts(
                        longHeld,
                        directory.nodes().reports().stream()
                                .filter(NodeReport::isAlive)
                                .mapToLong(NodeReport::eventsWithoutLock)
                                .sum(),
                        null));
    }
}
