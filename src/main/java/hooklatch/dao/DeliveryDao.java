package hooklatch.dao;

import hooklatch.domain.Attempt;
import hooklatch.domain.Delivery;
import hooklatch.domain.Rejection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;

/**
 * The tables {@code webhook_deliveries}, {@code webhook_attempts} and {@code webhook_rejections}: written in batches, only ever
 * appended to. Stateless.
 */
public final class DeliveryDao {
    private static final String INSERT_DELIVERY = """
            INSERT INTO webhook_deliveries
                (provider, event_id, received_at, outcome, http_status, duration_us, node, lock_wait_ms)""";

    private static final RowsInsert<Written> DELIVERIES = new RowsInsert<>(INSERT_DELIVERY, 8, DeliveryDao::set);

    private static final String INSERT_ATTEMPT = """
            INSERT INTO webhook_attempts
                (provider, event_id, started_at, origin, replay_id, outcome, duration_us, node)
            VALUES (:provider, :eventId, :startedAt, :origin, :replayId, :outcome, :durationUs, :node)""";

    private static final String INSERT_REJECTION = """
            INSERT INTO webhook_rejections
                (provider, received_at, cause, http_status, body_bytes, source_address, node)
            VALUES (:provider, :receivedAt, :cause, :httpStatus, :bodyBytes, :sourceAddress, :node)""";

    private static final long NANOS_PER_MICRO = 1_000;

    private record Written(Delivery delivery, String node) {}

    /** Appends deliveries in the order given. */
    public void addDeliveries(Handle handle, List<Delivery> deliveries, String node) {
        try {
            DELIVERIES.execute(
                    handle,
                    deliveries.stream()
                            .map(delivery -> new Written(delivery, node))
                            .toList());
        } catch (SQLException e) {
            throw new UnableToExecuteStatementException(e, null);
        }
    }

    private static void set(PreparedStatement row, int first, Written written) throws SQLException {
        Delivery delivery = written.delivery();
        row.setString(first, delivery.key().provider());
        row.setString(first + 1, delivery.key().eventId());
        row.setString(first + 2, UtcInstantArguments.text(delivery.receivedAt()));
        row.setString(first + 3, delivery.outcome());
        row.setInt(first + 4, delivery.httpStatus());
        row.setLong(first + 5, delivery.duration().toNanos() / NANOS_PER_MICRO);
        row.setString(first + 6, written.node());
        Duration lockWait = delivery.lockWait();
        if (lockWait == null) {
            row.setNull(first + 7, Types.INTEGER);
        } else {
            row.setInt(first + 7, Math.toIntExact(lockWait.toMillis()));
        }
    }

    /** Appends retries and replays in the order given. */
    public void addAttempts(Handle handle, List<Attempt> attempts, String node) {
        if (attempts.isEmpty()) {
            return;
        }
        PreparedBatch batch = handle.prepareBatch(INSERT_ATTEMPT);
        for (Attempt attempt : attempts) {
            batch.bind("provider", attempt.key().provider())
                    .bind("eventId", attempt.key().eventId())
                    .bind("startedAt", attempt.startedAt())
                    .bind("origin", attempt.origin().column())
                    .bind("replayId", attempt.replayId())
                    .bind("outcome", attempt.outcome())
                    .bind("durationUs", attempt.duration().toNanos() / NANOS_PER_MICRO)
                    .bind("node", node)
                    .add();
        }
        batch.execute();
    }

    /** Appends rejections in the order given. */
    public void addRejections(Handle handle, List<Rejection> rejections, String node) {
        if (rejections.isEmpty()) {
            return;
        }
        PreparedBatch batch = handle.prepareBatch(INSERT_REJECTION);
        for (Rejection rejection : rejections) {
            batch.bind("provider", rejection.provider())
                    .bind("receivedAt", rejection.receivedAt())
                    .bind("cause", rejection.cause())
                    .bind("httpStatus", rejection.httpStatus())
                    .bind("bodyBytes", rejection.bodyBytes())
                    .bind("sourceAddress", rejection.sourceAddress())
                    .bind("node", node)
                    .add();
        }
        batch.execute();
    }
}
