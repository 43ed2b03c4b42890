package hooklatch.lock;

import hooklatch.domain.EventKey;
import hooklatch.domain.WebhookEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * {@link EventLocks} with a lock in memory in front: on one node, one request at a time works on an event, whether the
 * lock of all nodes can be asked or not. So without Redis a storm of deliveries of one event still takes one connection to
 * MySQL and not all. It holds for this node only; what other nodes do at the same time is decided by MySQL. Thread-safe.
 */
public final class NodeEventLocks implements EventLocks {
    private final EventLocks ofAllNodes;
    private final ConcurrentMap<EventKey, CountDownLatch> held = new ConcurrentHashMap<>();

    /** @param ofAllNodes asked by whoever has the lock of this node */
    public NodeEventLocks(EventLocks ofAllNodes) {
        this.ofAllNodes = ofAllNodes;
    }

    @Override
    public Attempt acquire(EventKey key, Duration wait) {
        return acquire(key, wait, left -> ofAllNodes.acquire(key, left));
    }

    @Override
    public Attempt acquire(WebhookEvent event, Duration wait) {
        return acquire(event.key(), wait, left -> ofAllNodes.acquire(event, left));
    }

    private Attempt acquire(EventKey key, Duration wait, Function<Duration, Attempt> next) {
        long end = System.nanoTime() + wait.toNanos();
        CountDownLatch mine = new CountDownLatch(1);
        for (CountDownLatch other = held.putIfAbsent(key, mine); other != null; other = held.putIfAbsent(key, mine)) {
            if (!isFree(other, end)) {
                return new Attempt.Busy();
            }
        }
        boolean goesOn = false;
        try {
            Attempt attempt = next.apply(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
            if (attempt instanceof Attempt.Held all) {
                goesOn = true;
                return new Attempt.Held(
                        () -> giveBack(key, mine, all.release()), () -> giveBack(key, mine, all.releaseOfDone()));
            }
            if (attempt instanceof Attempt.Unavailable without) {
                goesOn = true;
                return new Attempt.Unavailable(() -> giveBack(key, mine), without.wentThrough());
            }
            return attempt;
        } finally {
            if (!goesOn) {
                giveBack(key, mine);
            }
        }
    }

    private void giveBack(EventKey key, CountDownLatch mine, Runnable ofAll) {
        try {
            ofAll.run();
        } finally {
            giveBack(key, mine);
        }
    }

    private static boolean isFree(CountDownLatch other, long end) {
        try {
            return other.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void giveBack(EventKey key, CountDownLatch mine) {
        held.remove(key, mine);
        mine.countDown();
    }

    @Override
    public Optional<Boolean> isHeld(EventKey key) {
        return held.containsKey(key) ? Optional.of(true) : ofAllNodes.isHeld(key);
    }
}
