package hooklatch.dao;

import hooklatch.domain.RejectionCount;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** The tables {@code webhook_rejections} and {@code webhook_rejection_minutes}, as people read them. Stateless. */
public final class RejectionDao {
    private static final String COLUMNS =
            "SELECT id, provider, received_at, cause, http_status, body_bytes, source_address, node"
                    + " FROM webhook_rejections FORCE INDEX (ix_webhook_rejections{index}_time) WHERE ";

    /** Of one row, or of the newest that is older: the order of every index that is used. */
    private static final String BEFORE_CURSOR =
            "(received_at < :cursorAt OR (received_at = :cursorAt AND id < :cursorId)) AND received_at <= :cursorAt";

    /** Primary key, in one range for each row asked for. */
    private static final String COUNTS =
            "SELECT started_at, provider, cause, refused, kept FROM webhook_rejection_minutes FORCE INDEX (PRIMARY)"
                    + " WHERE ";

    /** Primary key: a range. The kinds of a minute are few. */
    private static final String CAUSES = """
            SELECT cause, SUM(refused) AS refused
            FROM webhook_rejection_minutes FORCE INDEX (PRIMARY)
            WHERE started_at >= :from AND started_at < :to
            GROUP BY cause
            ORDER BY refused DESC, cause""";

    /**
     * Which rejections are wanted; what is null does not matter.
     *
     * @param provider as it was asked for
     * @param to exclusive
     */
    public record Filter(
            @Nullable String cause,
            @Nullable String provider,
            @Nullable Instant from,
            @Nullable Instant to) {}

    /** Where a page begins: behind this row. */
    public record Cursor(Instant receivedAt, long id) {}

    /** One refused delivery. */
    public record Row(
            long id,
            String provider,
            Instant receivedAt,
            String cause,
            int httpStatus,
            @Nullable Long bodyBytes,
            @Nullable String sourceAddress,
            String node) {
        public Cursor cursor() {
            return new Cursor(receivedAt, id);
        }
    }

    /**
     * A page of rejections, the newest first. Served by {@code ix_webhook_rejections_time}, {@code …_cause_time},
     * {@code …_provider_time} or {@code …_provider_cause_time}, the one that fits the filter, in its order.
     *
     * @param after null for the first page
     */
    public List<Row> page(Handle handle, Filter filter, @Nullable Cursor after, int limit) {
        List<String> conditions = new ArrayList<>();
        if (filter.cause() != null) {
            conditions.add("cause = :cause");
        }
        if (filter.provider() != null) {
            conditions.add("provider = :provider");
        }
        // Always, so that the index is entered at a place of its own and read from there.
        conditions.add("received_at >= :from");
        if (filter.to() != null) {
            conditions.add("received_at < :to");
        }
        if (after != null) {
            conditions.add(BEFORE_CURSOR);
        }
        Query query = handle.createQuery(COLUMNS.replace("{index}", index(filter)) + String.join(" AND ", conditions)
                        + " ORDER BY received_at DESC, id DESC LIMIT :limit")
                .bind("from", filter.from() == null ? Instant.EPOCH : filter.from());
        if (filter.cause() != null) {
            query.bind("cause", filter.cause());
        }
        if (filter.provider() != null) {
            query.bind("provider", filter.provider());
        }
        if (filter.to() != null) {
            query.bind("to", filter.to());
        }
        if (after != null) {
            query.bind("cursorAt", after.receivedAt()).bind("cursorId", after.id());
        }
        return query.bind("limit", limit).map((row, context) -> row(row)).list();
    }

    /** Named, as the server may take one that only finds the cause, and read all of it that is newer than the page. */
    private static String index(Filter filter) {
        return (filter.provider() == null ? "" : "_provider") + (filter.cause() == null ? "" : "_cause");
    }

    private static Row row(ResultSet row) throws SQLException {
        long bytes = row.getLong("body_bytes");
        boolean noBytes = row.wasNull();
        return new Row(
                row.getLong("id"),
                row.getString("provider"),
                Objects.requireNonNull(UtcInstantColumns.read(row, "received_at")),
                row.getString("cause"),
                row.getInt("http_status"),
                noBytes ? null : Long.valueOf(bytes),
                row.getString("source_address"),
                row.getString("node"));
    }

    /** A minute of one kind of rejections. */
    public record Minute(Instant startedAt, String provider, String cause) {}

    /** What was counted in the minutes given; a minute without a count is missing. */
    public List<RejectionCount> counts(Handle handle, Collection<Minute> minutes) {
        Set<Minute> distinct = new LinkedHashSet<>(minutes);
        if (distinct.isEmpty()) {
            return List.of();
        }
        List<String> conditions = new ArrayList<>();
        for (int i = 0; i < distinct.size(); i++) {
            conditions.add("(started_at = :at" + i + " AND provider = :provider" + i + " AND cause = :cause" + i + ")");
        }
        Query query = handle.createQuery(COUNTS + String.join(" OR ", conditions));
        int i = 0;
        for (Minute minute : distinct) {
            query.bind("at" + i, minute.startedAt())
                    .bind("provider" + i, minute.provider())
                    .bind("cause" + i, minute.cause());
            i++;
        }
        return query.map((row, context) -> new RejectionCount(
                        Objects.requireNonNull(UtcInstantColumns.read(row, "started_at")),
                        row.getString("provider"),
                        row.getString("cause"),
                        row.getLong("refused"),
                        row.getLong("kept")))
                .list();
    }

    /** How many were refused for one cause. */
    public record CauseCount(String cause, long refused) {}

    /** All causes of a time with their numbers, the most frequent first. */
    public List<CauseCount> causes(Handle handle, Instant from, Instant to) {
        return handle.createQuery(CAUSES)
                .bind("from", from)
                .bind("to", to)
                .map((row, context) -> new CauseCount(row.getString("cause"), row.getLong("refused")))
                .list();
    }
}
