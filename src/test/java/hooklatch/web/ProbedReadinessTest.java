package hooklatch.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ProbedReadinessTest {
    private static final ProbedReadiness.Probe UP = Optional::empty;

    @Test
    void manyQuestionsAskTheDependencyOnce() {
        AtomicInteger asked = new AtomicInteger();
        try (ProbedReadiness readiness = new ProbedReadiness(
                () -> {
                    asked.incrementAndGet();
                    return Optional.empty();
                },
                UP,
                Optional::empty,
                Clock.systemUTC())) {
            for (int i = 0; i < 100; i++) {
                assertThat(readiness.report().mysql().up()).isTrue();
            }
            assertThat(asked).hasValueLessThan(5);
        }
    }

    @Test
    void probeThatHangsCountsAsDownAndIsNotStartedTwice() throws Exception {
        CountDownLatch hanging = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        try (ProbedReadiness readiness = new ProbedReadiness(
                () -> {
                    asked.incrementAndGet();
                    hanging.await();
                    return Optional.empty();
                },
                UP,
                Optional::empty,
                Clock.systemUTC())) {
            for (int i = 0; i < 3; i++) {
                Readiness.Report report = readiness.report();
                assertThat(report.mysql().up()).isFalse();
                assertThat(report.mysql().reason()).isEqualTo("no answer");
                assertThat(report.redis().up()).isTrue();
            }
            assertThat(asked).hasValue(1);
            hanging.countDown();
            await().untilAsserted(
                            () -> assertThat(readiness.report().mysql().up()).isTrue());
        }
    }

    @Test
    void sinceIsWhenTheStateWasFirstSeen() throws Exception {
        try (ProbedReadiness readiness = new ProbedReadiness(
                () -> {
                    throw new IOException("db.internal:3306 refused root");
                },
                UP,
                Optional::empty,
                Clock.systemUTC())) {
            Readiness.Dependency first = readiness.report().mysql();
            assertThat(first.reason()).isEqualTo("unreachable");
            await().pollDelay(Duration.ofMillis(1100))
                    .untilAsserted(() -> assertThat(readiness.report().mysql()).isEqualTo(first));
        }
    }
}
