package hooklatch.app;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Threads for what deliveries leave to be done after their answer. They end when the application closes. */
final class BackgroundThreads {
    private static final Logger log = LoggerFactory.getLogger(BackgroundThreads.class);
    private static final int AFTER_COMMIT_THREADS = 2;
    private static final int AFTER_COMMIT_QUEUE = 10_000;
    private static final int LATE_REFUSALS_QUEUE = 1_000;
    private static final int REDIS_WRITES_GATHER_MS = 5;

    /** Of dropped actions that are one line of the log. */
    private static final int LOST_ACTIONS_A_LINE = 1_000;

    private BackgroundThreads() {}

    /**
     * A queue that is closed makes a late delivery run its own actions. One that is full does not: no answer waits for what
     * such actions wait for, and once at most is what they are promised.
     */
    static Executor afterCommit(Closing closing) {
        AtomicLong lost = new AtomicLong();
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                AFTER_COMMIT_THREADS,
                AFTER_COMMIT_THREADS,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(AFTER_COMMIT_QUEUE),
                task -> daemon(task, "hooklatch-after-commit"),
                // Not CallerRunsPolicy, which drops what a delivery brings that was not done when this was closed.
                (action, threadsAsked) -> {
                    if (threadsAsked.isShutdown()) {
                        action.run();
                    } else if (lost.getAndIncrement() % LOST_ACTIONS_A_LINE == 0) {
                        log.error(
                                "after-commit actions do not come to their end: {} wait, {} were dropped so far",
                                AFTER_COMMIT_QUEUE,
                                lost.get());
                    }
                });
        closing.action("after-commit actions", () -> {
            threads.shutdown();
            if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
                log.warn(
                        "{} after-commit actions are lost",
                        threads.shutdownNow().size());
            }
        });
        return threads;
    }

    /** What it drops, or what comes when it is closed, was answered 503 and comes again. */
    static Executor lateRefusals(Closing closing) {
        ThreadPoolExecutor thread = new ThreadPoolExecutor(
                0,
                1,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(LATE_REFUSALS_QUEUE),
                task -> daemon(task, "hooklatch-late-refusals"),
                (refusal, threads) -> log.warn("a refusal that came too late for its answer is not recorded"));
        closing.action("late refusals", () -> {
            thread.shutdown();
            if (!thread.awaitTermination(2, TimeUnit.SECONDS)) {
                log.warn(
                        "{} late refusals are not recorded",
                        thread.shutdownNow().size());
            }
        });
        return thread;
    }

    /**
     * Some milliseconds after it is told: long enough for what some events leave to come together under load, and short beside
     * what anybody waits for another node's work. When it is closed it runs what comes at once, by who brings it.
     */
    static Executor redisWrites(Closing closing) {
        ScheduledThreadPoolExecutor thread =
                new ScheduledThreadPoolExecutor(1, task -> daemon(task, "hooklatch-redis-writes"));
        closing.action("Redis writes", () -> {
            thread.shutdown();
            if (!thread.awaitTermination(1, TimeUnit.SECONDS)) {
                log.warn("what was left for Redis was not sent in time");
            }
        });
        return task -> {
            try {
                var unused = thread.schedule(task, REDIS_WRITES_GATHER_MS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                try {
                    task.run();
                } finally {
                    RedisClient.leaveThread();
                }
            }
        };
    }

    static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
