package hooklatch.service;

import hooklatch.dao.Database;
import hooklatch.dao.StorageException;
import hooklatch.dao.TurnDao;
import hooklatch.domain.Deadline;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the purge at the pace of the server: after each batch it rests for several times as long as the batch took, so that
 * it costs a fraction of one connection, and less of a server that is busy. Of all nodes one forgets at a time, whoever has
 * the turn; when that node dies another goes on where it ended. Thread-safe.
 */
public final class RetentionRunner implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RetentionRunner.class);

    /**
     * Rest after a batch, in times of the batch. What a batch leaves behind must fit into it: pages to be written, undo and
     * index entries to be cleared away, which the server does later and for which deliveries would wait.
     */
    private static final int REST_PER_BATCH = 9;

    private static final Duration LONGEST_REST = Duration.ofSeconds(10);
    /** When there was nothing old any more; by then little has become so. */
    private static final Duration LOOK = Duration.ofMinutes(1);

    /** When another node has the turn, or MySQL is away. */
    private static final Duration LATER = Duration.ofSeconds(15);

    private static final Duration SCHEMA_LOOK = Duration.ofSeconds(1);
    private static final Duration TURN = Duration.ofSeconds(60);
    private static final Duration RENEWAL = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final Duration ENDING = Duration.ofSeconds(5);

    private final Retention retention;
    private final Database database;
    private final BooleanSupplier schemaIsThere;
    private final String holder;
    private final TurnDao turn = new TurnDao(TurnDao.Task.RETENTION);
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private boolean hasTurn;
    private long turnTakenAtNanos;

    /**
     * Starts the thread that forgets, if there is anything to forget ever.
     *
     * @param database of the pages, not of the deliveries; that of the retention
     * @param schemaIsThere until then nothing is forgotten
     * @param node name of this node
     */
    public RetentionRunner(Retention retention, Database database, BooleanSupplier schemaIsThere, String node) {
        this.retention = retention;
        this.database = database;
        this.schemaIsThere = schemaIsThere;
        this.holder = node.substring(0, Math.min(node.length(), 128)) + " " + UUID.randomUUID();
        this.thread = new Thread(this::runUntilClosed, "hooklatch-retention");
        thread.setDaemon(true);
        if (!retention.isOff()) {
            thread.start();
        }
    }

    private void runUntilClosed() {
        try {
            Duration rest = Duration.ZERO;
            while (!closing.await(rest.toNanos(), TimeUnit.NANOSECONDS)) {
                rest = batchAndRest();
            }
        } catch (InterruptedException e) {
            // Only close() interrupts, when a batch does not end; the server takes it back.
            return;
        }
        giveBackTurn();
    }

    /** Forgets a batch; how long to rest. */
    private Duration batchAndRest() {
        if (!schemaIsThere.getAsBoolean()) {
            return SCHEMA_LOOK;
        }
        try {
            if (!hasTurn()) {
                return LATER;
            }
            long begun = System.nanoTime();
            if (retention.runBatch()) {
                return restAfter(Duration.ofNanos(System.nanoTime() - begun));
            }
            giveBackTurn();
            return LOOK;
        } catch (StorageException e) {
            log.debug("nothing is forgotten now: {}", e.getMessage());
            return LATER;
        } catch (RuntimeException | Error e) {
            // An Error too would end the thread, and nobody would notice.
            log.error("forgetting failed unexpectedly; it is tried again in {}, and until then tables grow", LOOK, e);
            return LOOK;
        }
    }

    static Duration restAfter(Duration batch) {
        Duration rest = batch.multipliedBy(REST_PER_BATCH);
        return rest.compareTo(LONGEST_REST) > 0 ? LONGEST_REST : rest;
    }

    private boolean hasTurn() {
        long now = System.nanoTime();
        if (!hasTurn || now - turnTakenAtNanos > RENEWAL.toNanos()) {
            hasTurn = database.inTransaction(Deadline.in(PATIENCE), handle -> turn.take(handle, holder, TURN));
            turnTakenAtNanos = now;
        }
        return hasTurn;
    }

    private void giveBackTurn() {
        if (!hasTurn) {
            return;
        }
        hasTurn = false;
        try {
            database.inTransaction(Deadline.in(PATIENCE), handle -> {
                turn.giveBack(handle, holder);
                return true;
            });
        } catch (StorageException e) {
            log.debug("the turn to forget is not given back, it ends by itself: {}", e.getMessage());
        }
    }

    /** Waits for the batch that is under way; no other is begun. */
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(ENDING.toMillis());
            thread.interrupt();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
