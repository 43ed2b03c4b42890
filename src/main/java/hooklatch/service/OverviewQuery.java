package hooklatch.service;

import hooklatch.dao.Database;
import hooklatch.dao.EventBriefDao;
import hooklatch.dao.RejectionDao;
import hooklatch.dao.RollupDao;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventStatus;
import hooklatch.domain.LatencyHistogram;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** How it goes: from sums that the delivery log keeps, so that it costs the same whatever the traffic was. Thread-safe. */
public final class OverviewQuery {
    /** Counts of what needs somebody stop here: 1,000 or more. */
    public static final int COUNTED_UP_TO = 1_000;

    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final Set<String> FAILURES = Set.of("failed", "dead_lettered", "unavailable", "error");

    private final Database database;
    private final Clock clock;
    private final RollupDao rollups = new RollupDao();
    private final RejectionDao rejections = new RejectionDao();
    private final EventBriefDao events = new EventBriefDao();

    public OverviewQuery(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** The times that can be looked at, each in stretches that fit a chart. */
    public enum Range {
        HOUR(Duration.ofHours(1), Duration.ofMinutes(1), RollupDao.Span.MINUTE),
        DAY(Duration.ofDays(1), Duration.ofMinutes(15), RollupDao.Span.MINUTE),
        WEEK(Duration.ofDays(7), Duration.ofHours(2), RollupDao.Span.HOUR);

        private final Duration length;
        private final Duration barWidth;
        private final RollupDao.Span span;

        Range(Duration length, Duration barWidth, RollupDao.Span span) {
            this.length = length;
            this.barWidth = barWidth;
            this.span = span;
        }

        public Duration length() {
            return length;
        }

        public Duration barWidth() {
            return barWidth;
        }

        int bars() {
            return (int) length.dividedBy(barWidth);
        }
    }

    /**
     * One bar of the chart.
     *
     * @param deliveries by outcome; outcomes that did not happen are missing
     */
    public record Bar(Instant from, Map<String, Long> deliveries) {
        public long total() {
            return deliveries.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /**
     * What happened in a time.
     *
     * @param bars in the order of time, empty ones included; the last one is not over yet
     * @param deliveries by outcome
     * @param refused before processing
     * @param causes of these, the most frequent first
     * @param anyEver whether anything was ever delivered
     */
    public record Traffic(
            Range range,
            List<Bar> bars,
            Map<String, Long> deliveries,
            LatencyHistogram latency,
            long refused,
            List<RejectionDao.CauseCount> causes,
            boolean anyEver) {
        public long total() {
            return deliveries.values().stream().mapToLong(Long::longValue).sum();
        }

        /** Deliveries that were answered with an error of ours or kept as dead letters. */
        public long failures() {
            return deliveries.entrySet().stream()
                    .filter(entry -> FAILURES.contains(entry.getKey()))
                    .mapToLong(Map.Entry::getValue)
                    .sum();
        }
    }

    /**
     * What waits for somebody, each counted up to {@link #COUNTED_UP_TO}.
     *
     * @param failed events that are tried again by themselves
     * @param deadLettered events that were given up
     */
    public record Waiting(long failed, long deadLettered) {}

    /**
     * What happened up to now.
     *
     * @throws hooklatch.dao.StorageException when MySQL cannot be asked
     */
    public Traffic traffic(Range range) {
        Instant to = clock.instant();
        // Bars begin at full minutes or hours; the last one is the one that now is in.
        Instant end = startOfBar(to, range).plus(range.barWidth());
        Instant from = end.minus(range.length());
        return database.inTransaction(Deadline.in(PATIENCE), handle -> {
            List<RollupDao.Bar> counted = rollups.bars(handle, range.span, from, end, range.barWidth());
            List<RejectionDao.CauseCount> causes = rejections.causes(handle, from, end);
            return new Traffic(
                    range,
                    bars(range, from, counted),
                    counted.stream()
                            .collect(Collectors.groupingBy(
                                    RollupDao.Bar::outcome,
                                    TreeMap::new,
                                    Collectors.summingLong(RollupDao.Bar::deliveries))),
                    rollups.latency(handle, range.span, from, end),
                    causes.stream().mapToLong(RejectionDao.CauseCount::refused).sum(),
                    causes,
                    !counted.isEmpty() || !causes.isEmpty() || rollups.isThereAny(handle));
        });
    }

    private static Instant startOfBar(Instant moment, Range range) {
        long width = range.barWidth().toSeconds();
        return Instant.ofEpochSecond(moment.getEpochSecond() / width * width);
    }

    private static List<Bar> bars(Range range, Instant from, List<RollupDao.Bar> counted) {
        Map<Integer, Map<String, Long>> byNumber = counted.stream()
                .collect(Collectors.groupingBy(
                        RollupDao.Bar::number,
                        Collectors.toMap(RollupDao.Bar::outcome, RollupDao.Bar::deliveries, Long::sum, TreeMap::new)));
        return IntStream.range(0, range.bars())
                .mapToObj(i -> new Bar(
                        from.plus(range.barWidth().multipliedBy(i)), Map.copyOf(byNumber.getOrDefault(i, Map.of()))))
                .toList();
    }

    /**
     * What waits for somebody.
     *
     * @throws hooklatch.dao.StorageException when MySQL cannot be asked
     */
    public Waiting waiting() {
        return database.inTransaction(
                Deadline.in(PATIENCE),
                handle -> new Waiting(
                        events.countUpTo(handle, EventStatus.FAILED, COUNTED_UP_TO),
                        events.countUpTo(handle, EventStatus.DEAD_LETTERED, COUNTED_UP_TO)));
    }
}
