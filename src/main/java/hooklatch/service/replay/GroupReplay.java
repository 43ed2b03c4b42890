package hooklatch.service.replay;

import hooklatch.dao.Database;
import hooklatch.dao.ReplayDao;
import hooklatch.domain.Actor;
import hooklatch.domain.Deadline;
import hooklatch.domain.Json;
import hooklatch.domain.ReplayFilter;
import hooklatch.domain.ReplayJob;
import hooklatch.domain.ReplayOutcome;
import hooklatch.service.Audit;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Replays of many events: counted first, confirmed with a reason, then run by whichever node is free ({@link ReplayRunner}).
 * The set is fixed when it is confirmed, event by event: what fails later is not in it. All of it is in MySQL, so a page
 * may be left and a node may die. Thread-safe.
 */
public final class GroupReplay {
    /** Events of one job at most; the oldest are taken. */
    public static final int MOST_EVENTS = 100_000;

    private static final Duration PATIENCE = Duration.ofSeconds(4);
    /** For a set of the largest size. */
    private static final Duration PATIENCE_TO_CONFIRM = Duration.ofSeconds(20);

    private final Database database;
    private final Audit audit;
    private final Clock clock;
    private final ReplayDao replays = new ReplayDao();

    /** @param database the pages' */
    public GroupReplay(Database database, Audit audit, Clock clock) {
        this.database = database;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * How large a set would be.
     *
     * @param events at most one more than {@link #MOST_EVENTS}
     * @param newestRow to be given when it is confirmed, so that nothing newer gets in between
     */
    public record Counted(int events, long newestRow) {}

    /** Counts what matches now. */
    public Counted count(ReplayFilter filter) {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> {
            long newest = replays.newestEvent(handle);
            return new Counted(replays.count(handle, filter, newest, MOST_EVENTS + 1), newest);
        });
    }

    /**
     * Makes the set a job.
     *
     * @param requestId of the form: sent twice, it is one job
     * @param newestRow {@link Counted#newestRow}
     * @throws IllegalArgumentException when the filter restricts nothing, or the reason is empty
     */
    public ReplayJob confirm(String requestId, ReplayFilter filter, long newestRow, Actor actor, String reason) {
        if (!filter.isSet() || reason.isBlank()) {
            throw new IllegalArgumentException("a group replay needs a filter and a reason");
        }
        Optional<ReplayJob> made = database.inTransaction(Deadline.in(PATIENCE_TO_CONFIRM), handle -> {
            Optional<ReplayJob> job = replays.addJob(
                    handle,
                    requestId,
                    filter,
                    newestRow,
                    MOST_EVENTS,
                    actor.username() == null ? "" : actor.username(),
                    reason,
                    clock.instant());
            job.ifPresent(it -> audit.record(
                    handle,
                    actor,
                    "group_replay_started",
                    target(it.id()),
                    reason,
                    Json.object().put("events", it.events()).set("filter", Json.read(filter.toJson()))));
            return job;
        });
        return made.orElseGet(
                () -> database.inTransaction(Deadline.in(PATIENCE), handle -> replays.jobOfRequest(handle, requestId))
                        .orElseThrow());
    }

    /** A job and how far it is; empty when there is none. */
    public Optional<Status> status(long jobId) {
        return database.inTransaction(
                Deadline.in(PATIENCE),
                handle -> replays.job(handle, jobId).map(job -> new Status(job, replays.progress(handle, jobId))));
    }

    /** A job and how far it is. */
    public record Status(ReplayJob job, ReplayJob.Progress progress) {
        /** When the node that runs it last noted that it does; empty when none runs it. */
        public Optional<Instant> heardAt() {
            return job.state() == ReplayJob.State.RUNNING && job.taken()
                    ? Optional.of(job.leaseUntil().minus(ReplayRunner.LEASE))
                    : Optional.empty();
        }

        /**
         * How long the rest takes at the pace so far.
         *
         * @return empty when it does not run, or has not done enough to tell
         */
        public Optional<Duration> timeLeft(Instant now) {
            Instant started = job.startedAt();
            if (job.state() != ReplayJob.State.RUNNING || started == null || progress.done() < 5) {
                return Optional.empty();
            }
            return Optional.of(
                    Duration.between(started, now).multipliedBy(progress.left()).dividedBy(progress.done()));
        }
    }

    /** Events of a job that ended one way, the newest first. */
    public List<ReplayDao.Entry> endedSo(long jobId, ReplayOutcome.Kind outcome, int limit) {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> replays.endedSo(handle, jobId, outcome, limit));
    }

    /** Jobs, the newest first. */
    public List<ReplayJob> jobs(int limit) {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> replays.jobs(handle, limit));
    }

    /**
     * Stops a job: its runner notices within a few events, and what has not had its turn never gets one.
     *
     * @param reason in the words of who stops it
     * @return false when it is done or canceled already
     */
    public boolean cancel(long jobId, Actor actor, String reason) {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> {
            String username = actor.username() == null ? "" : actor.username();
            boolean canceled = replays.cancelJob(handle, jobId, username, clock.instant());
            if (canceled) {
                int left = replays.progress(handle, jobId).left();
                audit.record(
                        handle,
                        actor,
                        "group_replay_canceled",
                        target(jobId),
                        reason,
                        Json.object().put("left", left));
            }
            return canceled;
        });
    }

    /** As the audit log names a job. */
    static String target(long jobId) {
        return "replay/" + jobId;
    }
}
