package hooklatch.lock;

import hooklatch.domain.EventKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What this node holds, waits for and has bumped into, in memory only: noting it asks nobody and waits for nothing, so
 * that a delivery does not pay for being watched. {@link NodePublisher} tells the others. Thread-safe.
 */
public final class LockBoard {
    /** So many that were bumped into are remembered; further ones are counted. */
    static final int MOST_BUMPED = 5_000;

    private final Clock clock;
    private final Duration lease;
    /** The newest holding of an event on this node: after a release by a person there may be two for a while. */
    private final ConcurrentMap<EventKey, Holding> held = new ConcurrentHashMap<>();
    /** Acquisitions that wait, or are on their way; the value counts them. */
    private final ConcurrentMap<EventKey, Integer> asking = new ConcurrentHashMap<>();

    private final ConcurrentMap<EventKey, Instant> bumped = new ConcurrentHashMap<>();
    private final LongAdder overlooked = new LongAdder();
    private final AtomicLong news = new AtomicLong();
    private final LongAdder without = new LongAdder();
    private volatile @Nullable Absence absence;

    /** @param lease the longest that a lock can be held after somebody bumped into it */
    public LockBoard(Clock clock, Duration lease) {
        this.clock = clock;
        this.lease = lease;
    }

    /**
     * One lock that this node holds.
     *
     * @param threadId as it stands in Redis
     * @param type of the event, or null when it is not known
     * @param order the order that the event names, as it names it, or null
     */
    public record Holding(
            EventKey key,
            long threadId,
            String threadName,
            Instant takenAt,
            @Nullable String type,
            @Nullable String order) {}

    /** Redis did not answer. */
    private record Absence(Instant since, long withoutBefore) {}

    /**
     * How long Redis has been away, as this node sees it.
     *
     * @param events processed since then without a lock
     */
    public record Degraded(Instant since, long events) {}

    /** The acquisition of a lock begins. */
    void asks(EventKey key) {
        asking.merge(key, 1, Integer::sum);
    }

    /** It ended, whatever came of it. */
    void asked(EventKey key) {
        asking.computeIfPresent(key, (any, count) -> count == 1 ? null : count - 1);
    }

    /** This thread has it now. */
    Holding took(EventKey key, @Nullable String type, @Nullable String order) {
        Thread thread = Thread.currentThread();
        Holding holding = new Holding(key, thread.getId(), thread.getName(), clock.instant(), type, order);
        held.put(key, holding);
        if (!bumped.isEmpty()) {
            // Whoever was bumped into is gone.
            bumped.remove(key);
        }
        return holding;
    }

    void gaveBack(Holding holding) {
        held.remove(holding.key(), holding);
    }

    /** Whether this thread has the lock, or whether anybody here asks for it: then it is not left over. */
    boolean isInUse(EventKey key, long threadId) {
        Holding holding = held.get(key);
        return asking.containsKey(key) || (holding != null && holding.threadId() == threadId);
    }

    /** Somebody else holds it, and a person or a delivery had to be told so. */
    void bumpedInto(EventKey key) {
        if (bumped.size() >= MOST_BUMPED && !bumped.containsKey(key)) {
            overlooked.increment();
            return;
        }
        if (bumped.put(key, clock.instant()) == null) {
            news.incrementAndGet();
        }
    }

    /** An event was processed without a lock, because Redis is away. */
    void wentWithout() {
        without.increment();
    }

    /** Redis does not answer any more, or still not. */
    public void redisIsAway() {
        if (absence == null) {
            absence = new Absence(clock.instant(), without.sum());
        }
    }

    /** Redis answers again. */
    public void redisIsBack() {
        absence = null;
    }

    /** Empty while Redis answers. Costs nothing. */
    public Optional<Degraded> degraded() {
        Absence away = absence;
        return away == null
                ? Optional.empty()
                : Optional.of(new Degraded(away.since(), without.sum() - away.withoutBefore()));
    }

    /** Events that this process has processed without a lock since it started. */
    public long eventsWithoutLock() {
        return without.sum();
    }

    /** What is held now. */
    Collection<Holding> held() {
        return List.copyOf(held.values());
    }

    /** What may be held by somebody else, with the time of the last bump: what is waited for now, and what was in the way. */
    Map<EventKey, Instant> met() {
        Instant now = clock.instant();
        // No lock outlives a bump by more than its lease.
        bumped.values().removeIf(at -> at.plus(lease).isBefore(now));
        Map<EventKey, Instant> met = new HashMap<>(bumped);
        asking.keySet().forEach(key -> met.put(key, now));
        return met;
    }

    /** Grows when something was bumped into that was not on the board. */
    long news() {
        return news.get();
    }

    /** Locks that were bumped into and found no room. */
    long overlooked() {
        return overlooked.sum();
    }
}
