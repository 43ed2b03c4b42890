package hooklatch.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
    private static final Instant NOW = Instant.parse("2026-11-27T12:00:00Z");
    private static final RetryPolicy POLICY = new RetryPolicy(8, Duration.ofHours(4));
    private final Random random = new Random(1);

    @Test
    void aFailedEventIsTriedAfterTwoSecondsDoublingToFiveMinutesLessUpToAQuarter() {
        List<Integer> seconds = List.of(2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300);
        for (int refusals = 0; refusals < seconds.size(); refusals++) {
            Duration longest = Duration.ofSeconds(seconds.get(refusals));
            for (int i = 0; i < 100; i++) {
                Instant next = POLICY.nextAttempt(refusals, null, NOW, random);
                assertThat(Duration.between(NOW, next))
                        .as("after %s refusals", refusals + 1)
                        .isBetween(longest.multipliedBy(3).dividedBy(4), longest);
            }
        }
    }

    @Test
    void manyThatFailTogetherDoNotComeBackTogether() {
        assertThat(java.util.stream.IntStream.range(0, 100)
                        .mapToObj(i -> Objects.requireNonNull(POLICY.nextAttempt(5, null, NOW, random)))
                        .distinct())
                .hasSizeGreaterThan(90);
    }

    @Test
    void aDeadLetterIsTriedEveryHourForThreeDaysAndThenNoMore() {
        int tries = 0;
        Instant at = NOW;
        for (Instant next = at; next != null; tries++) {
            at = next;
            next = POLICY.nextAttempt(9 + tries, NOW, at, random);
        }
        assertThat(tries).isBetween(72, 72 * 4 / 3 + 1);
        assertThat(at).isAfterOrEqualTo(NOW.plus(Duration.ofDays(3)));
    }
}
