package hooklatch.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
    private static LatencyHistogram of(Integer... millis) {
        LatencyHistogram.Counting counting = new LatencyHistogram.Counting();
        for (int ms : millis) {
            counting.add(Duration.ofMillis(ms));
        }
        return counting.toHistogram();
    }

    @Test
    void aDurationAtABoundBelongsToTheBucketThatEndsThere() {
        assertThat(of(1, 2).counts()).startsWith(1, 1, 0);
        assertThat(of(10_000, 10_001).counts()).endsWith(1, 1);
    }

    @Test
    void percentilesLieInTheBucketOfTheirDeliveryAndNeverBeyondTheSlowest() {
        LatencyHistogram hundred = LatencyHistogram.EMPTY;
        for (int i = 1; i <= 100; i++) {
            hundred = hundred.plus(of(i));
        }
        assertThat(hundred.percentile(0.5)).isEqualTo(Duration.ofMillis(50));
        assertThat(hundred.percentile(0.95)).isBetween(Duration.ofMillis(90), Duration.ofMillis(100));
        assertThat(of(30).percentile(0.99)).isLessThanOrEqualTo(Duration.ofMillis(30));
        assertThat(of(60_000).percentile(1)).isEqualTo(Duration.ofSeconds(60));
        assertThat(hundred.percentile(1)).isEqualTo(hundred.slowest());
    }

    @Test
    void ofNothingEverythingIsZero() {
        assertThat(LatencyHistogram.EMPTY.total()).isZero();
        assertThat(LatencyHistogram.EMPTY.percentile(0.5)).isZero();
    }
}
