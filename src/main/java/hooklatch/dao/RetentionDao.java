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
    private static final String OLDEST_LOG_ROWS = "SELECT id, received_at FROM {table} ORDER BY id LIMIT :limit";

    /** Primary key, row by row. */
    private static final String DELETE_LOG_ROW = "DELETE FROM {table} WHERE id = :id";

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

    /**
     * Deletes deliveries or rejections from before the given time, the oldest first.
     *
     * @return how many
     */
    public int forgetLog(Handle handle, LogTable table, Instant before, int limit) {
        List<Long> old = handle.createQuery(OLDEST_LOG_ROWS.replace("{table}", table.sqlName))
                .bind("limit", limit)
                .map((row, context) -> Objects.requireNonNull(UtcInstantColumns.read(row, "received_at"))
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
        DELIVERIES("webhook_deliveries"),
        REJECTIONS("webhook_rejections");

        private final String sqlName;

        LogTable(String sqlName) {
            this.sqlName = sqlName;
        }
    }
}
