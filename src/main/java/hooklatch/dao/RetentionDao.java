package hooklatch.dao;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/**
 * Forgets what is old, in small batches. An id grows with time, so a walk along the primary key meets the oldest rows first,
 * and no index is needed that every delivery would pay for. How far each walk has come is kept beside the rows that it
 * forgot, in the same transaction. Stateless.
 *
 * <p>What is written is found by a read that locks nothing, and then named by its ids: a range may be taken for a reason to
 * read a whole table that is small, and would lock what deliveries are writing at its end. Rows in a delivery's hands are
 * passed over, so that neither waits for the other.
 */
public final class RetentionDao {
    /** Primary key. Consistent reads: nobody is waited for. */
    private static final String EVENTS_AFTER = """
            SELECT id, status IN ('processed', 'skipped') AS done, received_at, processed_at,
                   payload IS NOT NULL AS has_payload
            FROM webhook_events
            WHERE id > :after
            ORDER BY id
            LIMIT :limit""";

    /** Primary keys of both tables. Consistent reads: nobody is waited for. An event that is gone has nulls. */
    private static final String LEFT_AFTER = """
            SELECT l.event_row AS id, e.status IN ('processed', 'skipped') AS done, e.received_at, e.processed_at,
                   e.payload IS NOT NULL AS has_payload
            FROM hooklatch_retention_left l
            LEFT JOIN webhook_events e ON e.id = l.event_row
            WHERE l.walk = :walk AND l.event_row > :after
            ORDER BY l.event_row
            LIMIT :limit""";

    /** Primary key, a range of ids. Under READ COMMITTED these rows and no gaps; what a delivery holds is passed over. */
    private static final String LOCK_DONE = """
            SELECT id FROM webhook_events FORCE INDEX (PRIMARY)
            WHERE id IN (<ids>) AND status IN ('processed', 'skipped')
            ORDER BY id
            FOR UPDATE SKIP LOCKED""";

    /**
     * Primary keys of both tables: ids, and of each event its body. Event before body, as deliveries lock them. The event's
     * row is locked already.
     */
    private static final String DELETE_EVENTS = """
            DELETE e, b
            FROM webhook_events e FORCE INDEX (PRIMARY)
            LEFT JOIN webhook_bodies b FORCE INDEX (PRIMARY)
                ON b.provider = e.provider AND b.body_sha256 = e.payload_sha256
            WHERE e.id IN (<ids>)""";

    /** Primary key, a range of ids. The rows are locked already. */
    private static final String FORGET_PAYLOADS =
            "UPDATE webhook_events FORCE INDEX (PRIMARY) SET payload = NULL WHERE id IN (<ids>)";

    /** Primary key: the log is written in the order of time. */
    private static final String LOG_ROWS_AFTER =
            "SELECT id, {time} AS written_at FROM {table} WHERE id > :after ORDER BY id LIMIT :limit";

    /**
     * Primary key, row by row: the ids are the table that is read first. For {@code DELETE … WHERE id IN} MariaDB 10.11 may
     * read, and lock, the whole table, whatever index is named.
     */
    private static final String DELETE_ROWS =
            "DELETE t FROM ({ids}) v STRAIGHT_JOIN {table} t FORCE INDEX (PRIMARY) ON t.id = v.id";

    /** Primary key of both tables. Consistent reads: nobody is waited for. */
    private static final String REPLAYS_AFTER = """
            SELECT r.id, r.requested_at,
                   r.job_id IS NULL OR j.id IS NULL OR (j.state <> 'running' AND j.finished_at < :before) AS is_over
            FROM (SELECT id, job_id, requested_at FROM webhook_replays WHERE id > :after ORDER BY id LIMIT :limit) r
            LEFT JOIN replay_jobs j ON j.id = r.job_id
            ORDER BY r.id""";

    /** Primary key: the oldest that are over; of each, ix_webhook_replays_job. */
    private static final String EMPTY_JOBS = """
            SELECT j.id
            FROM (SELECT id, finished_at FROM replay_jobs WHERE state <> 'running' ORDER BY id LIMIT :limit) j
            WHERE j.finished_at < :before
              AND (SELECT r.id FROM webhook_replays r FORCE INDEX (ix_webhook_replays_job)
                   WHERE r.job_id = j.id LIMIT 1) IS NULL""";

    /** Primary key, row by row. */
    private static final String DELETE_JOB = "DELETE FROM replay_jobs WHERE id = :id AND state <> 'running'";

    /**
     * Primary keys. A position behind the newest row belongs to a table that was emptied or replaced: its ids begin anew, and
     * so does the walk.
     */
    private static final String POSITION = """
            SELECT after_row FROM hooklatch_retention_walks
            WHERE walk = :walk AND after_row <= (SELECT MAX(id) FROM {table})""";

    /** Primary key. */
    private static final String MOVE = """
            INSERT INTO hooklatch_retention_walks (walk, after_row) VALUES (:walk, :row)
            ON DUPLICATE KEY UPDATE after_row = VALUES(after_row)""";

    /** Primary key. */
    private static final String LEAVE = """
            INSERT INTO hooklatch_retention_left (walk, event_row) VALUES (:walk, :row)
            ON DUPLICATE KEY UPDATE event_row = event_row""";

    /** Primary key, row by row. */
    private static final String NO_LONGER_LEFT = "DELETE t FROM ({ids}) v"
            + " STRAIGHT_JOIN hooklatch_retention_left t FORCE INDEX (PRIMARY) ON t.walk = :walk AND t.event_row = v.id";

    /** What a walk along the events takes away. */
    public enum EventWalk {
        PAYLOADS,
        EVENTS;

        /** As it is called in the tables and meters. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * An event as far as its age is concerned.
     *
     * @param done whether its result is final; others are never forgotten
     * @param receivedAt null of one that is gone
     * @param finishedAt when it became so; null = not known, or not done
     */
    public record Aged(
            long rowId,
            boolean done,
            @Nullable Instant receivedAt,
            @Nullable Instant finishedAt,
            boolean hasPayload) {
        /** Whether it is not there any more. */
        public boolean isGone() {
            return receivedAt == null;
        }

        /** Whether it came by then. */
        public boolean cameBefore(Instant time) {
            return receivedAt != null && receivedAt.isBefore(time);
        }

        /** Whether it was done by then. One that was refused for long is as young as its effect. */
        public boolean wasDoneBefore(Instant time) {
            return cameBefore(time) && done && (finishedAt == null || finishedAt.isBefore(time));
        }
    }

    /**
     * A replay as far as its age is concerned.
     *
     * @param over whether nobody works on it any more, and the group that it is part of was over by then
     */
    public record AgedReplay(long rowId, Instant requestedAt, boolean over) {}

    // ---- events

    /** Events behind the place to which the walk has come, in the order in which they first came. */
    public List<Aged> eventsAhead(Handle handle, EventWalk walk, int limit) {
        return handle.createQuery(EVENTS_AFTER)
                .bind("after", position(handle, walk.label(), "webhook_events"))
                .bind("limit", limit)
                .map((row, context) -> new Aged(
                        row.getLong("id"),
                        row.getBoolean("done"),
                        UtcInstantColumns.read(row, "received_at"),
                        UtcInstantColumns.read(row, "processed_at"),
                        row.getBoolean("has_payload")))
                .list();
    }

    /** Events that the walk has left behind, beginning after a row. */
    public List<Aged> left(Handle handle, EventWalk walk, long after, int limit) {
        return handle.createQuery(LEFT_AFTER)
                .bind("walk", walk.label())
                .bind("after", after)
                .bind("limit", limit)
                .map((row, context) -> new Aged(
                        row.getLong("id"),
                        row.getBoolean("done"),
                        UtcInstantColumns.read(row, "received_at"),
                        UtcInstantColumns.read(row, "processed_at"),
                        row.getBoolean("has_payload")))
                .list();
    }

    /**
     * Takes away from these events what the walk is for, from those that are still done and in nobody's hands. Their facts
     * stay: they keep an effect from happening again.
     *
     * @return from which
     */
    public List<Long> forget(Handle handle, EventWalk walk, List<Long> rowIds) {
        if (rowIds.isEmpty()) {
            return List.of();
        }
        List<Long> ours = handle.createQuery(LOCK_DONE)
                .bindList("ids", rowIds)
                .mapTo(Long.class)
                .list();
        if (!ours.isEmpty()) {
            handle.createUpdate(walk == EventWalk.EVENTS ? DELETE_EVENTS : FORGET_PAYLOADS)
                    .bindList("ids", ours)
                    .execute();
        }
        return ours;
    }

    /** Notes how far the walk has come, and which of the events until there are to be looked at again. */
    public void move(Handle handle, EventWalk walk, long rowId, List<Long> left) {
        move(handle, walk.label(), rowId);
        if (left.isEmpty()) {
            return;
        }
        PreparedBatch rows = handle.prepareBatch(LEAVE);
        left.forEach(row -> rows.bind("walk", walk.label()).bind("row", row).add());
        rows.execute();
    }

    /** These need not be looked at again. */
    public void noLongerLeft(Handle handle, EventWalk walk, List<Long> rowIds) {
        if (!rowIds.isEmpty()) {
            ofTheseRows(handle, NO_LONGER_LEFT, rowIds)
                    .bind("walk", walk.label())
                    .execute();
        }
    }

    private static long position(Handle handle, String walk, String table) {
        return handle.createQuery(POSITION.replace("{table}", table))
                .bind("walk", walk)
                .mapTo(Long.class)
                .findOne()
                .orElse(0L);
    }

    private static void move(Handle handle, String walk, long rowId) {
        handle.createUpdate(MOVE).bind("walk", walk).bind("row", rowId).execute();
    }

    // ---- logs

    /**
     * Deletes rows of a log from before the given time, going on where the last call ended.
     *
     * @return how many
     */
    public int forgetLogAhead(Handle handle, LogTable table, Instant before, int limit) {
        List<Long> old = oldLogRows(handle, table, position(handle, table.label(), table.sqlName), before, limit);
        if (!old.isEmpty()) {
            deleteRows(handle, table.sqlName, old);
            move(handle, table.label(), old.get(old.size() - 1));
        }
        return old.size();
    }

    /**
     * Deletes the oldest rows of a log from before the given time.
     *
     * @return how many
     */
    public int forgetOldest(Handle handle, LogTable table, Instant before, int limit) {
        List<Long> old = oldLogRows(handle, table, 0, before, limit);
        deleteRows(handle, table.sqlName, old);
        return old.size();
    }

    private static List<Long> oldLogRows(Handle handle, LogTable table, long after, Instant before, int limit) {
        return handle.createQuery(
                        LOG_ROWS_AFTER.replace("{table}", table.sqlName).replace("{time}", table.timeColumn))
                .bind("after", after)
                .bind("limit", limit)
                .map((row, context) -> Objects.requireNonNull(UtcInstantColumns.read(row, "written_at"))
                                .isBefore(before)
                        ? row.getLong("id")
                        : 0L)
                .filter(id -> id != 0)
                .list();
    }

    private static void deleteRows(Handle handle, String table, List<Long> rowIds) {
        if (!rowIds.isEmpty()) {
            ofTheseRows(handle, DELETE_ROWS.replace("{table}", table), rowIds).execute();
        }
    }

    /** Bound, so that the text is the same each time; cast, as a server may take a value without a column for text. */
    private static Update ofTheseRows(Handle handle, String sql, List<Long> rowIds) {
        String table = IntStream.range(0, rowIds.size())
                .mapToObj(i -> "SELECT CAST(:id" + i + " AS SIGNED) AS id")
                .collect(Collectors.joining(" UNION ALL "));
        Update update = handle.createUpdate(sql.replace("{ids}", table));
        for (int i = 0; i < rowIds.size(); i++) {
            update.bind("id" + i, rowIds.get(i));
        }
        return update;
    }

    // ---- replays

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

    /** Deletes replays that are over; a job that is over never runs again. */
    public void forgetReplays(Handle handle, List<Long> rowIds) {
        deleteRows(handle, "webhook_replays", rowIds);
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

        /** As it is called in the tables and meters. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
