package hooklatch.dao;

import hooklatch.domain.Claim;
import hooklatch.domain.ErrorCause;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import hooklatch.domain.EventStatus;
import hooklatch.domain.Fact;
import hooklatch.domain.WebhookEvent;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.EmptyHandling;
import org.jspecify.annotations.Nullable;

/** The table {@code webhook_events}. Stateless. */
public final class WebhookEventDao {
    /** Longest error text that is kept, in characters. */
    public static final int MAX_ERROR_LENGTH = 1000;

    /**
     * uk_webhook_events_provider_event_id decides: of all transactions that claim one event, one holds the row (its own
     * insert, or the lock on the existing row) and the others wait here until it commits or rolls back. Nothing is
     * changed in an existing row; LAST_INSERT_ID(id) only tells the next statement which one it is.
     */
    private static final PreparedSql CLAIM = PreparedSql.of("""
            INSERT INTO webhook_events
                (provider, event_id, event_type, status, payload, payload_sha256, received_at, order_id, payment_id)
            VALUES (:provider, :eventId, :type, 'failed', :payload, :sha256, :now, :orderId, :paymentId)
            ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id)""");

    /** Primary key. Under the lock that CLAIM took, so nobody can change what is read. */
    private static final PreparedSql CLAIMED = PreparedSql.of("""
            SELECT id, provider, event_id, event_type, status, result, error, attempts, received_at, processed_at,
                   payload_sha256
            FROM webhook_events
            WHERE id = LAST_INSERT_ID()""");

    /**
     * Primary key, under the lock that CLAIM took. A mark that only this transaction has made: should it be rolled back
     * without anybody noticing, COMPLETE finds no row.
     */
    private static final PreparedSql BEGIN_ANOTHER_ATTEMPT =
            PreparedSql.of("UPDATE webhook_events SET attempts = attempts + 1 WHERE id = :id");

    /** Primary key, under the lock that CLAIM took. */
    private static final PreparedSql COMPLETE = PreparedSql.of("""
            UPDATE webhook_events
            SET status = :status, result = :result, error = NULL, error_cause = NULL, attempts = :attempts,
                order_id = :orderId, payment_id = :paymentId, processed_at = :now, next_attempt_at = NULL
            WHERE id = :id AND attempts = :expected""");

    /** Primary key, under the lock that CLAIM took. */
    private static final String FAIL = """
            UPDATE webhook_events
            SET status = :status, error = :error, error_cause = :cause, attempts = attempts + 1,
                next_attempt_at = :nextAttemptAt, order_id = :orderId, payment_id = :paymentId,
                dead_lettered_at = :deadSince
            WHERE id = :id""";

    /** Primary key, under the lock that CLAIM took. */
    private static final String DEAD_SINCE = "SELECT dead_lettered_at FROM webhook_events WHERE id = :id";

    /** uk_webhook_events_provider_event_id. */
    private static final String FLAG_OTHER_PAYLOAD = """
            UPDATE webhook_events SET other_payload_at = :now
            WHERE provider = :provider AND event_id = :eventId""";

    /** Primary key. */
    private static final String PAYLOAD = "SELECT payload FROM webhook_events WHERE id = :id";

    /** Primary key. Of the nodes that saw the event due at the same time, one moves it. */
    private static final String POSTPONE = """
            UPDATE webhook_events SET next_attempt_at = :until
            WHERE id = :id AND next_attempt_at = :seen""";

    private static final String RECORD_COLUMNS =
            "SELECT provider, event_id, event_type, status, result, error, attempts, received_at, processed_at, "
                    + "payload_sha256 FROM webhook_events ";

    /** uk_webhook_events_provider_event_id. A consistent read: it sees only what is committed and waits for nobody. */
    private static final String FIND = RECORD_COLUMNS + "WHERE provider = :provider AND event_id = :eventId";

    /** ix_webhook_events_event_id. */
    private static final String FIND_NEWEST = RECORD_COLUMNS
            + "FORCE INDEX (ix_webhook_events_event_id) WHERE event_id = :eventId ORDER BY id DESC LIMIT 1";

    /** ix_webhook_events_next_attempt_at. A consistent read; whoever tries an event claims it first. */
    private static final String DUE = """
            SELECT id, provider, event_id, next_attempt_at
            FROM webhook_events FORCE INDEX (ix_webhook_events_next_attempt_at)
            WHERE next_attempt_at <= :now AND status IN ('failed', 'dead_lettered')
                AND ((error_cause <=> :lateCause) OR COALESCE(id IN (<slow>), FALSE)) = :late
            ORDER BY next_attempt_at
            LIMIT :limit""";

    /**
     * Makes the event this transaction's own: its row is locked until commit or rollback, and created when it is new.
     *
     * @param now when the event was first received, should it be new
     */
    public Claim claim(Handle handle, WebhookEvent event, Instant now) {
        CLAIM.on(handle)
                .bind("provider", event.key().provider())
                .bind("eventId", event.key().eventId())
                .bind("type", event.type())
                .bind("payload", event.payload().bytes())
                .bind("sha256", event.payload().sha256())
                .bind("now", now)
                // Mostly what COMPLETE writes: the indexes have one entry of the row then, instead of one that it takes
                // back.
                .bind("orderId", event.fact().namedOrderId())
                .bind("paymentId", event.fact().namedPaymentId())
                .update();
        return CLAIMED.on(handle).one(row -> {
            EventRecord known = record(row, 2);
            boolean fresh = known.status() == EventStatus.FAILED && known.attempts() == 0;
            return new Claim(row.getLong(1), known, fresh);
        });
    }

    /** Begins another attempt at an event that was refused before. */
    public void beginAnotherAttempt(Handle handle, long rowId) {
        BEGIN_ANOTHER_ATTEMPT.on(handle).bind("id", rowId).update();
    }

    /**
     * Stores the result; from the commit on, the event is done.
     *
     * @return false when the claim is gone: the transaction was rolled back behind our back, and nothing was stored
     */
    public boolean complete(
            Handle handle, Claim claim, EventRecord done, @Nullable Long orderId, @Nullable String paymentId) {
        return COMPLETE.on(handle)
                        .bind("status", done.status().column())
                        .bind("result", done.resultJson())
                        .bind("attempts", done.attempts())
                        .bind("orderId", orderId)
                        .bind("paymentId", paymentId)
                        .bind("now", done.processedAt())
                        .bind("id", claim.rowId())
                        .bind("expected", claim.fresh() ? 0 : done.attempts())
                        .update()
                == 1;
    }

    /**
     * Records a refused attempt on a claimed row.
     *
     * @param nextAttemptAt when our own retrier tries again, or null for never
     * @param deadSince when it became a dead letter, or null while it is none
     * @param names what it names, so that people who look for an order or a payment find why it is missing there
     */
    public void fail(
            Handle handle,
            long rowId,
            EventStatus status,
            String error,
            @Nullable Instant nextAttemptAt,
            @Nullable Instant deadSince,
            Fact names) {
        int rows = handle.createUpdate(FAIL)
                .bind("status", status.column())
                .bind("error", error.length() > MAX_ERROR_LENGTH ? error.substring(0, MAX_ERROR_LENGTH) : error)
                .bind("cause", ErrorCause.of(error))
                .bind("nextAttemptAt", nextAttemptAt)
                .bind("deadSince", deadSince)
                .bind("orderId", names.namedOrderId())
                .bind("paymentId", names.namedPaymentId())
                .bind("id", rowId)
                .execute();
        if (rows != 1) {
            throw new IllegalStateException("event row " + rowId + " is not claimed by this transaction");
        }
    }

    /** When a claimed event became a dead letter; empty when it is none, or became one before that was written down. */
    public Optional<Instant> deadSince(Handle handle, long rowId) {
        return handle.createQuery(DEAD_SINCE)
                .bind("id", rowId)
                .map((row, context) -> Optional.ofNullable(UtcInstantColumns.read(row, "dead_lettered_at")))
                .one();
    }

    /**
     * Notes that another body came under the id of this event.
     *
     * @return whether the event is there
     */
    public boolean flagOtherPayload(Handle handle, EventKey key, Instant now) {
        return handle.createUpdate(FLAG_OTHER_PAYLOAD)
                        .bind("now", now)
                        .bind("provider", key.provider())
                        .bind("eventId", key.eventId())
                        .execute()
                == 1;
    }

    /** The first body of an event, or empty when it was purged. */
    public Optional<byte[]> payload(Handle handle, long rowId) {
        return handle.createQuery(PAYLOAD)
                .bind("id", rowId)
                .map((row, context) -> Optional.ofNullable(row.getBytes(1)))
                .one();
    }

    /** What is committed of an event. */
    public Optional<EventRecord> find(Handle handle, EventKey key) {
        return handle.createQuery(FIND)
                .bind("provider", key.provider())
                .bind("eventId", key.eventId())
                .map((row, context) -> record(row, 1))
                .findOne();
    }

    /** What is committed of the newest event with this id, whatever its provider. */
    public Optional<EventRecord> findNewest(Handle handle, String eventId) {
        return handle.createQuery(FIND_NEWEST)
                .bind("eventId", eventId)
                .map((row, context) -> record(row, 1))
                .findOne();
    }

    /** A failed event whose next attempt was due at the time. */
    public record Due(long rowId, EventKey key, Instant at) {}

    /**
     * Failed events that are due, the longest waiting first.
     *
     * @param late those whose handler did not end in time, and those that are said to be slow; else the others
     * @param slow rows of events that are known to take long
     */
    public List<Due> due(Handle handle, Instant now, boolean late, Collection<Long> slow, int limit) {
        return handle.createQuery(DUE)
                .bind("now", now)
                .bindList(EmptyHandling.NULL_KEYWORD, "slow", List.copyOf(slow))
                .bind("lateCause", ErrorCause.LATE)
                .bind("late", late)
                .bind("limit", limit)
                .map((row, context) -> new Due(
                        row.getLong("id"),
                        new EventKey(row.getString("provider"), row.getString("event_id")),
                        Objects.requireNonNull(UtcInstantColumns.read(row, "next_attempt_at"))))
                .list();
    }

    /**
     * Lets a due event wait longer.
     *
     * @return false when another node, or a delivery, was faster
     */
    public boolean postpone(Handle handle, Due due, Instant until) {
        return handle.createUpdate(POSTPONE)
                        .bind("until", until)
                        .bind("id", due.rowId())
                        .bind("seen", due.at())
                        .execute()
                == 1;
    }

    /**
     * Reads {@link #RECORD_COLUMNS}, by their positions: the driver makes an index of names for each answer.
     *
     * @param first position of the first of them
     */
    private static EventRecord record(ResultSet row, int first) throws SQLException {
        return new EventRecord(
                new EventKey(row.getString(first), row.getString(first + 1)),
                row.getString(first + 2),
                EventStatus.ofColumn(row.getString(first + 3)),
                row.getString(first + 4),
                row.getString(first + 5),
                row.getInt(first + 6),
                Objects.requireNonNull(UtcInstantColumns.read(row, first + 7)),
                UtcInstantColumns.read(row, first + 8),
                HexFormat.of().formatHex(row.getBytes(first + 9)));
    }
}
