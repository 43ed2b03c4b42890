package hooklatch.service;

import hooklatch.domain.EventKey;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Which events this node works on, and which of them for longer than any work takes that ends. Thread-safe. */
final class AtWork {
    private static final Duration LONGEST_WORK = Duration.ofSeconds(6);

    private final ConcurrentMap<EventKey, Long> begunNanos = new ConcurrentHashMap<>();

    /**
     * Begins; of two at a time that work on one event the first counts.
     *
     * @return to be run when the work has ended, whether well or not
     */
    Runnable begin(EventKey key) {
        Long begun = System.nanoTime();
        return begunNanos.putIfAbsent(key, begun) == null ? () -> begunNanos.remove(key, begun) : () -> {};
    }

    /** Whether its handler may never come back. */
    boolean isStuck(EventKey key) {
        Long begun = begunNanos.get(key);
        return begun != null && System.nanoTime() - begun > LONGEST_WORK.toNanos();
    }
}
