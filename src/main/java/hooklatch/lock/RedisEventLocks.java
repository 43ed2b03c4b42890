package hooklatch.lock;

import dev.failsafe.CircuitBreaker;
import hooklatch.domain.EventKey;
import hooklatch.domain.OrderRef;
import hooklatch.domain.WebhookEvent;
import io.netty.util.concurrent.FastThreadLocal;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link EventLocks} as Redisson RLocks with a fixed lease, {@code webhook:lock:{provider}:{eventId}}. Nothing renews a
 * lease: all work ends well before it does, and a lock of a dead node frees itself.
 *
 * <p>An acquisition is never interrupted or abandoned, since a command that was given up may still be carried out and
 * leave a lock that nobody holds (redisson issue 7272). It is bounded by the wait and the client's own timeouts; the
 * circuit breaker keeps deliveries from waiting for a Redis that is known to be away.
 */
public final class RedisEventLocks implements EventLocks {
    private static final Logger log = LoggerFactory.getLogger(RedisEventLocks.class);
    static final String PREFIX = "webhook:lock:";

    private final RedissonClient redisson;
    private final CircuitBreaker<Object> breaker;
    private final Duration lease;
    private final LockBoard board;

    /**
     * @param breaker shared by all that asks this Redis
     * @param lease longer than any delivery may take
     * @param board is told what is held and what was in the way
     */
    public RedisEventLocks(RedissonClient redisson, CircuitBreaker<Object> breaker, Duration lease, LockBoard board) {
        this.redisson = redisson;
        this.breaker = breaker;
        this.lease = lease;
        this.board = board;
    }

    @Override
    public Attempt acquire(EventKey key, Duration wait) {
        return acquire(key, null, null, wait);
    }

    @Override
    public Attempt acquire(WebhookEvent event, Duration wait) {
        OrderRef order = event.fact().order();
        return acquire(event.key(), event.type(), order == null ? null : order.text(), wait);
    }

    private Attempt acquire(EventKey key, @Nullable String type, @Nullable String order, Duration wait) {
        if (!breaker.tryAcquirePermit()) {
            board.wentWithout();
            return new Attempt.Unavailable();
        }
        board.asks(key);
        try {
            return ask(key, type, order, wait);
        } finally {
            board.asked(key);
        }
    }

    private Attempt ask(EventKey key, @Nullable String type, @Nullable String order, Duration wait) {
        RLock lock = redisson.getLock(PREFIX + key);
        try {
            boolean acquired = lock.tryLock(wait.toMillis(), lease.toMillis(), TimeUnit.MILLISECONDS);
            breaker.recordSuccess();
            if (!acquired) {
                board.bumpedInto(key);
                return new Attempt.Busy();
            }
            LockBoard.Holding holding = board.took(key, type, order);
            return new Attempt.Held(() -> {
                board.gaveBack(holding);
                release(lock, holding.threadId(), key);
            });
        } catch (InterruptedException e) {
            // Nobody here interrupts; a container that does is stopping, and the lease frees the lock.
            Thread.currentThread().interrupt();
            breaker.recordFailure();
            return new Attempt.Unavailable();
        } catch (RuntimeException e) {
            breaker.recordException(e);
            board.wentWithout();
            leaveThread();
            log.debug("no lock for {}, going on without: {}", key, e.toString());
            return new Attempt.Unavailable();
        }
    }

    private static void release(RLock lock, long thread, EventKey key) {
        try {
            lock.unlockAsync(thread).whenComplete((done, failure) -> {
                if (failure != null) {
                    notReleased(key, failure);
                }
            });
        } catch (RuntimeException e) {
            notReleased(key, e);
        } finally {
            leaveThread();
        }
    }

    /** Its lease has ended, or Redis or the client is away: then the lease frees it. */
    private static void notReleased(EventKey key, Throwable failure) {
        log.debug("lock of {} was not released: {}", key, failure.toString());
    }

    @Override
    public Optional<Boolean> isHeld(EventKey key) {
        if (!breaker.tryAcquirePermit()) {
            return Optional.empty();
        }
        try {
            boolean held = redisson.getLock(PREFIX + key).isLocked();
            breaker.recordSuccess();
            if (held) {
                board.bumpedInto(key);
            }
            return Optional.of(held);
        } catch (RuntimeException e) {
            breaker.recordException(e);
            leaveThread();
            return Optional.empty();
        }
    }

    /**
     * A command that fails leaves something of the client in the calling thread, which is the container's and outlives
     * the application: a container takes it for a leak.
     */
    private static void leaveThread() {
        FastThreadLocal.removeAll();
    }
}
