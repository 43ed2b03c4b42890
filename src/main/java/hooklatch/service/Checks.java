package hooklatch.service;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.CheckRunDao;
import hooklatch.dao.Database;
import hooklatch.dao.StorageException;
import hooklatch.dao.TurnDao;
import hooklatch.domain.Actor;
import hooklatch.domain.CheckRun;
import hooklatch.domain.Deadline;
import hooklatch.domain.InvariantCheck;
import hooklatch.domain.Json;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the invariant checks over everything, in the background and when asked, and tells what the last run found, on
 * whichever node it ran. Of all nodes one checks at a time: a turn in the database, which a node that dies loses after a
 * minute. Who asks for a run gets one that began after the question, so that what was there then has been looked at; all
 * who ask while one is under way get the next one together. Thread-safe.
 */
public final class Checks implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Checks.class);
    /** Findings of each check that are kept at most; all are counted. */
    public static final int LISTED = CheckTally.KEPT;

    private static final Duration PAUSE = Duration.ofMinutes(5);
    /** So that checking a large database costs a tenth of one connection at most. */
    private static final int PAUSE_PER_RUN = 10;

    private static final Duration LOOK = Duration.ofSeconds(15);
    private static final Duration TURN = Duration.ofSeconds(60);
    private static final Duration RENEWAL = Duration.ofSeconds(10);
    private static final Duration TURN_RETRY = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final Duration STORING = Duration.ofSeconds(10);
    private static final Duration ENDING = Duration.ofSeconds(10);
    private static final int RUNS_KEPT = 20;
    /** Between the moment an event is received and the one its facts are written, on clocks that differ a little. */
    private static final Duration SLACK = Duration.ofHours(1);

    private final Database database;
    private final BooleanSupplier schemaIsThere;
    private final String node;
    private final String holder;
    private final @Nullable Duration retention;
    private final Clock clock;
    private final Audit audit;
    private final CheckRunDao dao = new CheckRunDao();
    private final TurnDao turn = new TurnDao(TurnDao.Task.CHECKS);
    private final Semaphore wake = new Semaphore(0);
    private final Thread runner;
    private volatile boolean closed;
    private volatile @Nullable CheckRun last;
    private @Nullable Question asked;

    /**
     * Starts the thread that checks.
     *
     * @param database of the pages, not of the deliveries
     * @param schemaIsThere until then nothing is checked
     * @param node name of this node, as shown to people
     * @param retention age at which finished events are forgotten, or null for never
     */
    public Checks(
            Database database,
            BooleanSupplier schemaIsThere,
            String node,
            @Nullable Duration retention,
            Clock clock,
            Audit audit,
            MeterRegistry meters) {
        this.audit = audit;
        this.database = database;
        this.schemaIsThere = schemaIsThere;
        this.node = node;
        this.holder = node.substring(0, Math.min(node.length(), 128)) + " " + UUID.randomUUID();
        this.retention = retention;
        this.clock = clock;
        Gauge.builder("hooklatch.checks.violations", this, checks -> checks.found(InvariantCheck.Severity.VIOLATION))
                .description("Violations found by the last run of the checks")
                .register(meters);
        Gauge.builder("hooklatch.checks.notices", this, checks -> checks.found(InvariantCheck.Severity.NOTICE))
                .description("Notices found by the last run of the checks")
                .register(meters);
        Gauge.builder("hooklatch.checks.age", this, Checks::ageInSeconds)
                .description("Time since the last run of the checks ended")
                .baseUnit("seconds")
                .register(meters);
        this.runner = new Thread(this::runUntilClosed, "hooklatch-checks");
        runner.setDaemon(true);
        runner.start();
    }

    private double found(InvariantCheck.Severity severity) {
        CheckRun run = last;
        return run == null ? Double.NaN : run.found(severity);
    }

    private double ageInSeconds() {
        CheckRun run = last;
        return run == null
                ? Double.NaN
                : Duration.between(run.finishedAt(), clock.instant()).toMillis() / 1000.0;
    }

    /**
     * What there is to show.
     *
     * @param last empty when the checks never ran
     * @param runningSince when a run is under way on some node
     */
    public record Board(Optional<CheckRun> last, Optional<Instant> runningSince) {}

    /**
     * What the last run found.
     *
     * @throws StorageException when MySQL cannot be asked
     */
    public Board board() {
        return read(handle -> new Board(dao.latest(handle), turn.runningSince(handle)));
    }

    /**
     * Findings of one check of a run, behind a place.
     *
     * @throws StorageException when MySQL cannot be asked
     */
    public List<CheckRunDao.Placed> findings(CheckRun run, InvariantCheck check, int after, int limit) {
        return read(handle -> dao.findings(handle, run.id(), check, after, limit));
    }

    private <T> T read(Function<Handle, T> work) {
        return database.inTransaction(Deadline.in(PATIENCE), work::apply);
    }

    /**
     * Those who wait for the next run together.
     *
     * @param by whom the audit log names; guarded by the monitor of these checks until the run begins
     */
    private record Question(CompletableFuture<CheckRun> run, Set<Actor> by) {}

    /**
     * Checks everything, beginning now or when the run that is under way has ended. Who asked and what was found is in the
     * audit log with the run: each who asked for the same run once, and nobody of whose run failed.
     *
     * @return the run; fails with a {@link StorageException} when MySQL failed
     */
    public CompletableFuture<CheckRun> run(Actor actor) {
        return ask(actor).copy();
    }

    /**
     * The same for who waits.
     *
     * @return empty when that took longer than the caller waits; the run goes on
     * @throws StorageException when MySQL failed
     */
    public Optional<CheckRun> runNow(Actor actor, Duration patience) {
        CompletableFuture<CheckRun> run = ask(actor);
        try {
            return Optional.of(run.get(patience.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }

    private synchronized CompletableFuture<CheckRun> ask(Actor actor) {
        Question next = asked;
        if (next == null) {
            next = new Question(new CompletableFuture<>(), new LinkedHashSet<>());
            asked = next;
        }
        next.by().add(actor);
        wake.release();
        return next.run();
    }

    private synchronized boolean isAsked() {
        return asked != null;
    }

    /** Those who asked until now; who asks later waits for the run after. */
    private synchronized Optional<Question> takeAsked() {
        Optional<Question> all = Optional.ofNullable(asked);
        asked = null;
        return all;
    }

    private void runUntilClosed() {
        Duration pause = Duration.ZERO;
        while (!closed) {
            try {
                boolean woken = wake.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
                log.trace("looking whether to check, woken: {}", woken);
            } catch (InterruptedException e) {
                return;
            }
            wake.drainPermits();
            pause = lookAndRun();
        }
    }

    /** Checks when it is asked for or due; how long to wait before the next look. */
    private Duration lookAndRun() {
        if (closed || !schemaIsThere.getAsBoolean()) {
            return TURN_RETRY;
        }
        try {
            Optional<CheckRun> before = read(dao::latest);
            before.ifPresent(run -> last = run);
            if (!isAsked() && !isDue(before)) {
                return LOOK;
            }
            if (!takeTurn()) {
                // Another node checks. Background runs leave it at that; who asked waits for the turn.
                return isAsked() ? TURN_RETRY : LOOK;
            }
            try {
                runInTurn(before);
            } finally {
                giveBackTurn();
            }
        } catch (Ended e) {
            log.info("a run of the checks was ended: {}", e.getMessage());
        } catch (StorageException e) {
            log.warn("the checks could not be run, they are tried again: {}", e.getMessage());
            takeAsked().ifPresent(waiting -> waiting.run().completeExceptionally(e));
        } catch (RuntimeException e) {
            log.error("the checks failed; until that is mended, violations go unnoticed", e);
            takeAsked().ifPresent(waiting -> waiting.run().completeExceptionally(e));
        }
        return isAsked() ? Duration.ZERO : LOOK;
    }

    private boolean isDue(Optional<CheckRun> before) {
        if (before.isEmpty()) {
            return true;
        }
        Duration pause = before.get().took().multipliedBy(PAUSE_PER_RUN);
        Instant due = before.get().finishedAt().plus(pause.compareTo(PAUSE) > 0 ? pause : PAUSE);
        return !clock.instant().isBefore(due);
    }

    private void runInTurn(Optional<CheckRun> before) {
        Optional<Question> waiting = takeAsked();
        try {
            CheckRound.Found found =
                    new CheckRound(database, clock, node, forgottenBefore(before), new TurnKept()).run();
            CheckRun run = database.inTransaction(Deadline.in(STORING), handle -> {
                dao.add(handle, found.run(), found.tally().kept(), RUNS_KEPT);
                CheckRun stored = dao.latest(handle).orElseThrow();
                waiting.ifPresent(question -> record(handle, question, stored));
                return stored;
            });
            last = run;
            tell(run, before);
            waiting.ifPresent(question -> question.run().complete(run));
        } catch (RuntimeException e) {
            waiting.ifPresent(question -> question.run().completeExceptionally(e));
            throw e;
        }
    }

    private void record(Handle handle, Question question, CheckRun run) {
        ObjectNode found = Json.object()
                .put("violations", run.found(InvariantCheck.Severity.VIOLATION))
                .put("notices", run.found(InvariantCheck.Severity.NOTICE));
        question.by().forEach(actor -> audit.record(handle, actor, "checks_run", "checks", null, found));
    }

    /** What was forgotten once stays forgotten, also when RETENTION_DAYS is raised or switched off later. */
    private @Nullable Instant forgottenBefore(Optional<CheckRun> before) {
        Instant known = before.map(CheckRun::forgottenBefore).orElse(null);
        if (retention == null) {
            return known;
        }
        Instant now = clock.instant().minus(retention).plus(SLACK);
        return known == null || now.isAfter(known) ? now : known;
    }

    private static void tell(CheckRun run, Optional<CheckRun> before) {
        long violations = run.found(InvariantCheck.Severity.VIOLATION);
        long known = before.map(b -> b.found(InvariantCheck.Severity.VIOLATION)).orElse(0L);
        if (violations > known) {
            log.error(
                    "the checks found {} violations ({}); somebody must look at /dashboard/checks",
                    violations,
                    InvariantCheck.of(InvariantCheck.Severity.VIOLATION).stream()
                            .filter(check -> run.found(check) > 0)
                            .map(check -> check.label() + " " + run.found(check))
                            .collect(joining(", ")));
        } else {
            log.debug("the checks found {} violations in {}", violations, run.took());
        }
    }

    private boolean takeTurn() {
        return read(handle -> turn.take(handle, holder, TURN));
    }

    private void giveBackTurn() {
        try {
            database.inTransaction(Deadline.in(PATIENCE), handle -> {
                turn.giveBack(handle, holder);
                return true;
            });
        } catch (StorageException e) {
            log.debug("the turn to check is not given back, it ends by itself: {}", e.getMessage());
        }
    }

    /** Between two batches: keeps the turn, and ends the run when it is lost or this node stops. */
    private final class TurnKept implements Runnable {
        private Instant renewed = clock.instant();

        @Override
        public void run() {
            if (closed) {
                throw new Ended("this node stops");
            }
            if (Duration.between(renewed, clock.instant()).compareTo(RENEWAL) > 0) {
                if (!takeTurn()) {
                    throw new Ended("another node has the turn");
                }
                renewed = clock.instant();
            }
        }
    }

    private static final class Ended extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Ended(String why) {
            super(why);
        }
    }

    /** Ends the run that is under way, and waits for that. */
    @Override
    public void close() {
        closed = true;
        wake.release();
        try {
            runner.join(ENDING.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        takeAsked().ifPresent(waiting -> waiting.run().completeExceptionally(new Ended("this node stops")));
    }
}
