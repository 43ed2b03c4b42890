package hooklatch.lock;

import dev.failsafe.CircuitBreaker;
import hooklatch.domain.EventKey;
import hooklatch.domain.OrderRef;
import hooklatch.domain.WebhookEvent;
import io.netty.util.concurrent.FastThreadLocal;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
 * leave a lock that nobody holds (redisson issue 7272). It is bounded by the wait and the client's own timeouts. What
 * may have been left in spite of that is given back by {@link #giveBackLeftovers}. While the circuit breaker is not closed
 * no delivery asks, not even to find out whether Redis is back: {@link NodePublisher} does.
 */
public final class RedisEventLocks implements EventLocks {
    private static final Logger log = LoggerFactory.getLogger(RedisEventLocks.class);
    static final String PREFIX = "webhook:lock:";

    private final RedissonClient redisson;
    private final CircuitBreaker<Object> breaker;
    private final Duration lease;
    private final LockBoard board;
    private final Leftovers leftovers;
    private final LockReturns atOnce;
    private final LockReturns whenDone;
    private final Set<CompletionStage<?>> releasing = ConcurrentHashMap.newKeySet();

    /**
     * @param breaker shared by all that asks this Redis
     * @param lease longer than any delivery may take
     * @param board is told what is held and what was in the way
     * @param whenDone gives back the locks of events that are done
     */
    public RedisEventLocks(
            RedissonClient redisson,
            CircuitBreaker<Object> breaker,
            Duration lease,
            LockBoard board,
            Clock clock,
            LockReturns whenDone) {
        this.redisson = redisson;
        this.breaker = breaker;
        this.lease = lease;
        this.board = board;
        this.leftovers = new Leftovers(clock, lease);
        this.atOnce = LockReturns.oneByOne(redisson);
        this.whenDone = whenDone;
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
        if (!breaker.isClosed()) {
            return without();
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
            worked();
            if (!acquired) {
                board.bumpedInto(key, type, order);
                return new Attempt.Busy();
            }
            LockBoard.Holding holding = board.took(key, type, order);
            return new Attempt.Held(() -> release(holding, atOnce), () -> release(holding, whenDone));
        } catch (InterruptedException e) {
            // Nobody here interrupts; a container that does is stopping, and the lease frees the lock.
            Thread.currentThread().interrupt();
            leftovers.note(key, Thread.currentThread().getId());
            breaker.recordFailure();
            return without();
        } catch (RuntimeException e) {
            leftovers.note(key, Thread.currentThread().getId());
            breaker.recordException(e);
            leaveThread();
            log.debug("no lock for {}, going on without: {}", key, e.toString());
            return without();
        }
    }

    private void release(LockBoard.Holding holding, LockReturns how) {
        board.gaveBack(holding);
        try {
            CompletionStage<?> answer = how.giveBack(PREFIX + holding.key(), holding.threadId());
            releasing.add(answer);
            answer.whenComplete((released, failure) -> {
                releasing.remove(answer);
                if (failure != null) {
                    notReleased(holding, failure);
                }
            });
        } catch (RuntimeException e) {
            notReleased(holding, e);
        } finally {
            leaveThread();
        }
    }

    private void notReleased(LockBoard.Holding holding, Throwable failure) {
        leftovers.note(holding.key(), holding.threadId());
        log.debug("lock of {} was not released: {}", holding.key(), failure.toString());
    }

    /** There is nothing to give back. */
    private Attempt without() {
        return new Attempt.Unavailable(() -> {}, board::wentWithout);
    }

    /**
     * Gives back what may be held by nobody, once for each call; waits for nothing. To be called about once a second while
     * Redis answers: so nothing is left for much longer than that after Redis has come back.
     */
    public void giveBackLeftovers() {
        if (!breaker.isClosed()) {
            return;
        }
        for (Leftovers.Leftover leftover : leftovers.due(one -> board.isInUse(one.key(), one.threadId()))) {
            if (board.isInUse(leftover.key(), leftover.threadId())) {
                // Since we looked; its turn comes with the next call.
                continue;
            }
            atOnce.giveBack(PREFIX + leftover.key(), leftover.threadId()).whenComplete((wasHeld, failure) -> {
                if (failure == null && wasHeld) {
                    log.info("gave back the lock of {}, which nobody had", leftover.key());
                }
            });
        }
    }

    /** Waits, for a second at most, until the locks that were given back are free. To be called before the client closes. */
    public void awaitReleases() throws InterruptedException {
        try {
            CompletableFuture.allOf(releasing.stream()
                            .map(CompletionStage::toCompletableFuture)
                            .toArray(CompletableFuture<?>[]::new))
                    .get(1, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            log.debug("not all locks were released: {}", e.toString());
        } finally {
            leaveThread();
        }
    }

    @Override
    public Optional<Boolean> isHeld(EventKey key) {
        if (!breaker.isClosed()) {
            return Optional.empty();
        }
        try {
            boolean held = redisson.getLock(PREFIX + key).isLocked();
            worked();
            if (held) {
                board.bumpedInto(key, null, null);
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

    /** An answer to what was asked while Redis was in use does not tell that it is quick again: that is for the look at it. */
    private void worked() {
        if (breaker.isClosed()) {
            breaker.recordSuccess();
        }
    }
}
