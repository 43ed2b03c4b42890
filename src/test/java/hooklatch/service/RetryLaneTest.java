package hooklatch.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import hooklatch.domain.EventKey;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RetryLaneTest {
    private static final Duration LONGEST_TURN = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofSeconds(20);

    private final CountDownLatch end = new CountDownLatch(1);
    private final RetryLane lane = new RetryLane("lane-of-a-test", 1, LONGEST_TURN);
    private final AtomicInteger ended = new AtomicInteger();

    @AfterEach
    void close() throws InterruptedException {
        end.countDown();
        lane.close();
        assertThat(lane.awaitEnd(LONG)).isTrue();
    }

    private void stuck(RetryLane.Turn turn) {
        assertThat(turn.at(new EventKey("stripe", "evt_stuck"))).isTrue();
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        assertThat(turn.at(new EventKey("stripe", "evt_next")))
                .as("its place was given away")
                .isFalse();
        ended.incrementAndGet();
    }

    @Test
    void whoTakesLongerThanAnyTurnLosesItsPlaceAndNobodyElseDoes() {
        assertThat(lane.begin(this::stuck, LONG)).isTrue();
        assertThat(lane.begin(turn -> ended.incrementAndGet(), Duration.ZERO))
                .as("before that time")
                .isFalse();

        assertThat(lane.begin(turn -> ended.incrementAndGet(), LONGEST_TURN.multipliedBy(5)))
                .isTrue();
        await().until(() -> ended.get() == 1);
        assertThat(lane.begin(turn -> ended.incrementAndGet(), LONG)).isTrue();
        await().until(() -> ended.get() == 2);

        end.countDown();
        await("the first comes back, and stops").until(() -> ended.get() == 3);
        // The place that it lost is not given back twice.
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        assertThat(lane.begin(
                        turn -> {
                            taken.countDown();
                            awaitLatch(goOn);
                        },
                        LONG))
                .isTrue();
        awaitLatch(taken);
        assertThat(lane.begin(turn -> ended.incrementAndGet(), Duration.ZERO)).isFalse();
        goOn.countDown();
    }

    @Test
    void onlySoManyThreadsAreLeftBehind() {
        int begun = 0;
        while (lane.begin(this::stuck, LONGEST_TURN.multipliedBy(5))) {
            begun++;
            assertThat(begun).isLessThan(100);
        }
        assertThat(begun).isEqualTo(RetryLane.MOST_LEFT + 2);

        end.countDown();
        int all = begun;
        await("they come back").until(() -> ended.get() == all);
        await("it goes on").until(() -> lane.begin(turn -> ended.incrementAndGet(), Duration.ZERO));
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
