package hooklatch.dao;

import hooklatch.domain.Delivery;
import hooklatch.domain.LatencyHistogram;
import hooklatch.domain.RejectionCount;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * The tables {@code webhook_rollups} and {@code webhook_rejection_minutes}: sums that grow with the delivery log, in its
 * transactions. Rows are written in the order of their key, so that two nodes cannot wait for each other. Stateless.
 */
public final class RollupDao {
    /** As the columns are named, in the order of {@link LatencyHistogram#BOUNDS}. */
    private static final List<String> BUCKETS = List.of(
            "to_1_ms",
            "to_2_ms",
            "to_5_ms",
            "to_10_ms",
            "to_25_ms",
            "to_50_ms",
            "to_100_ms",
            "to_250_ms",
            "to_500_ms",
            "to_1000_ms",
            "to_2500_ms",
            "to_4500_ms",
            "to_10000_ms",
            "longer");

    /** Primary key. Adds to what other nodes have written. */
    private static final String ADD = """
            INSERT INTO webhook_rollups
                (span_seconds, started_at, provider, outcome, deliveries, slowest_us, %s)
            VALUES (:span, :startedAt, :provider, :outcome, :deliveries, :slowestUs, %s)
            ON DUPLICATE KEY UPDATE deliveries = deliveries + VALUES(deliveries),
                slowest_us = GREATEST(slowest_us, VALUES(slowest_us)), %s""".formatted(
                    String.join(", ", BUCKETS),
                    BUCKETS.stream().map(bucket -> ":" + bucket).collect(Collectors.joining(", ")),
                    BUCKETS.stream()
                            .map(bucket -> bucket + " = " + bucket + " + VALUES(" + bucket + ")")
                            .collect(Collectors.joining(", ")));

    /** Primary key. Adds to what other nodes have written. */
    private static final String ADD_REJECTIONS = """
            INSERT INTO webhook_rejection_minutes (started_at, provider, cause, refused, kept)
            VALUES (:startedAt, :provider, :cause, :refused, :kept)
            ON DUPLICATE KEY UPDATE refused = refused + VALUES(refused), kept = kept + VALUES(kept)""";

    /** Primary key: a range of one span. */
    private static final String BARS = """
            SELECT TIMESTAMPDIFF(SECOND, :from, started_at) DIV :width AS bar, outcome, SUM(deliveries) AS deliveries
            FROM webhook_rollups FORCE INDEX (PRIMARY)
            WHERE span_seconds = :span AND started_at >= :from AND started_at < :to
            GROUP BY bar, outcome
            ORDER BY bar, outcome""";

    /** Primary key: a range of one span. */
    private static final String LATENCY = """
            SELECT COALESCE(MAX(slowest_us), 0) AS slowest_us, %s
            FROM webhook_rollups FORCE INDEX (PRIMARY)
            WHERE span_seconds = :span AND started_at >= :from AND started_at < :to""".formatted(BUCKETS.stream()
            .map(bucket -> "COALESCE(SUM(" + bucket + "), 0) AS " + bucket)
            .collect(Collectors.joining(", ")));

    /** Primary key: a range. */
    private static final String REFUSED = """
            SELECT COALESCE(SUM(refused), 0)
            FROM webhook_rejection_minutes FORCE INDEX (PRIMARY)
            WHERE started_at >= :from AND started_at < :to""";

    /** Primary key: the first row. */
    private static final String IS_THERE_ANY = "SELECT EXISTS (SELECT 1 FROM webhook_rollups)";

    private static final long NANOS_PER_MICRO = 1_000;

    /** The lengths of time that are summed up. */
    public enum Span {
        MINUTE(Duration.ofMinutes(1), ChronoUnit.MINUTES),
        HOUR(Duration.ofHours(1), ChronoUnit.HOURS);

        private final Duration length;
        private final ChronoUnit unit;

        Span(Duration length, ChronoUnit unit) {
            this.length = length;
            this.unit = unit;
        }

        public Duration length() {
            return length;
        }

        /** When the minute or hour of a moment began. */
        public Instant startOf(Instant moment) {
            return moment.truncatedTo(unit);
        }
    }

    private record Sum(Span span, Instant startedAt, String provider, String outcome) {
        Sum ofItsHour() {
            return new Sum(Span.HOUR, Span.HOUR.startOf(startedAt), provider, outcome);
        }
    }

    private static final Comparator<Sum> AS_THE_KEY = Comparator.comparing(Sum::span)
            .thenComparing(Sum::startedAt)
            .thenComparing(Sum::provider)
            .thenComparing(Sum::outcome);

    /** Adds the deliveries to their minutes and hours. */
    public void add(Handle handle, Collection<Delivery> deliveries) {
        if (deliveries.isEmpty()) {
            return;
        }
        Map<Sum, LatencyHistogram.Counting> minutes = new HashMap<>();
        for (Delivery delivery : deliveries) {
            Sum minute = new Sum(
                    Span.MINUTE,
                    Span.MINUTE.startOf(delivery.receivedAt()),
                    delivery.key().provider(),
                    delivery.outcome());
            minutes.computeIfAbsent(minute, any -> new LatencyHistogram.Counting())
                    .add(delivery.duration());
        }
        Map<Sum, LatencyHistogram> sums = new TreeMap<>(AS_THE_KEY);
        minutes.forEach((minute, counting) -> {
            LatencyHistogram latency = counting.toHistogram();
            sums.put(minute, latency);
            sums.merge(minute.ofItsHour(), latency, LatencyHistogram::plus);
        });
        PreparedBatch batch = handle.prepareBatch(ADD);
        sums.forEach((sum, latency) -> {
            batch.bind("span", sum.span().length().toSeconds())
                    .bind("startedAt", sum.startedAt())
                    .bind("provider", sum.provider())
                    .bind("outcome", sum.outcome())
                    .bind("deliveries", latency.total())
                    .bind("slowestUs", latency.slowest().toNanos() / NANOS_PER_MICRO);
            long[] counts = latency.counts();
            for (int i = 0; i < counts.length; i++) {
                batch.bind(BUCKETS.get(i), counts[i]);
            }
            batch.add();
        });
        batch.execute();
    }

    /** Adds to the minutes of rejections, in the order of their key. */
    public void addRejections(Handle handle, List<RejectionCount> counts) {
        if (counts.isEmpty()) {
            return;
        }
        PreparedBatch batch = handle.prepareBatch(ADD_REJECTIONS);
        for (RejectionCount count : counts) {
            batch.bind("startedAt", count.minute())
                    .bind("provider", count.provider())
                    .bind("cause", count.cause())
                    .bind("refused", count.refused())
                    .bind("kept", count.kept())
                    .add();
        }
        batch.execute();
    }

    /**
     * Deliveries of one outcome in one stretch of time.
     *
     * @param number of the stretch, from 0
     */
    public record Bar(int number, String outcome, long deliveries) {}

    /** Deliveries by outcome, in stretches of equal width from a beginning. */
    public List<Bar> bars(Handle handle, Span span, Instant from, Instant to, Duration width) {
        return handle.createQuery(BARS)
                .bind("span", span.length().toSeconds())
                .bind("from", from)
                .bind("to", to)
                .bind("width", width.toSeconds())
                .map((row, context) -> new Bar(row.getInt("bar"), row.getString("outcome"), row.getLong("deliveries")))
                .list();
    }

    /** How long the deliveries took. */
    public LatencyHistogram latency(Handle handle, Span span, Instant from, Instant to) {
        return handle.createQuery(LATENCY)
                .bind("span", span.length().toSeconds())
                .bind("from", from)
                .bind("to", to)
                .map((row, context) -> histogram(row))
                .one();
    }

    private static LatencyHistogram histogram(ResultSet row) throws SQLException {
        long[] counts = new long[BUCKETS.size()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = row.getLong(BUCKETS.get(i));
        }
        return new LatencyHistogram(counts, Duration.of(row.getLong("slowest_us"), ChronoUnit.MICROS));
    }

    /** How many deliveries were refused before processing. */
    public long refused(Handle handle, Instant from, Instant to) {
        return handle.createQuery(REFUSED)
                .bind("from", from)
                .bind("to", to)
                .mapTo(Long.class)
                .one();
    }

    /** Whether any delivery was ever summed up. */
    public boolean isThereAny(Handle handle) {
        return Objects.requireNonNull(
                handle.createQuery(IS_THERE_ANY).mapTo(Boolean.class).one());
    }
}
