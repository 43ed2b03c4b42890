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
import java.util.Set;
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
    /** So many that were bumped into are told to others and listed; further ones are counted. */
    static final int MOST_BUMPED = 5_000;

    /** So many further ones are counted, each once; beyond that the count stands still. */
    static final int MOST_OVERLOOKED = 50_000;

    private final Clock clock;
    private final Duration lease;
    /** The newest holding of an event on this node: after a release by a person there may be two for a while. */
    private final ConcurrentMap<EventKey, Holding> held = new ConcurrentHashMap<>();
    /** Acquisitions that wait, or are on their way; the value counts them. */
    private final ConcurrentMap<EventKey, Integer> asking = new ConcurrentHashMap<>();

    private final ConcurrentMap<EventKey, Bump> bumped = new ConcurrentHashMap<>();
    /** Those that found no room among the others; forgotten like them. */
    private final ConcurrentMap<EventKey, Instant> overlooked = new ConcurrentHashMap<>();

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

    /**
     * Somebody else's lock that was in the way.
     *
     * @param at when last
     * @param type of the event, or null when it is not known
     * @param order the order that the event names, as it names it, or null
     */
    record Bump(Instant at, @Nullable String type, @Nullable String order) {
        /** The same, later; what was known of the event stays known. */
        Bump and(Bump later) {
            return new Bump(
                    later.at, later.type == null ? type : later.type, later.order == null ? order : later.order);
        }
    }

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
            overlooked.remove(key);
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

    /**
     * Somebody else holds it, and a person or a delivery had to be told so.
     *
     * @param type of the event, or null when it is not known
     * @param order the order that the event names, as it names it, or null
     */
    void bumpedInto(EventKey key, @Nullable String type, @Nullable String order) {
        Instant now = clock.instant();
        if (bumped.size() >= MOST_BUMPED && !bumped.containsKey(key)) {
            if (overlooked.size() < MOST_OVERLOOKED || overlooked.containsKey(key)) {
                overlooked.put(key, now);
            }
            return;
        }
        Bump bump = new Bump(now, type, order);
        boolean isNew = !bumped.containsKey(key);
        bumped.merge(key, bump, Bump::and);
        if (isNew) {
            news.incrementAndGet();
        }
        if (!overlooked.isEmpty()) {
            overlooked.remove(key);
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

    /** What may be held by somebody else: what is waited for now, and what was in the way. */
    Map<EventKey, Bump> met() {
        Instant now = clock.instant();
        bumped.values().removeIf(bump -> isPast(bump.at(), now));
        Map<EventKey, Bump> met = new HashMap<>(bumped);
        asking.keySet().forEach(key -> met.merge(key, new Bump(now, null, null), Bump::and));
        return met;
    }

    /** No lock outlives a bump by more than its lease. */
    private boolean isPast(Instant bumpedAt, Instant now) {
        return bumpedAt.plus(lease).isBefore(now);
    }

    /** Grows when something was bumped into that was not on the board. */
    long news() {
        return news.get();
    }

    /** Locks that may be held by somebody else, were in the way and are not among those {@linkplain #met met}. */
    Set<EventKey> overlooked() {
        Instant now = clock.instant();
        overlooked.values().removeIf(at -> isPast(at, now));
        return Set.copyOf(overlooked.keySet());
    }
}
