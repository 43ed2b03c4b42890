package hooklatch.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PaceTest {
    private final AtomicInteger tooSlow = new AtomicInteger();
    private final Pace pace = new Pace(Duration.ofMillis(250), 3, tooSlow::incrementAndGet);

    private void answered(long askedAtMillis, long cameAtMillis) {
        pace.answered(
                Duration.ofMillis(askedAtMillis).toNanos(),
                Duration.ofMillis(cameAtMillis).toNanos());
    }

    @Test
    void slowAnswersOneAfterTheOtherAreTooSlow() {
        answered(0, 550);
        answered(550, 1_100);
        assertThat(tooSlow).hasValue(0);
        answered(1_100, 1_650);
        assertThat(tooSlow).hasValue(1);
    }

    @Test
    void answersThatWereWaitedForAtTheSameTimeAreOne() {
        for (int i = 0; i < 50; i++) {
            answered(i, 500);
        }
        answered(499, 800);
        assertThat(tooSlow).hasValue(0);
    }

    @Test
    void twoPausesAreNotEnough() {
        for (int i = 0; i < 50; i++) {
            answered(i, 500);
            answered(501 + i, 1_001);
        }
        assertThat(tooSlow).hasValue(0);
    }

    @Test
    void aQuickAnswerBeginsAnew() {
        answered(0, 250);
        answered(250, 500);
        answered(500, 749);
        answered(750, 1_000);
        answered(1_000, 1_250);
        assertThat(tooSlow).hasValue(0);
        answered(1_250, 1_500);
        assertThat(tooSlow).hasValue(1);
    }

    @Test
    void theCountBeginsAnewAfterwards() {
        for (int i = 0; i < 5; i++) {
            answered(300L * i, 300L * i + 300);
        }
        assertThat(tooSlow).hasValue(1);
        answered(1_500, 1_800);
        assertThat(tooSlow).hasValue(2);
    }
}
