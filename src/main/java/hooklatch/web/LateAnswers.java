package hooklatch.web;

import hooklatch.domain.Deadline;
import hooklatch.domain.Unspoken;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers in the place of a delivery whose work does not come back in time: a handler that computes for ever, or waits
 * where no interrupt reaches, keeps its thread, but not its sender.
 *
 * <p>Whoever ends a {@link Watch} first answers, and nobody else does. A container gives a response to its next request as
 * soon as the servlet has returned, so {@link Watch#end} waits while a late answer is being written.
 *
 * <p>Thread-safe.
 */
public final class LateAnswers implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LateAnswers.class);
    /** After the deadline, so that work which keeps to it answers for itself. */
    private static final Duration GRACE = Duration.ofMillis(60);

    /** Less than a delivery is given. */
    private static final Duration BEAT = Duration.ofSeconds(1);

    /** Of senders that do not take their answer; one more would be waited for. */
    private static final int MOST_WRITTEN_AT_A_TIME = 32;

    private final ScheduledThreadPoolExecutor clock =
            new ScheduledThreadPoolExecutor(1, task -> daemon(task, "hooklatch-late-answers"));
    private final ThreadPoolExecutor writers = new ThreadPoolExecutor(
            0,
            MOST_WRITTEN_AT_A_TIME,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> daemon(task, "hooklatch-late-answer"),
            new ThreadPoolExecutor.CallerRunsPolicy());

    public LateAnswers() {
        clock.setRemoveOnCancelPolicy(true);
        // What is due before all else wakes the thread when it is asked for, and nearly all is taken back: so let this
        // be due.
        ScheduledFuture<?> unused =
                clock.scheduleWithFixedDelay(() -> {}, BEAT.toMillis(), BEAT.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Begins to watch.
     *
     * @param answer answers in the place of the caller, which must keep away from the response until it has ended the watch
     */
    Watch watch(Deadline deadline, Runnable answer) {
        Watch watch = new Watch(answer);
        watch.due = clock.schedule(
                () -> writers.execute(watch::answerLate),
                deadline.left().plus(GRACE).toNanos(),
                TimeUnit.NANOSECONDS);
        return watch;
    }

    /** To be called when no delivery is in work any more; one that still is will not be answered late. */
    @Override
    public void close() {
        clock.shutdownNow();
        writers.shutdown();
    }

    /** Over one delivery in work. */
    static final class Watch {
        private final Runnable answer;
        private @Nullable ScheduledFuture<?> due;
        private boolean ended;

        private Watch(Runnable answer) {
            this.answer = answer;
        }

        /**
         * Ends it, at once unless an answer is being written.
         *
         * @return whether the caller is the one who answers
         */
        boolean end() {
            if (due != null) {
                due.cancel(false);
            }
            return claim();
        }

        private synchronized boolean claim() {
            boolean first = !ended;
            ended = true;
            return first;
        }

        private synchronized void answerLate() {
            if (claim()) {
                try {
                    answer.run();
                } catch (RuntimeException | Error e) {
                    // Of nobody but this delivery.
                    log.error("a delivery could not be answered late", new Unspoken(e));
                }
            }
        }
    }
}
