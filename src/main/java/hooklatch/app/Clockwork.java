package hooklatch.app;

import hooklatch.dao.StorageException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the tasks of a node that come again and again, until the application closes. */
final class Clockwork {
    private static final Logger log = LoggerFactory.getLogger(Clockwork.class);

    /** More than there are tasks that take long, so that short ones keep their time. */
    private static final int THREADS = 6;

    private final Closing closing;
    private final ScheduledExecutorService threads =
            Executors.newScheduledThreadPool(THREADS, task -> BackgroundThreads.daemon(task, "hooklatch-clockwork"));

    /** @param closing ends each task in the reverse order of their begin, and then the threads */
    Clockwork(Closing closing) {
        this.closing = closing;
        closing.action("clockwork", () -> {
            // What runs is finished, not interrupted: an interrupted lock command may leave a lock behind.
            threads.shutdown();
            if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
                throw new IllegalStateException("a task does not end");
            }
        });
    }

    /**
     * Runs the task now and each time after a pause. One failure does not end that, as the executor would have it; that
     * MySQL is away is none to be surprised at.
     */
    void repeat(String name, Runnable task, Duration pause) {
        Runnable guarded = () -> {
            try {
                task.run();
            } catch (StorageException e) {
                log.warn("{} waits for MySQL; it is tried again in {}: {}", name, pause, e.getMessage());
            } catch (RuntimeException | Error e) {
                // An Error too would end the repetition, and nobody would notice.
                log.error("{} failed unexpectedly; it is tried again in {}", name, pause, e);
            }
        };
        ScheduledFuture<?> repetition =
                threads.scheduleWithFixedDelay(guarded, 0, pause.toMillis(), TimeUnit.MILLISECONDS);
        closing.action(name, () -> repetition.cancel(false));
    }
}
