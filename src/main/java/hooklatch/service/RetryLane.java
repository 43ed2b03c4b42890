package hooklatch.service;

import hooklatch.domain.EventKey;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads that try refused events, a few at a time. One whose event is in a handler that does not end is left to it, and
 * another takes its place, {@value #MOST_LEFT} times. Thread-safe, but turns are begun by one thread.
 */
final class RetryLane {
    private static final Logger log = LoggerFactory.getLogger(RetryLane.class);
    /** Longer than an event takes whose handler ends. */
    static final Duration LONGEST_TURN = Duration.ofSeconds(10);
    /** Each keeps a thread: somebody must restart the node some day. */
    static final int MOST_LEFT = 16;

    private final String threadName;
    private final Duration longestTurn;
    private final Semaphore free;
    private final Set<Turn> turns = ConcurrentHashMap.newKeySet();
    private final ThreadPoolExecutor threads;

    RetryLane(String threadName, int atATime) {
        this(threadName, atATime, LONGEST_TURN);
    }

    /** @param longestTurn after which a thread is left to its event */
    RetryLane(String threadName, int atATime, Duration longestTurn) {
        this.threadName = threadName;
        this.longestTurn = longestTurn;
        free = new Semaphore(atATime);
        threads = new ThreadPoolExecutor(
                // The last that ended may still be on its way out when the next begins.
                0, 2 * atATime + MOST_LEFT, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new Thread(task, threadName);
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /**
     * Runs the task on a thread of this lane, when there is one.
     *
     * @param task says with {@link Turn#at} which event it tries
     * @param wait for a thread that comes back
     * @return false when none did, or this is closed
     */
    boolean begin(Consumer<Turn> task, Duration wait) {
        if (!takePlace(wait)) {
            return false;
        }
        Turn turn = new Turn();
        turns.add(turn);
        try {
            threads.execute(() -> {
                try {
                    task.accept(turn);
                } finally {
                    turn.end();
                }
            });
            return true;
        } catch (RejectedExecutionException e) {
            if (threads.isShutdown()) {
                log.debug("what is due is left to its next turn: closing");
            } else {
                log.error(
                        "{} tries no refused event again: its threads are in {} handlers that do not end; see a thread dump,"
                                + " and restart the node",
                        threadName,
                        turns.size() - 1);
            }
        } catch (Error e) {
            log.error("what is due is left to its next turn: no thread can be started", e);
        }
        turn.end();
        return false;
    }

    private boolean takePlace(Duration wait) {
        try {
            if (free.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                return true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        turns.forEach(Turn::leaveIfStuck);
        return free.tryAcquire();
    }

    boolean isClosed() {
        return threads.isShutdown();
    }

    /** Begins no more. */
    void close() {
        threads.shutdown();
    }

    /** Whether all came to their end in time. */
    boolean awaitEnd(Duration time) throws InterruptedException {
        return threads.awaitTermination(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** A thread of the lane, at one event after the other. */
    final class Turn {
        private final AtomicBoolean left = new AtomicBoolean();
        private volatile long sinceNanos = System.nanoTime();
        private volatile @Nullable EventKey at;

        /** Says which event is tried from now on; false when another has taken this place meanwhile. */
        boolean at(EventKey key) {
            at = key;
            sinceNanos = System.nanoTime();
            return !left.get();
        }

        private void leaveIfStuck() {
            if (System.nanoTime() - sinceNanos >= longestTurn.toNanos() && left.compareAndSet(false, true)) {
                log.error(
                        "{} is in a handler that does not end, and keeps its thread; see a thread dump, and restart the node",
                        at);
                free.release();
            }
        }

        private void end() {
            turns.remove(this);
            if (left.compareAndSet(false, true)) {
                free.release();
            }
        }
    }
}
