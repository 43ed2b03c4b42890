package hooklatch.service.replay;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.Database;
import hooklatch.dao.DatabaseIdentityDao;
import hooklatch.dao.ReplayDao;
import hooklatch.dao.StorageException;
import hooklatch.domain.Actor;
import hooklatch.domain.Deadline;
import hooklatch.domain.ErrorCause;
import hooklatch.domain.EventKey;
import hooklatch.domain.Json;
import hooklatch.domain.ReplayOutcome;
import hooklatch.domain.Unspoken;
import hooklatch.service.Audit;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the group replays of {@link GroupReplay}, one event after the other, in a thread of its own. Every node has one; a
 * job belongs to one of them by a lease, which a node that dies lets lapse: another goes on where it stopped. What two
 * nodes might run twice has its effect once, by the claim of each event.
 *
 * <p>Deliveries go first: after each event it rests twice as long as the event took, so that it never uses more than a
 * third of one connection, and less the busier MySQL is. Thread-safe.
 */
public final class ReplayRunner implements AutoCloseable {
    /** For so long a job is a node's, counted from when it was last heard of; several times longer than one event can take. */
    public static final Duration LEASE = Duration.ofMinutes(1);

    private static final Logger log = LoggerFactory.getLogger(ReplayRunner.class);
    private static final Duration PATIENCE = Duration.ofSeconds(4);
    private static final Duration LOOK_FOR_WORK = Duration.ofSeconds(1);
    private static final Duration SHORTEST_REST = Duration.ofMillis(5);
    private static final Duration LONGEST_REST = Duration.ofSeconds(2);
    private static final int REST_FACTOR = 2;
    /** Between two looks at whether the job was canceled. */
    private static final int BATCH = 10;
    /** An event that is being processed, or of which MySQL did not say how it ended, is tried this often, a rest apart. */
    private static final int TRIES = 3;

    /** Of the lease that a batch may use before it is renewed. */
    private static final int LEASE_SHARE = 3;

    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(1);
    /** Longer than a replay takes whose handler ends. */
    private static final Duration LONGEST_REPLAY = Duration.ofSeconds(10);

    private static final int MOST_LEFT = 16;

    private final Database database;
    private final Replay replay;
    private final BooleanSupplier schemaIsThere;
    private final Audit audit;
    private final Clock clock;
    private final Duration lease;
    private final String node;
    private final String runner = UUID.randomUUID().toString();
    private final ReplayDao replays = new ReplayDao();
    private final DatabaseIdentityDao identity = new DatabaseIdentityDao();
    private final CountDownLatch closing = new CountDownLatch(1);
    /** One is at work; the others are in handlers that do not end. */
    private final ThreadPoolExecutor threads =
            new ThreadPoolExecutor(0, MOST_LEFT, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                Thread created = new Thread(task, "hooklatch-replay-event");
                created.setDaemon(true);
                return created;
            });

    private final Thread thread;

    /**
     * Makes a runner; {@link #start} starts it.
     *
     * @param database the pages', for all but the replays themselves
     * @param lease several times longer than one event can take
     * @param node name of this node, as shown to people
     */
    public ReplayRunner(
            Database database,
            Replay replay,
            BooleanSupplier schemaIsThere,
            Audit audit,
            Clock clock,
            Duration lease,
            String node) {
        this.database = database;
        this.replay = replay;
        this.schemaIsThere = schemaIsThere;
        this.audit = audit;
        this.clock = clock;
        this.lease = lease;
        this.node = node;
        this.thread = new Thread(this::runUntilClosed, "hooklatch-replay");
        thread.setDaemon(true);
    }

    /** Begins to look for work, and returns. */
    public void start() {
        thread.start();
    }

    private void runUntilClosed() {
        while (!isClosing()) {
            boolean worked = false;
            try {
                worked = schemaIsThere.getAsBoolean() && runJob();
            } catch (StorageException e) {
                log.debug("no look at replays to run: {}", e.getMessage());
            } catch (RuntimeException e) {
                log.error("a group replay stumbled; it is taken up again", new Unspoken(e));
            }
            if (!worked) {
                rest(LOOK_FOR_WORK);
            }
        }
    }

    /**
     * Runs a job that nobody runs, to its end or until this runner is closed, the job canceled, or MySQL away.
     *
     * @return whether there was one
     */
    boolean runJob() {
        Optional<Long> free = database.inTransaction(
                Deadline.in(PATIENCE), handle -> replays.jobToRun(handle, runner, clock.instant()));
        if (free.isEmpty()) {
            return false;
        }
        long job = free.get();
        if (!take(job)) {
            return false;
        }
        log.info("group replay {} is run here now", job);
        while (true) {
            List<ReplayDao.Waiting> batch =
                    database.inTransaction(Deadline.in(PATIENCE), handle -> replays.next(handle, job, BATCH));
            if (batch.isEmpty()) {
                Instant now = clock.instant();
                database.inTransaction(Deadline.in(PATIENCE), handle -> {
                    if (replays.endJob(handle, job, runner, now)) {
                        ObjectNode counts = Json.object();
                        replays.progress(handle, job)
                                .ended()
                                .forEach((kind, events) -> counts.put(kind.column(), events));
                        audit.record(
                                handle, Actor.HOOKLATCH, "group_replay_done", GroupReplay.target(job), null, counts);
                    }
                    return null;
                });
                log.info("group replay {} is done", job);
                return true;
            }
            boolean whole = run(batch);
            if (isClosing()) {
                database.inTransaction(Deadline.in(PATIENCE), handle -> {
                    replays.giveBackJob(handle, job, runner, clock.instant());
                    return null;
                });
                return true;
            }
            if (!whole || !take(job)) {
                return false;
            }
        }
    }

    private boolean take(long job) {
        Instant now = clock.instant();
        return database.inTransaction(
                Deadline.in(PATIENCE), handle -> replays.takeJob(handle, job, runner, node, now, now.plus(lease)));
    }

    /**
     * Replays a batch and notes how far it came.
     *
     * @return false when MySQL is away
     */
    private boolean run(List<ReplayDao.Waiting> batch) {
        Map<Long, ReplayOutcome> outcomes = new LinkedHashMap<>();
        boolean whole = true;
        // Well before the lease ends, however slow the events are.
        Deadline stop = Deadline.in(lease.dividedBy(LEASE_SHARE));
        for (ReplayDao.Waiting waiting : batch) {
            if (isClosing() || stop.hasPassed()) {
                break;
            }
            long begun = System.nanoTime();
            ReplayOutcome outcome = replayed(waiting);
            // Where MySQL answers, rows that somebody else holds or a handler that is too slow: what became of the
            // event
            // is not known, and one event must not stop all others.
            if (outcome.kind() == ReplayOutcome.Kind.UNAVAILABLE && !mySqlAnswers()) {
                whole = false;
                break;
            }
            outcomes.put(waiting.id(), outcome);
            rest(restAfter(Duration.ofNanos(System.nanoTime() - begun)));
        }
        database.inTransaction(Deadline.in(PATIENCE), handle -> {
            replays.end(handle, outcomes, clock.instant(), node);
            return null;
        });
        return whole;
    }

    private boolean mySqlAnswers() {
        try {
            database.inTransaction(Deadline.in(PATIENCE), identity::read);
            return true;
        } catch (StorageException e) {
            log.debug("a group replay waits for MySQL: {}", e.getMessage());
            return false;
        }
    }

    private ReplayOutcome replayed(ReplayDao.Waiting waiting) {
        if (waiting.event() == null) {
            return ReplayOutcome.of(ReplayOutcome.Kind.UNKNOWN_EVENT);
        }
        try {
            return patiently(waiting.id(), waiting.event());
        } catch (RuntimeException | Error e) {
            // One event that nobody foresaw must not stop the others, nor this thread.
            log.error("the replay of {} failed", waiting.event(), new Unspoken(e));
            return ReplayOutcome.refused("Internal error: " + e.getClass().getSimpleName());
        }
    }

    /** Trying again is safe, and finds out what became of a COMMIT that was not answered. */
    private ReplayOutcome patiently(long id, EventKey event) {
        ReplayOutcome outcome = unlessItDoesNotEnd(event, id);
        for (int i = 1; i < TRIES && isWorthAnotherTry(outcome.kind()) && !isClosing(); i++) {
            rest(BETWEEN_TRIES);
            outcome = unlessItDoesNotEnd(event, id);
        }
        return outcome;
    }

    /** A handler that does not end is left its thread: the others of the group must not wait for it. */
    private ReplayOutcome unlessItDoesNotEnd(EventKey event, long id) {
        Future<ReplayOutcome> running;
        try {
            running = threads.submit(() -> replay.replay(event, id));
        } catch (RejectedExecutionException e) {
            log.error(
                    "{} is not replayed: {} handlers do not end on this node; see a thread dump, and restart the node",
                    event,
                    MOST_LEFT);
            return ReplayOutcome.refused(ErrorCause.LATE);
        }
        try {
            return running.get(LONGEST_REPLAY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            log.error(
                    "{} is in a handler that does not end, and keeps its thread; the group goes on without it", event);
            return ReplayOutcome.refused(ErrorCause.LATE);
        } catch (InterruptedException e) {
            // Nobody interrupts this thread but a container that stops.
            closing.countDown();
            Thread.currentThread().interrupt();
            return ReplayOutcome.of(ReplayOutcome.Kind.UNAVAILABLE);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof RuntimeException defect ? defect : new IllegalStateException(e.getCause());
        }
    }

    private boolean isWorthAnotherTry(ReplayOutcome.Kind kind) {
        return kind == ReplayOutcome.Kind.BUSY || (kind == ReplayOutcome.Kind.UNAVAILABLE && mySqlAnswers());
    }

    private static Duration restAfter(Duration took) {
        Duration rest = took.multipliedBy(REST_FACTOR);
        return rest.compareTo(SHORTEST_REST) < 0
                ? SHORTEST_REST
                : rest.compareTo(LONGEST_REST) > 0 ? LONGEST_REST : rest;
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    private void rest(Duration time) {
        try {
            if (closing.await(time.toNanos(), TimeUnit.NANOSECONDS)) {
                log.debug("closing");
            }
        } catch (InterruptedException e) {
            // Nobody interrupts this thread but a container that stops.
            closing.countDown();
            Thread.currentThread().interrupt();
        }
    }

    /** Finishes the event in work, gives the job back for another node, and waits for that a few seconds. */
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(PATIENCE.toMillis() + TimeUnit.SECONDS.toMillis(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            threads.shutdown();
        }
    }
}
