package hooklatch.domain;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * How long deliveries took, counted in buckets: of any number of them the same few numbers are kept, and they can be added
 * up. A percentile is an estimate within its bucket. Immutable.
 */
public final class LatencyHistogram {
    /** Upper ends of the buckets; one more takes what is longer. */
    public static final List<Duration> BOUNDS = List.of(
            Duration.ofMillis(1),
            Duration.ofMillis(2),
            Duration.ofMillis(5),
            Duration.ofMillis(10),
            Duration.ofMillis(25),
            Duration.ofMillis(50),
            Duration.ofMillis(100),
            Duration.ofMillis(250),
            Duration.ofMillis(500),
            Duration.ofSeconds(1),
            Duration.ofMillis(2500),
            Duration.ofMillis(4500),
            Duration.ofSeconds(10));

    public static final LatencyHistogram EMPTY = new LatencyHistogram(new long[BOUNDS.size() + 1], Duration.ZERO);

    private final long[] counts;
    private final Duration slowest;

    /**
     * @param counts one for each of {@link #BOUNDS}, not cumulative, and one for what is longer
     * @param slowest the longest of all
     */
    public LatencyHistogram(long[] counts, Duration slowest) {
        if (counts.length != BOUNDS.size() + 1) {
            throw new IllegalArgumentException("as many counts as buckets");
        }
        this.counts = counts.clone();
        this.slowest = slowest;
    }

    /** Counts one delivery after another; for one thread. */
    public static final class Counting {
        private final long[] counts = new long[BOUNDS.size() + 1];
        private Duration slowest = Duration.ZERO;

        public void add(Duration duration) {
            int bucket = 0;
            while (bucket < BOUNDS.size() && duration.compareTo(BOUNDS.get(bucket)) > 0) {
                bucket++;
            }
            counts[bucket]++;
            if (duration.compareTo(slowest) > 0) {
                slowest = duration;
            }
        }

        /** What was counted so far. */
        public LatencyHistogram toHistogram() {
            return new LatencyHistogram(counts, slowest);
        }
    }

    public LatencyHistogram plus(LatencyHistogram other) {
        long[] sum = counts.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += other.counts[i];
        }
        return new LatencyHistogram(sum, slowest.compareTo(other.slowest) >= 0 ? slowest : other.slowest);
    }

    public long[] counts() {
        return counts.clone();
    }

    public Duration slowest() {
        return slowest;
    }

    public long total() {
        return Arrays.stream(counts).sum();
    }

    /**
     * The time within which the given share was done, as if the durations in a bucket were spread evenly; never more than
     * the slowest.
     *
     * @param share above 0, at most 1
     */
    public Duration percentile(double share) {
        double wanted = total() * share;
        double before = 0;
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0 && before + counts[i] >= wanted) {
                Duration from = i == 0 ? Duration.ZERO : BOUNDS.get(i - 1);
                Duration to = i < BOUNDS.size() && BOUNDS.get(i).compareTo(slowest) < 0 ? BOUNDS.get(i) : slowest;
                double within = (wanted - before) / counts[i];
                return from.plusNanos(Math.round(to.minus(from).toNanos() * within));
            }
            before += counts[i];
        }
        return Duration.ZERO;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LatencyHistogram that
                && Arrays.equals(counts, that.counts)
                && slowest.equals(that.slowest);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(counts);
    }

    @Override
    public String toString() {
        return "LatencyHistogram" + Arrays.toString(counts) + ", slowest " + slowest;
    }
}
