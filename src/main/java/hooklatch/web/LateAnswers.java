package hooklatch.web;

import hooklatch.domain.Deadline;
import hooklatch.domain.Unspoken;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers in the place of a delivery whose work does not come back in time: a handler that computes for ever, or waits
 * where no interrupt reaches, keeps its thread, but not its sender.
 *
 * <p>A thread of its own looks every {@value #LOOK_MILLIS} ms; the request's thread pays for an entry in a set. Whoever
 * ends a {@link Watch} first answers, and nobody else does. A container gives a response to its next request as soon as
 * the servlet has returned, so {@link Watch#end} waits while a late answer is being written.
 *
 * <p>Thread-safe.
 */
public final class LateAnswers implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LateAnswers.class);
    private static final int LOOK_MILLIS = 20;
    /** After the deadline, so that work which keeps to it answers for itself. */
    private static final Duration GRACE = Duration.ofMillis(60);

    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread created = new Thread(task, "hooklatch-late-answers");
        created.setDaemon(true);
        return created;
    });

    private final ScheduledFuture<?> looks;

    public LateAnswers() {
        looks = thread.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Begins to watch.
     *
     * @param answer answers in the place of the caller, which must keep away from the response until it has ended the watch
     */
    Watch watch(Deadline deadline, Runnable answer) {
        Watch watch = new Watch(deadline.atNanos() + GRACE.toNanos(), answer);
        watches.add(watch);
        return watch;
    }

    private void look() {
        long now = System.nanoTime();
        for (Watch watch : watches) {
            if (now - watch.atNanos >= 0) {
                watch.answerLate();
            }
        }
    }

    /** Later deliveries are not answered late, however late they are. */
    @Override
    public void close() {
        looks.cancel(false);
        thread.shutdown();
    }

    /** Over one delivery in work. */
    final class Watch {
        private final long atNanos;
        private final Runnable answer;
        private boolean ended;

        private Watch(long atNanos, Runnable answer) {
            this.atNanos = atNanos;
            this.answer = answer;
        }

        /**
         * Ends it, at once unless an answer is being written.
         *
         * @return whether the caller is the one who answers
         */
        boolean end() {
            watches.remove(this);
            return claim();
        }

        private synchronized boolean claim() {
            boolean first = !ended;
            ended = true;
            return first;
        }

        private synchronized void answerLate() {
            watches.remove(this);
            if (claim()) {
                try {
                    answer.run();
                } catch (RuntimeException | Error e) {
                    // It would end the looks at all others.
                    log.error("a delivery could not be answered late", new Unspoken(e));
                }
            }
        }
    }
}
