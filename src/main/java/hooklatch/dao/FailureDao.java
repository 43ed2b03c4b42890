package hooklatch.dao;

import hooklatch.domain.EventKey;
import hooklatch.domain.EventStatus;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Failed and dead-lettered events by cause. Every statement walks ix_webhook_events_error_cause, in which only they have an
 * entry that is not NULL, and stops after as many entries as it is told. Stateless.
 */
public final class FailureDao {
    /** ix_webhook_events_error_cause, jumping: one dive for each cause. */
    private static final String NEXT_CAUSE = """
            SELECT error_cause FROM webhook_events FORCE INDEX (ix_webhook_events_error_cause)
            WHERE error_cause > :after
            ORDER BY error_cause
            LIMIT 1""";

    /** ix_webhook_events_error_cause alone. */
    private static final String COUNT = """
            SELECT COUNT(*) FROM (
                SELECT 1 FROM webhook_events FORCE INDEX (ix_webhook_events_error_cause)
                WHERE error_cause = :cause
                LIMIT :limit) capped""";

    /** ix_webhook_events_error_cause backwards (or forwards), then primary keys. */
    private static final String SAMPLE = """
            SELECT id, provider, event_id, event_type, status, error, attempts, order_id, received_at, next_attempt_at
            FROM webhook_events FORCE INDEX (ix_webhook_events_error_cause)
            WHERE error_cause = :cause
            ORDER BY id {way}
            LIMIT :limit""";

    private static final String NEWEST = SAMPLE.replace("{way}", "DESC");
    private static final String OLDEST = SAMPLE.replace("{way}", "ASC");

    /** A refused event. */
    public record Failure(
            long rowId,
            EventKey key,
            String type,
            EventStatus status,
            String error,
            int attempts,
            @Nullable Long orderId,
            Instant receivedAt,
            @Nullable Instant nextAttemptAt) {}

    /** The first cause behind another one, in the order of their letters. */
    public Optional<String> causeAfter(Handle handle, String cause) {
        return handle.createQuery(NEXT_CAUSE)
                .bind("after", cause)
                .mapTo(String.class)
                .findOne();
    }

    /** How many events have the cause, up to a limit. */
    public int count(Handle handle, String cause, int limit) {
        return handle.createQuery(COUNT)
                .bind("cause", cause)
                .bind("limit", limit)
                .mapTo(Integer.class)
                .one();
    }

    /** Events of a cause, the newest first. */
    public List<Failure> newest(Handle handle, String cause, int limit) {
        return sample(handle, NEWEST, cause, limit);
    }

    /** The event that had the cause first; empty when none has it any more. */
    public Optional<Failure> oldest(Handle handle, String cause) {
        return sample(handle, OLDEST, cause, 1).stream().findFirst();
    }

    private static List<Failure> sample(Handle handle, String sql, String cause, int limit) {
        return handle.createQuery(sql)
                .bind("cause", cause)
                .bind("limit", limit)
                .map((row, context) -> failure(row))
                .list();
    }

    private static Failure failure(ResultSet row) throws SQLException {
        String error = row.getString("error");
        return new Failure(
                row.getLong("id"),
                new EventKey(row.getString("provider"), row.getString("event_id")),
                row.getString("event_type"),
                EventStatus.ofColumn(row.getString("status")),
                error == null ? "" : error,
                row.getInt("attempts"),
                row.getObject("order_id", Long.class),
                Objects.requireNonNull(UtcInstantColumns.read(row, "received_at")),
                UtcInstantColumns.read(row, "next_attempt_at"));
    }
}
