package hooklatch.dao;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Forgets what is old, in small batches: an id grows with time, so the oldest rows are the first of the primary key, and no
 * index is needed that every delivery would pay for. Stateless.
 */
public final class RetentionDao {
    /** Primary key. Consistent reads: nobody is waited for. */
    private static final String EVENTS_AFTER = """
            SELECT id, provider, HEX(payload_sha256) AS sha256, status IN ('processed', 'skipped') AS done, received_at, processed_at
            FROM webhook_events
            WHERE id > :after
            ORDER BY id
            LIMIT :limit""";

    /** Primary key, row by row. An event that was delivered again meanwhile is still done. */
    private static final String DELETE_EVENT =
            "DELETE FROM webhook_events WHERE id = :id AND status IN ('processed', 'skipped')";

    /** Primary key. */
    private static final String DELETE_BODY =
            "DELETE FROM webhook_bodies WHERE provider = :provider AND body_sha256 = UNHEX(:sha256)";

    /** Primary key, row by row. */
    private static final String FORGET_PAYLOAD = "UPDATE webhook_events SET payload = NULL"
            + " WHERE id = :id AND status IN ('processed', 'skipped') AND payload IS NOT NULL";

    /** Primary key: the log is written in the order of time, so the oldest rows come first. */
    private static final String OLDEST_LOG_ROWS =
            "SELECT id, {time} AS written_at FROM {table} ORDER BY id LIMIT :limit";

    /** Primary key, row by row. */
    private static final String DELETE_LOG_ROW = "DELETE FROM {table} WHERE id = :id";

    /** Primary key of both tables. Consistent reads: nobody is waited for. */
    private static final String REPLAYS_AFTER = """
            SELECT r.id, r.requested_at,
                   r.job_id IS NULL OR j.id IS NULL OR (j.state <> 'running' AND j.finished_at < :before) AS is_over
            FROM (SELECT id, job_id, requested_at FROM webhook_replays WHERE id > :after ORDER BY id LIMIT :limit) r
            LEFT JOIN replay_jobs j ON j.id = r.job_id
            ORDER BY r.id""";

    /** Primary key, row by row. A job that is over never runs again. */
    private static final String DELETE_REPLAY = "DELETE FROM webhook_replays WHERE id = :id";

    /** Primary key: the oldest that are over; of each, ix_webhook_replays_job. */
    private static final String EMPTY_JOBS = """
            SELECT j.id
            FROM (SELECT id, finished_at FROM replay_jobs WHERE state <> 'running' ORDER BY id LIMIT :limit) j
            WHERE j.finished_at < :before AND NOT EXISTS (SELECT 1 FROM webhook_replays r WHERE r.job_id = j.id)""";

    /** Primary key, row by row. */
    private static final String DELETE_JOB = "DELETE FROM replay_jobs WHERE id = :id AND state <> 'running'";

    /**
     * An event as far as its age is concerned.
     *
     * @param done whether its result is final; others are never forgotten
     * @param finishedAt when it became so; null = not known, or not done
     */
    public record Aged(
            long rowId,
            String provider,
            String payloadSha256,
            boolean done,
            Instant receivedAt,
            @Nullable Instant finishedAt) {
        /** Whether it was done by then. One that was refused for long is as young as its effect. */
        public boolean wasDoneBefore(Instant time) {
            return done && (finishedAt == null || finishedAt.isBefore(time));
        }
    }

    /**
     * A replay as far as its age is concerned.
     *
     * @param over whether nobody works on it any more, and the group that it is part of was over by then
     */
    public record AgedReplay(long rowId, Instant requestedAt, boolean over) {}

    /** Events behind the given row, in the order in which they first came. */
    public List<Aged> eventsAfter(Handle handle, long rowId, int limit) {
        return handle.createQuery(EVENTS_AFTER)
                .bind("after", rowId)
                .bind("limit", limit)
                .map((row, context) -> new Aged(
                        row.getLong("id"),
                        row.getString("provider"),
                        row.getString("sha256"),
                        row.getBoolean("done"),
                        Objects.requireNonNull(UtcInstantColumns.read(row, "received_at")),
                        UtcInstantColumns.read(row, "processed_at")))
                .list();
    }

    /** Deletes an event that is done, and the memory of its body. Its facts stay: they keep its effect from happening again. */
    public void forget(Handle handle, Aged event) {
        if (handle.createUpdate(DELETE_EVENT).bind("id", event.rowId()).execute() == 1) {
            handle.createUpdate(DELETE_BODY)
                    .bind("provider", event.provider())
                    .bind("sha256", event.payloadSha256())
                    .execute();
        }
    }

    /** Removes the body of an event that is done. */
    public void forgetPayload(Handle handle, Aged event) {
        handle.createUpdate(FORGET_PAYLOAD).bind("id", event.rowId()).execute();
    }

    /** Replays behind the given row, in the order in which they were asked for. */
    public List<AgedReplay> replaysAfter(Handle handle, long rowId, Instant before, int limit) {
        return handle.createQuery(REPLAYS_AFTER)
                .bind("after", rowId)
                .bind("before", before)
                .bind("limit", limit)
                .map((row, context) -> new AgedReplay(
                        row.getLong("id"),
                        Objects.requireNonNull(UtcInstantColumns.read(row, "requested_at")),
                        row.getBoolean("is_over")))
                .list();
    }

    /** Deletes a replay that is over. */
    public void forget(Handle handle, AgedReplay replay) {
        handle.createUpdate(DELETE_REPLAY).bind("id", replay.rowId()).execute();
    }

    /**
     * Deletes group replays that were over by the given time and of whose events none is left, the oldest first.
     *
     * @return how many
     */
    public int forgetEmptyJobs(Handle handle, Instant before, int limit) {
        List<Long> empty = handle.createQuery(EMPTY_JOBS)
                .bind("before", before)
                .bind("limit", limit)
                .mapTo(Long.class)
                .list();
        empty.forEach(id -> handle.createUpdate(DELETE_JOB).bind("id", id).execute());
        return empty.size();
    }

    /**
     * Deletes rows of a log from before the given time, the oldest first.
     *
     * @return how many
     */
    public int forgetLog(Handle handle, LogTable table, Instant before, int limit) {
        List<Long> old = handle.createQuery(
                        OLDEST_LOG_ROWS.replace("{table}", table.sqlName).replace("{time}", table.timeColumn))
                .bind("limit", limit)
                .map((row, context) -> Objects.requireNonNull(UtcInstantColumns.read(row, "written_at"))
                                .isBefore(before)
                        ? row.getLong("id")
                        : 0L)
                .filter(id -> id != 0)
                .list();
        String delete = DELETE_LOG_ROW.replace("{table}", table.sqlName);
        old.forEach(id -> handle.createUpdate(delete).bind("id", id).execute());
        return old.size();
    }

    /** A table of the delivery log. */
    public enum LogTable {
        DELIVERIES("webhook_deliveries", "received_at"),
        ATTEMPTS("webhook_attempts", "started_at"),
        REJECTIONS("webhook_rejections", "received_at");

        private final String sqlName;
        private final String timeColumn;

        LogTable(String sqlName, String timeColumn) {
            this.sqlName = sqlName;
            this.timeColumn = timeColumn;
        }
    }
}
