package hooklatch.dao;

import hooklatch.domain.CappedCount;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventStatus;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/**
 * Lists of events. Every statement walks one index in its order and stops after as many entries as it is told, so that it
 * costs by what is shown and never by what is stored: the index is named in the statement, lest a server with old statistics
 * choose another. Stateless.
 */
public final class EventListDao {
    /** An index whose entries of one value stand in the order of the list. */
    public enum Index {
        STATUS("ix_webhook_events_status", "status"),
        TYPE("ix_webhook_events_event_type", "event_type"),
        ORDER("ix_webhook_events_order_id", "order_id"),
        PAYMENT("ix_webhook_events_payment_id", "payment_id");

        private final String sqlName;
        private final String column;

        Index(String sqlName, String column) {
            this.sqlName = sqlName;
            this.column = column;
        }
    }

    /** The events of one value, newest first. */
    public record Range(Index index, String value) {}

    /** What an event of a range must be besides; empty lets all pass. */
    public record Residue(List<String> providers, List<EventStatus> statuses, List<String> types) {
        public static final Residue NONE = new Residue(List.of(), List.of(), List.of());

        public Residue {
            providers = List.copyOf(providers);
            statuses = List.copyOf(statuses);
            types = List.copyOf(types);
        }

        public boolean isEmpty() {
            return providers.isEmpty() && statuses.isEmpty() && types.isEmpty();
        }
    }

    /** A place in the list: events are ordered by the time they were received, those of one time by their row. */
    public record Position(Instant at, long rowId) implements Comparable<Position> {
        /** The older first. */
        @Override
        public int compareTo(Position other) {
            int byTime = at.compareTo(other.at);
            return byTime != 0 ? byTime : Long.compare(rowId, other.rowId);
        }

        /** The place right behind this one for somebody who comes from newer events: a stretch that ends there includes this. */
        public Position nextOlder() {
            return new Position(at, rowId - 1);
        }

        /** The place right before this one. */
        public Position nextNewer() {
            return new Position(at, rowId + 1);
        }
    }

    /** A stretch of the list, walked from one end. Both bounds are outside of it. */
    public record Stretch(Position newer, Position older, boolean newestFirst) {
        /** Everything from a time, inclusive, up to another, exclusive. */
        public static Stretch between(Instant from, Instant to) {
            return new Stretch(new Position(to, 0), new Position(from, 0), true);
        }
    }

    /** {index} as {@link Index} says. An equality on its first column, then its order. */
    private static final String STRETCH = """
            FROM webhook_events FORCE INDEX ({index})
            WHERE {column} = :value
              AND (received_at < :newerAt OR (received_at = :newerAt AND id < :newerId))
              AND (received_at > :olderAt OR (received_at = :olderAt AND id > :olderId))
            """;

    private static final String PLACES =
            "SELECT id, received_at " + STRETCH + "{residue}ORDER BY received_at {way}, id {way} LIMIT :limit";

    /** Skips within the index. */
    private static final String PLACE_BEHIND =
            "SELECT id, received_at " + STRETCH + "ORDER BY received_at {way}, id {way} LIMIT 1 OFFSET :offset";

    private static final String COUNT = "SELECT COUNT(*) FROM (SELECT 1 " + STRETCH + "LIMIT :limit) capped";

    /** Primary key. */
    private static final String ROWS = """
            SELECT id, provider, event_id, event_type, status, result, error, attempts, order_id, payment_id,
                   other_payload_at, received_at, processed_at
            FROM webhook_events FORCE INDEX (PRIMARY) WHERE id IN (<ids>)""";

    /** ix_webhook_events_event_id: as many as there are providers. */
    private static final String BY_EVENT_ID = "SELECT id, received_at FROM webhook_events WHERE event_id = :eventId";

    /** uk_webhook_events_provider_event_id. */
    private static final String BY_KEY =
            "SELECT id, received_at FROM webhook_events WHERE provider = :provider AND event_id = :eventId";

    /** ix_webhook_events_event_type: one entry of each type, by a question each. A GROUP BY may read the whole index. */
    private static final String NEXT_TYPE = """
            SELECT event_type FROM webhook_events FORCE INDEX (ix_webhook_events_event_type)
            WHERE event_type > :after ORDER BY event_type LIMIT 1""";

    /** uk_webhook_events_provider_event_id, in the same way. */
    private static final String NEXT_PROVIDER = """
            SELECT provider FROM webhook_events FORCE INDEX (uk_webhook_events_provider_event_id)
            WHERE provider > :after ORDER BY provider LIMIT 1""";

    /** The unique key of provider and id of each table. */
    private static final String PAYMENTS_OF = """
            SELECT payment_id FROM refunds WHERE provider IN (<providers>) AND refund_id = :id
            UNION SELECT payment_id FROM disputes WHERE provider IN (<providers>) AND dispute_id = :id
            UNION SELECT payment_id FROM payment_refs FORCE INDEX (PRIMARY) WHERE provider IN (<providers>) AND ref = :id""";

    /** uk_payments_provider_payment_id. */
    private static final String PAYMENT_IS_KNOWN =
            "SELECT COUNT(*) FROM payments WHERE provider IN (<providers>) AND payment_id = :id";

    /** ix_payments_order_id. */
    private static final String PAYMENTS_OF_ORDER =
            "SELECT DISTINCT payment_id FROM payments FORCE INDEX (ix_payments_order_id)"
                    + " WHERE order_id = :orderId LIMIT :limit";

    /** ix_webhook_deliveries_event: of one event, the oldest first and no more than are looked at. */
    private static final String DELIVERIES_OF_ONE = """
            (SELECT {n} AS n, outcome, duration_us
            FROM webhook_deliveries FORCE INDEX (ix_webhook_deliveries_event)
            WHERE provider = :provider{n} AND event_id = :eventId{n} ORDER BY id LIMIT :limit)""";

    /** Primary key, backwards: the log is written in the order of time. */
    private static final String DELIVERIES_BEFORE = """
            SELECT id, provider, event_id, received_at, outcome FROM webhook_deliveries
            WHERE id < :before ORDER BY id DESC LIMIT :limit""";

    /** ix_webhook_deliveries_event, backwards. */
    private static final String LATER_DUPLICATE = """
            SELECT outcome FROM webhook_deliveries FORCE INDEX (ix_webhook_deliveries_event)
            WHERE provider = :provider AND event_id = :eventId AND id > :after ORDER BY id DESC LIMIT :limit""";

    /** Primary key, backwards, over a bounded number of rows; the condition on the id only says where to begin. */
    private static final String COUNT_REJECTIONS = """
            SELECT COUNT(*) FROM (SELECT received_at FROM webhook_rejections WHERE id > 0 ORDER BY id DESC LIMIT :limit) newest
            WHERE received_at >= :from AND received_at < :to""";

    /** Primary key, backwards, over a bounded number of rows. */
    private static final String COUNT_DUPLICATES = """
            SELECT SUM(outcome = 'duplicate' AND received_at >= :from AND received_at < :to) AS duplicates,
                   COUNT(*) AS looked_at, MIN(received_at) AS oldest
            FROM (SELECT outcome, received_at FROM webhook_deliveries WHERE id > 0 ORDER BY id DESC LIMIT :limit) newest""";

    /** A row as it is stored, but for its body. */
    public record Row(
            long rowId,
            EventKey key,
            String type,
            EventStatus status,
            @Nullable String resultJson,
            @Nullable String error,
            int attempts,
            @Nullable Long orderId,
            @Nullable String paymentId,
            @Nullable Instant otherPayloadAt,
            Instant receivedAt,
            @Nullable Instant processedAt) {}

    /** One delivery of an event, as far as a list cares. */
    public record Delivered(String outcome, Duration duration) {}

    /** One delivery in the order of the log. */
    public record Logged(long rowId, EventKey key, Instant receivedAt, String outcome) {}

    /**
     * Duplicates among the newest rows of the delivery log.
     *
     * @param wholeRange whether the rows that were looked at reach back to the beginning of the range
     */
    public record Duplicates(long count, boolean wholeRange) {}

    private static String sql(String statement, Range range, Stretch stretch) {
        return statement
                .replace("{index}", range.index().sqlName)
                .replace("{column}", range.index().column)
                .replace("{way}", stretch.newestFirst() ? "DESC" : "ASC");
    }

    private static Query query(Handle handle, String sql, Range range, Stretch stretch) {
        Query query = handle.createQuery(sql)
                .bind("newerAt", stretch.newer().at())
                .bind("newerId", stretch.newer().rowId())
                .bind("olderAt", stretch.older().at())
                .bind("olderId", stretch.older().rowId());
        // As a number: a string against a BIGINT column would be compared as floating point.
        return range.index() == Index.ORDER
                ? query.bind("value", Long.parseLong(range.value()))
                : query.bind("value", range.value());
    }

    /** The first places of a stretch whose events pass. */
    public List<Position> places(Handle handle, Range range, Stretch stretch, Residue residue, int limit) {
        StringBuilder conditions = new StringBuilder();
        if (!residue.providers().isEmpty()) {
            conditions.append("  AND provider IN (<providers>)\n");
        }
        if (!residue.statuses().isEmpty()) {
            conditions.append("  AND status IN (<statuses>)\n");
        }
        if (!residue.types().isEmpty()) {
            conditions.append("  AND event_type IN (<types>)\n");
        }
        String sql = sql(PLACES, range, stretch).replace("{residue}", conditions);
        Query query = query(handle, sql, range, stretch).bind("limit", limit);
        if (!residue.providers().isEmpty()) {
            query.bindList("providers", residue.providers());
        }
        if (!residue.statuses().isEmpty()) {
            query.bindList(
                    "statuses",
                    residue.statuses().stream().map(EventStatus::column).toList());
        }
        if (!residue.types().isEmpty()) {
            query.bindList("types", residue.types());
        }
        return query.map((row, context) -> position(row)).list();
    }

    /** The place behind the first entries of a stretch, or empty when it has no more than those. */
    public Optional<Position> placeBehind(Handle handle, Range range, Stretch stretch, int entries) {
        return query(handle, sql(PLACE_BEHIND, range, stretch), range, stretch)
                .bind("offset", entries)
                .map((row, context) -> position(row))
                .findOne();
    }

    /** How many events a stretch has. */
    public CappedCount count(Handle handle, Range range, Stretch stretch, int cap) {
        long counted = query(handle, sql(COUNT, range, stretch), range, stretch)
                .bind("limit", cap + 1)
                .mapTo(Long.class)
                .one();
        return CappedCount.of(counted, cap);
    }

    private static Position position(ResultSet row) throws SQLException {
        return new Position(Objects.requireNonNull(UtcInstantColumns.read(row, "received_at")), row.getLong("id"));
    }

    /** The rows of these ids that are there, in no order. */
    public List<Row> rows(Handle handle, Collection<Long> ids) {
        if (ids.isEmpty()) {
            return List.of();
        }
        return handle.createQuery(ROWS)
                .bindList("ids", List.copyOf(ids))
                .map((row, context) -> row(row))
                .list();
    }

    static Row row(ResultSet row) throws SQLException {
        return new Row(
                row.getLong("id"),
                new EventKey(row.getString("provider"), row.getString("event_id")),
                row.getString("event_type"),
                EventStatus.ofColumn(row.getString("status")),
                row.getString("result"),
                row.getString("error"),
                row.getInt("attempts"),
                row.getObject("order_id", Long.class),
                row.getString("payment_id"),
                UtcInstantColumns.read(row, "other_payload_at"),
                Objects.requireNonNull(UtcInstantColumns.read(row, "received_at")),
                UtcInstantColumns.read(row, "processed_at"));
    }

    /** The places of the events with this id, of whatever provider. */
    public List<Position> byEventId(Handle handle, String eventId) {
        return handle.createQuery(BY_EVENT_ID)
                .bind("eventId", eventId)
                .map((row, context) -> position(row))
                .list();
    }

    /** The place of one event. */
    public Optional<Position> byKey(Handle handle, EventKey key) {
        return handle.createQuery(BY_KEY)
                .bind("provider", key.provider())
                .bind("eventId", key.eventId())
                .map((row, context) -> position(row))
                .findOne();
    }

    /** The types that are there, in the order of the alphabet, as many as are wanted. */
    public List<String> types(Handle handle, int limit) {
        return jump(handle, NEXT_TYPE, limit);
    }

    /** The providers that have events. */
    public List<String> providers(Handle handle, int limit) {
        return jump(handle, NEXT_PROVIDER, limit);
    }

    private static List<String> jump(Handle handle, String next, int limit) {
        List<String> found = new ArrayList<>();
        String after = "";
        while (found.size() < limit) {
            Optional<String> value = handle.createQuery(next)
                    .bind("after", after)
                    .mapTo(String.class)
                    .findOne();
            if (value.isEmpty()) {
                break;
            }
            after = value.get();
            found.add(after);
        }
        return found;
    }

    /** The payments that a refund, a dispute, a charge or a Razorpay order of this id belongs to. */
    public List<String> paymentsOf(Handle handle, List<String> providers, String id) {
        return handle.createQuery(PAYMENTS_OF)
                .bindList("providers", providers)
                .bind("id", id)
                .mapTo(String.class)
                .list();
    }

    /** Whether there is a payment of this id. */
    public boolean isPayment(Handle handle, List<String> providers, String id) {
        return handle.createQuery(PAYMENT_IS_KNOWN)
                        .bindList("providers", providers)
                        .bind("id", id)
                        .mapTo(Long.class)
                        .one()
                > 0;
    }

    /** The payments of an order. */
    public List<String> paymentsOfOrder(Handle handle, long orderId, int limit) {
        return handle.createQuery(PAYMENTS_OF_ORDER)
                .bind("orderId", orderId)
                .bind("limit", limit)
                .mapTo(String.class)
                .list();
    }

    /**
     * The first deliveries of each event, in one round trip.
     *
     * @param limit of each event
     * @return a list for each key, in the order of the keys
     */
    public List<List<Delivered>> deliveries(Handle handle, List<EventKey> keys, int limit) {
        List<List<Delivered>> all = new ArrayList<>();
        if (keys.isEmpty()) {
            return all;
        }
        List<String> parts = new ArrayList<>();
        for (int n = 0; n < keys.size(); n++) {
            all.add(new ArrayList<>());
            parts.add(DELIVERIES_OF_ONE.replace("{n}", Integer.toString(n)));
        }
        Query query = handle.createQuery(String.join("\nUNION ALL ", parts)).bind("limit", limit);
        for (int n = 0; n < keys.size(); n++) {
            query.bind("provider" + n, keys.get(n).provider())
                    .bind("eventId" + n, keys.get(n).eventId());
        }
        query.map((row, context) -> {
                    all.get(row.getInt("n"))
                            .add(new Delivered(
                                    row.getString("outcome"), Duration.ofNanos(row.getLong("duration_us") * 1_000)));
                    return 0;
                })
                .list();
        return all;
    }

    /** Rows of the delivery log before the given one, the newest first. */
    public List<Logged> logBefore(Handle handle, long before, int limit) {
        return handle.createQuery(DELIVERIES_BEFORE)
                .bind("before", before)
                .bind("limit", limit)
                .map((row, context) -> new Logged(
                        row.getLong("id"),
                        new EventKey(row.getString("provider"), row.getString("event_id")),
                        Objects.requireNonNull(UtcInstantColumns.read(row, "received_at")),
                        row.getString("outcome")))
                .list();
    }

    /** Whether one of the newest deliveries of an event, behind the given row, is a duplicate. */
    public boolean hasLaterDuplicate(Handle handle, EventKey key, long after, int limit) {
        return handle.createQuery(LATER_DUPLICATE)
                .bind("provider", key.provider())
                .bind("eventId", key.eventId())
                .bind("after", after)
                .bind("limit", limit)
                .mapTo(String.class)
                .list()
                .contains("duplicate");
    }

    /** Rejections within a time, among the newest. */
    public CappedCount rejections(Handle handle, Instant from, Instant to, int cap) {
        long counted = handle.createQuery(COUNT_REJECTIONS)
                .bind("limit", cap + 1)
                .bind("from", from)
                .bind("to", to)
                .mapTo(Long.class)
                .one();
        return CappedCount.of(counted, cap);
    }

    /** Duplicates within a time, among the newest deliveries. */
    public Duplicates duplicates(Handle handle, Instant from, Instant to, int lookedAt) {
        return handle.createQuery(COUNT_DUPLICATES)
                .bind("limit", lookedAt)
                .bind("from", from)
                .bind("to", to)
                .map((row, context) -> {
                    Instant oldest = UtcInstantColumns.read(row, "oldest");
                    boolean whole = row.getLong("looked_at") < lookedAt || oldest == null || oldest.isBefore(from);
                    return new Duplicates(row.getLong("duplicates"), whole);
                })
                .one();
    }
}
