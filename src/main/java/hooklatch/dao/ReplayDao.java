package hooklatch.dao;

import hooklatch.domain.EventKey;
import hooklatch.domain.EventStatus;
import hooklatch.domain.Payload;
import hooklatch.domain.ReplayFilter;
import hooklatch.domain.ReplayJob;
import hooklatch.domain.ReplayOutcome;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/** The tables {@code webhook_replays} and {@code replay_jobs}, and what is asked of events for a replay. Stateless. */
public final class ReplayDao {
    /** uk_webhook_events_provider_event_id. A consistent read; the replay claims the event before it believes anything. */
    private static final String STORED = """
            SELECT id, payload
            FROM webhook_events
            WHERE provider = :provider AND event_id = :eventId""";

    private static final String ADD = """
            INSERT INTO webhook_replays
                (event_row, username, reason, requested_at, node)
            VALUES (:eventRow, :username, :reason, :requestedAt, :node)""";

    /** Primary key of both tables. */
    private static final String FIND = """
            SELECT r.id, r.job_id, r.outcome, r.message, r.username, r.reason, r.requested_at, r.finished_at, r.node,
                   e.provider, e.event_id, e.event_type
            FROM webhook_replays r
            LEFT JOIN webhook_events e ON e.id = r.event_row
            WHERE r.id = :id""";

    /** Primary key. */
    private static final String ENDS =
            "SELECT id, outcome, message FROM webhook_replays FORCE INDEX (PRIMARY) WHERE id IN (<ids>) AND outcome IS NOT NULL";

    /** ix_webhook_replays_event backwards, then primary keys. */
    private static final String OF_EVENT = """
            SELECT r.id, r.job_id, r.outcome, r.message, COALESCE(r.username, j.username) AS username,
                   COALESCE(r.reason, j.reason) AS reason, r.requested_at, r.finished_at, r.node,
                   e.provider, e.event_id, e.event_type
            FROM webhook_replays r
            JOIN webhook_events e ON e.id = r.event_row
            LEFT JOIN replay_jobs j ON j.id = r.job_id
            WHERE r.event_row = :eventRow AND (r.outcome IS NOT NULL OR r.job_id IS NULL)
            ORDER BY r.id DESC
            LIMIT :limit""";

    /** ix_webhook_replays_job backwards, then the primary key of events. */
    private static final String ENDED_SO = """
            SELECT r.id, r.job_id, r.outcome, r.message, r.username, r.reason, r.requested_at, r.finished_at, r.node,
                   e.provider, e.event_id, e.event_type
            FROM webhook_replays r
            LEFT JOIN webhook_events e ON e.id = r.event_row
            WHERE r.job_id = :jobId AND r.outcome = :outcome
            ORDER BY r.id DESC
            LIMIT :limit""";

    /** Primary key, backwards to the first. */
    private static final String NEWEST_EVENT = "SELECT COALESCE(MAX(id), 0) FROM webhook_events";

    /** uk_replay_jobs_request_id: a form that was sent twice makes one job. */
    private static final String ADD_JOB = """
            INSERT INTO replay_jobs (request_id, filter, events, reason, username, state, created_at, lease_until)
            VALUES (:requestId, :filter, 0, :reason, :username, 'running', :now, :now)""";

    /** The index that {@code setSql} names. Consistent reads: no event is locked, no delivery waits. */
    private static final String FILL_JOB = """
            INSERT INTO webhook_replays (job_id, event_row, requested_at)
            SELECT :jobId, id, :now {set} AND id > :after ORDER BY id LIMIT :limit""";

    /** ix_webhook_replays_job. */
    private static final String FILLED_TO =
            "SELECT COALESCE(MAX(event_row), 0) FROM webhook_replays FORCE INDEX (ix_webhook_replays_job)"
                    + " WHERE job_id = :jobId";

    private static final String COUNT_SET = "SELECT COUNT(*) FROM (SELECT 1 {set} LIMIT :limit) capped";

    /** Primary key. */
    private static final String SET_SIZE = "UPDATE replay_jobs SET events = :events WHERE id = :id";

    private static final String JOB_COLUMNS =
            "SELECT id, filter, events, reason, username, state, created_at, started_at, finished_at, canceled_by, node, "
                    + "runner IS NOT NULL AS taken, lease_until FROM replay_jobs ";

    /** Primary key. */
    private static final String JOB = JOB_COLUMNS + "WHERE id = :id";

    /** uk_replay_jobs_request_id. */
    private static final String JOB_OF_REQUEST = "SELECT id FROM replay_jobs WHERE request_id = :requestId";

    /** Primary key, backwards from its end. */
    private static final String JOBS = JOB_COLUMNS + "WHERE id > 0 ORDER BY id DESC LIMIT :limit";

    /** ix_webhook_replays_job. */
    private static final String PROGRESS =
            "SELECT outcome, COUNT(*) AS events FROM webhook_replays WHERE job_id = :id GROUP BY outcome";

    /** ix_replay_jobs_state. A consistent read: whoever wants the job takes it first. */
    private static final String TO_RUN = """
            SELECT id FROM replay_jobs
            WHERE state = 'running' AND (lease_until <= :now OR runner = :runner)
            ORDER BY id
            LIMIT 1""";

    /** Primary key. Of the nodes that want the job, one gets it; the runner that has it keeps it. */
    private static final String TAKE_JOB = """
            UPDATE replay_jobs
            SET runner = :runner, node = :node, lease_until = :leaseUntil, started_at = COALESCE(started_at, :now)
            WHERE id = :id AND state = 'running' AND (lease_until <= :now OR runner = :runner)""";

    /** Primary key. */
    private static final String GIVE_BACK_JOB =
            "UPDATE replay_jobs SET lease_until = :now, runner = NULL WHERE id = :id AND runner = :runner AND state = 'running'";

    /** ix_webhook_replays_job, then primary key. */
    private static final String NEXT = """
            SELECT r.id, r.event_row, e.provider, e.event_id
            FROM webhook_replays r
            LEFT JOIN webhook_events e ON e.id = r.event_row
            WHERE r.job_id = :jobId AND r.outcome IS NULL
            ORDER BY r.id
            LIMIT :limit""";

    /** Primary key. Should another node have run it as well, the first outcome stands. */
    private static final String END = """
            UPDATE webhook_replays
            SET outcome = :outcome, message = :message, finished_at = :finishedAt, node = :node
            WHERE id = :id AND outcome IS NULL""";

    /** Primary key. */
    private static final String END_JOB = """
            UPDATE replay_jobs SET state = 'done', finished_at = :now
            WHERE id = :id AND runner = :runner AND state = 'running'""";

    /** Primary key. */
    private static final String CANCEL_JOB = """
            UPDATE replay_jobs SET state = 'canceled', finished_at = :now, canceled_by = :username
            WHERE id = :id AND state = 'running'""";

    private static final int FILL_PIECE = 20_000;
    private static final int MAX_MESSAGE_LENGTH = 1000;

    /** An event's row and first body; null when that was purged. */
    public record Stored(long rowId, @Nullable Payload payload) {}

    /** A replay as people read of it; the event is null when it was forgotten meanwhile. */
    public record Entry(
            long id,
            @Nullable Long jobId,
            @Nullable EventKey event,
            @Nullable String type,
            ReplayOutcome.@Nullable Kind outcome,
            @Nullable String message,
            @Nullable String username,
            @Nullable String reason,
            Instant requestedAt,
            @Nullable Instant finishedAt,
            @Nullable String node) {}

    /** A replay of a job that waits for its turn; the event is null when it was forgotten. */
    public record Waiting(long id, @Nullable EventKey event) {}

    /** Empty when there is no such event. */
    public Optional<Stored> stored(Handle handle, EventKey key) {
        return handle.createQuery(STORED)
                .bind("provider", key.provider())
                .bind("eventId", key.eventId())
                .map((row, context) -> {
                    byte[] body = row.getBytes("payload");
                    return new Stored(row.getLong("id"), body == null ? null : new Payload(body));
                })
                .findOne();
    }

    /**
     * Notes that the replay of one event was asked for.
     *
     * @return its number
     */
    public long add(
            Handle handle, long eventRow, String username, @Nullable String reason, Instant requestedAt, String node) {
        return handle.createUpdate(ADD)
                .bind("eventRow", eventRow)
                .bind("username", username)
                .bind("reason", shortened(reason))
                .bind("requestedAt", requestedAt)
                .bind("node", node)
                .executeAndReturnGeneratedKeys("id")
                .mapTo(Long.class)
                .one();
    }

    /** A replay by its number. */
    public Optional<Entry> find(Handle handle, long id) {
        return handle.createQuery(FIND)
                .bind("id", id)
                .map((row, context) -> entry(row))
                .findOne();
    }

    /** How those of the replays ended that have. */
    public Map<Long, ReplayOutcome> ends(Handle handle, Collection<Long> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        return handle
                .createQuery(ENDS)
                .bindList("ids", List.copyOf(ids))
                .map((row, context) -> Map.entry(
                        row.getLong("id"),
                        new ReplayOutcome(
                                ReplayOutcome.Kind.ofColumn(row.getString("outcome")), null, row.getString("message"))))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** Replays of one event, the newest first; those that wait for their turn in a job are not among them. */
    public List<Entry> ofEvent(Handle handle, long eventRow, int limit) {
        return handle.createQuery(OF_EVENT)
                .bind("eventRow", eventRow)
                .bind("limit", limit)
                .map((row, context) -> entry(row))
                .list();
    }

    /** Replays of a job that ended one way, the newest first. */
    public List<Entry> endedSo(Handle handle, long jobId, ReplayOutcome.Kind outcome, int limit) {
        return handle.createQuery(ENDED_SO)
                .bind("jobId", jobId)
                .bind("outcome", outcome.column())
                .bind("limit", limit)
                .map((row, context) -> entry(row))
                .list();
    }

    /** The row of the newest event: no event that comes later has one as low. */
    public long newestEvent(Handle handle) {
        return handle.createQuery(NEWEST_EVENT).mapTo(Long.class).one();
    }

    /** How many events up to a row match, up to a limit. */
    public int count(Handle handle, ReplayFilter filter, long newestRow, int limit) {
        return bindSet(handle.createQuery(COUNT_SET.replace("{set}", setSql(filter))), filter, newestRow)
                .bind("limit", limit)
                .mapTo(Integer.class)
                .one();
    }

    /**
     * Makes a job of the events that match now, the oldest first.
     *
     * @param newestRow events behind it are not taken
     * @return its number and size; empty when this request has made one before
     */
    public Optional<ReplayJob> addJob(
            Handle handle,
            String requestId,
            ReplayFilter filter,
            long newestRow,
            int limit,
            String username,
            String reason,
            Instant now) {
        long id;
        try {
            id = handle.createUpdate(ADD_JOB)
                    .bind("requestId", requestId)
                    .bind("filter", filter.toJson())
                    .bind("reason", reason)
                    .bind("username", username)
                    .bind("now", now)
                    .executeAndReturnGeneratedKeys("id")
                    .mapTo(Long.class)
                    .one();
        } catch (RuntimeException e) {
            if (StorageFailures.isDuplicateKey(e)) {
                return Optional.empty();
            }
            throw e;
        }
        int events = fill(handle, id, filter, newestRow, limit, now);
        handle.createUpdate(SET_SIZE).bind("events", events).bind("id", id).execute();
        return job(handle, id);
    }

    /** In pieces, so that no statement takes long. */
    private static int fill(Handle handle, long jobId, ReplayFilter filter, long newestRow, int limit, Instant now) {
        String fill = FILL_JOB.replace("{set}", setSql(filter));
        int events = 0;
        long after = 0;
        while (events < limit) {
            int piece = Math.min(FILL_PIECE, limit - events);
            int added = bindSet(handle.createUpdate(fill), filter, newestRow)
                    .bind("jobId", jobId)
                    .bind("now", now)
                    .bind("after", after)
                    .bind("limit", piece)
                    .execute();
            events += added;
            if (added < piece) {
                break;
            }
            after = handle.createQuery(FILLED_TO)
                    .bind("jobId", jobId)
                    .mapTo(Long.class)
                    .one();
        }
        return events;
    }

    /** The job that a form has made before. */
    public Optional<ReplayJob> jobOfRequest(Handle handle, String requestId) {
        return handle.createQuery(JOB_OF_REQUEST)
                .bind("requestId", requestId)
                .mapTo(Long.class)
                .findOne()
                .flatMap(id -> job(handle, id));
    }

    public Optional<ReplayJob> job(Handle handle, long id) {
        return handle.createQuery(JOB)
                .bind("id", id)
                .map((row, context) -> job(row))
                .findOne();
    }

    /** Jobs, the newest first. */
    public List<ReplayJob> jobs(Handle handle, int limit) {
        return handle.createQuery(JOBS)
                .bind("limit", limit)
                .map((row, context) -> job(row))
                .list();
    }

    public ReplayJob.Progress progress(Handle handle, long jobId) {
        Map<ReplayOutcome.Kind, Integer> ended = new EnumMap<>(ReplayOutcome.Kind.class);
        int[] left = {0};
        handle.createQuery(PROGRESS)
                .bind("id", jobId)
                .map((row, context) -> {
                    String outcome = row.getString("outcome");
                    int events = row.getInt("events");
                    if (outcome == null) {
                        left[0] = events;
                    } else {
                        ended.put(ReplayOutcome.Kind.ofColumn(outcome), events);
                    }
                    return events;
                })
                .list();
        return new ReplayJob.Progress(ended, left[0]);
    }

    /** A job that this runner may have: its own, or one whose lease has ended. */
    public Optional<Long> jobToRun(Handle handle, String runner, Instant now) {
        return handle.createQuery(TO_RUN)
                .bind("runner", runner)
                .bind("now", now)
                .mapTo(Long.class)
                .findOne();
    }

    /**
     * Takes a job, or keeps it for longer.
     *
     * @return false when it is another runner's, canceled or done
     */
    public boolean takeJob(Handle handle, long id, String runner, String node, Instant now, Instant leaseUntil) {
        return handle.createUpdate(TAKE_JOB)
                        .bind("runner", runner)
                        .bind("node", node)
                        .bind("leaseUntil", leaseUntil)
                        .bind("now", now)
                        .bind("id", id)
                        .execute()
                == 1;
    }

    /** Lets any runner have the job at once. */
    public void giveBackJob(Handle handle, long id, String runner, Instant now) {
        handle.createUpdate(GIVE_BACK_JOB)
                .bind("now", now)
                .bind("id", id)
                .bind("runner", runner)
                .execute();
    }

    /** Replays of a job that wait for their turn, in the order of the events. */
    public List<Waiting> next(Handle handle, long jobId, int limit) {
        return handle.createQuery(NEXT)
                .bind("jobId", jobId)
                .bind("limit", limit)
                .map((row, context) -> new Waiting(row.getLong("id"), key(row)))
                .list();
    }

    /** Notes how replays ended. */
    public void end(Handle handle, Map<Long, ReplayOutcome> outcomes, Instant now, String node) {
        outcomes.forEach((id, outcome) -> handle.createUpdate(END)
                .bind("outcome", outcome.kind().column())
                .bind("message", shortened(outcome.message()))
                .bind("finishedAt", now)
                .bind("node", node)
                .bind("id", id)
                .execute());
    }

    /** The job has no event left. */
    public boolean endJob(Handle handle, long id, String runner, Instant now) {
        return handle.createUpdate(END_JOB)
                        .bind("now", now)
                        .bind("id", id)
                        .bind("runner", runner)
                        .execute()
                == 1;
    }

    /**
     * Stops a job: what has not had its turn never gets one.
     *
     * @return false when it is not running
     */
    public boolean cancelJob(Handle handle, long id, String username, Instant now) {
        return handle.createUpdate(CANCEL_JOB)
                        .bind("now", now)
                        .bind("username", username)
                        .bind("id", id)
                        .execute()
                == 1;
    }

    /**
     * The events of a filter. By cause it walks ix_webhook_events_error_cause, which is in the order of the rows; else
     * ix_webhook_events_status, one range a status.
     */
    private static String setSql(ReplayFilter filter) {
        StringBuilder sql = new StringBuilder("FROM webhook_events")
                .append(
                        filter.cause() == null
                                ? " FORCE INDEX (ix_webhook_events_status)"
                                : " FORCE INDEX (ix_webhook_events_error_cause)")
                .append(" WHERE id <= :newestRow AND status IN (");
        int statuses = 0;
        for (EventStatus status : filter.statuses()) {
            // The enum's own words.
            sql.append(statuses++ == 0 ? "'" : ", '").append(status.column()).append('\'');
        }
        sql.append(')');
        append(sql, filter.cause(), " AND error_cause = :cause");
        append(sql, filter.provider(), " AND provider = :provider");
        append(sql, filter.type(), " AND event_type = :type");
        append(sql, filter.from(), " AND received_at >= :from");
        append(sql, filter.to(), " AND received_at < :to");
        return sql.toString();
    }

    private static void append(StringBuilder sql, @Nullable Object value, String condition) {
        if (value != null) {
            sql.append(condition);
        }
    }

    private static <S extends SqlStatement<S>> S bindSet(S statement, ReplayFilter filter, long newestRow) {
        statement.bind("newestRow", newestRow);
        if (filter.cause() != null) {
            statement.bind("cause", filter.cause());
        }
        if (filter.provider() != null) {
            statement.bind("provider", filter.provider());
        }
        if (filter.type() != null) {
            statement.bind("type", filter.type());
        }
        if (filter.from() != null) {
            statement.bind("from", filter.from());
        }
        if (filter.to() != null) {
            statement.bind("to", filter.to());
        }
        return statement;
    }

    private static @Nullable String shortened(@Nullable String message) {
        return message == null || message.length() <= MAX_MESSAGE_LENGTH
                ? message
                : message.substring(0, MAX_MESSAGE_LENGTH);
    }

    private static @Nullable EventKey key(ResultSet row) throws SQLException {
        String provider = row.getString("provider");
        return provider == null ? null : new EventKey(provider, row.getString("event_id"));
    }

    private static Entry entry(ResultSet row) throws SQLException {
        String outcome = row.getString("outcome");
        return new Entry(
                row.getLong("id"),
                row.getObject("job_id", Long.class),
                key(row),
                row.getString("event_type"),
                outcome == null ? null : ReplayOutcome.Kind.ofColumn(outcome),
                row.getString("message"),
                row.getString("username"),
                row.getString("reason"),
                Objects.requireNonNull(UtcInstantColumns.read(row, "requested_at")),
                UtcInstantColumns.read(row, "finished_at"),
                row.getString("node"));
    }

    private static ReplayJob job(ResultSet row) throws SQLException {
        return new ReplayJob(
                row.getLong("id"),
                ReplayFilter.ofJson(row.getString("filter")),
                row.getInt("events"),
                row.getString("reason"),
                row.getString("username"),
                ReplayJob.State.ofColumn(row.getString("state")),
                Objects.requireNonNull(UtcInstantColumns.read(row, "created_at")),
                UtcInstantColumns.read(row, "started_at"),
                UtcInstantColumns.read(row, "finished_at"),
                row.getString("canceled_by"),
                row.getString("node"),
                row.getBoolean("taken"),
                Objects.requireNonNull(UtcInstantColumns.read(row, "lease_until")));
    }
}
