package hooklatch.dao;

import com.zaxxer.hikari.HikariDataSource;
import hooklatch.domain.Deadline;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends work on connections of a pool that is not over at its deadline. Thread-safe. */
final class Deadlines implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Deadlines.class);

    /** More than a pool has connections; only when as many hang in their closing is one left to its socket's time-out. */
    private static final int MOST_CUT_AT_A_TIME = 128;

    /** What waits for its connection comes back from the cut well within that, and the server has rolled back. */
    private static final Duration AFTER_THE_CUT = Duration.ofMillis(500);

    /** Less than any work is given, mostly. */
    private static final Duration BEAT = Duration.ofSeconds(1);

    private final DataSource pool;
    private final ScheduledThreadPoolExecutor clock;

    /** Closing a TLS connection may wait for a write that hangs; no other deadline waits with it. */
    private final ExecutorService cutters;

    Deadlines(DataSource pool) {
        this.pool = pool;
        clock = new ScheduledThreadPoolExecutor(1, task -> daemon(task, "hooklatch-deadlines"));
        clock.setRemoveOnCancelPolicy(true);
        // What is due before all else wakes the thread when it is asked for, and nearly all is taken back: so let this
        // be due.
        ScheduledFuture<?> unused =
                clock.scheduleWithFixedDelay(() -> {}, BEAT.toMillis(), BEAT.toMillis(), TimeUnit.MILLISECONDS);
        cutters = new ThreadPoolExecutor(
                0,
                MOST_CUT_AT_A_TIME,
                10,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                task -> daemon(task, "hooklatch-cut"));
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Watches work that the calling thread begins on the connection, until it says that the work is over. */
    Watch watch(Connection connection, Deadline deadline) {
        Watch watch = new Watch(connection);
        watch.task = after(deadline.left(), watch::cut);
        return watch;
    }

    /**
     * Interrupts the calling thread after that time, unless what is returned is closed before, by the same thread; from
     * then on it is not interrupted any more. What reads from a socket goes on.
     *
     * @param deadline when it is over, and a moment more, and the thread is still at it, it is given up
     * @param givenUp called then, by another thread; returns at once
     */
    Interruption interruptAfter(Duration time, Deadline deadline, Runnable givenUp) {
        Interruption interruption = new Interruption(givenUp);
        interruption.task = after(time, () -> {
            if (interruption.interrupt()) {
                interruption.task = after(deadline.left().plus(AFTER_THE_CUT), interruption::giveUp);
            }
        });
        return interruption;
    }

    private ScheduledFuture<?> after(Duration time, Runnable task) {
        return clock.schedule(task, time.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** To be called when no work is watched any more. */
    @Override
    public void close() {
        clock.shutdownNow();
        cutters.shutdown();
    }

    /** That of work that is not over when its time is. */
    static final class Interruption implements Database.Interruption {
        private final Thread worker = Thread.currentThread();
        private final Runnable givenUp;
        private volatile @Nullable ScheduledFuture<?> task;
        private boolean over;
        private boolean interrupted;
        private boolean isGivenUp;

        private Interruption(Runnable givenUp) {
            this.givenUp = givenUp;
        }

        private synchronized boolean interrupt() {
            if (!over) {
                interrupted = true;
                worker.interrupt();
            }
            return !over;
        }

        private synchronized void giveUp() {
            if (!over) {
                isGivenUp = true;
                givenUp.run();
            }
        }

        @Override
        public synchronized boolean isGivenUp() {
            return isGivenUp;
        }

        @Override
        public synchronized boolean hasCome() {
            return interrupted;
        }

        @Override
        public void close() {
            ScheduledFuture<?> next = task;
            if (next != null) {
                next.cancel(false);
            }
            synchronized (this) {
                over = true;
                if (interrupted) {
                    Thread.interrupted();
                }
            }
        }
    }

    /**
     * The end of a transaction that is not over at its deadline. Its connection is cut: a read that hangs fails then, and
     * the server rolls back. Its thread is interrupted, as work may hang elsewhere; only while it is at that work. A
     * connection that has begun to be cut goes back to nobody: the cut may come when it already serves another.
     */
    final class Watch {
        private final Connection connection;
        private final Thread worker = Thread.currentThread();
        private volatile @Nullable ScheduledFuture<?> task;
        private boolean over;
        private boolean begun;

        private Watch(Connection connection) {
            this.connection = connection;
        }

        private void cut() {
            synchronized (this) {
                if (over) {
                    return;
                }
                begun = true;
                worker.interrupt();
            }
            try {
                task = after(AFTER_THE_CUT, this::evictUnlessOver);
                connection.abort(cutters);
            } catch (SQLException e) {
                log.debug("the connection was gone before its deadline", e);
            } catch (RejectedExecutionException e) {
                log.warn(
                        "a connection that hangs is left to its own time-out: {} are being closed", MOST_CUT_AT_A_TIME);
            }
        }

        /** To be called by the worker: from now on its thread belongs to other work. */
        void over() {
            ScheduledFuture<?> next = task;
            if (next != null) {
                next.cancel(false);
            }
            boolean wasCut;
            synchronized (this) {
                over = true;
                wasCut = begun;
            }
            if (wasCut) {
                Thread.interrupted();
                evict();
            }
        }

        /** Work that does not come back even from the cut must not keep its place in the pool. */
        private void evictUnlessOver() {
            synchronized (this) {
                if (over) {
                    return;
                }
            }
            try {
                // To close it may wait.
                cutters.execute(this::evict);
            } catch (RejectedExecutionException e) {
                log.warn(
                        "a connection that was cut keeps its place in the pool: {} are being closed",
                        MOST_CUT_AT_A_TIME);
            }
        }

        private void evict() {
            if (pool instanceof HikariDataSource hikari) {
                hikari.evictConnection(connection);
            }
        }
    }
}
