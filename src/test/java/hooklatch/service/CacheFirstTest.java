package hooklatch.service;

import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.eventOf;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.domain.Fact;
import hooklatch.testing.SettableClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheFirstTest {
    private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");
    private static final Fact PAYMENT = succeeded("pi_1", 42, 4999);

    private final SettableClock clock = new SettableClock(NOON);
    private final CacheFirst cacheFirst = new CacheFirst(clock);

    /** Providers tell whole seconds, and their clocks are theirs. */
    @ParameterizedTest
    @ValueSource(ints = {-10, -1, 0, 1, 10})
    void ofNewsNobodyIsAsked(int secondsAgo) {
        assertThat(cacheFirst.isWorthAskingOf(eventOf(NOON.minusSeconds(secondsAgo), "evt_1", PAYMENT)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {-3_600, -11, 11, 300})
    void ofWhatHappenedLongerAgoOrByAnotherClockTheCacheIsAsked(int secondsAgo) {
        assertThat(cacheFirst.isWorthAskingOf(eventOf(NOON.minusSeconds(secondsAgo), "evt_1", PAYMENT)))
                .isTrue();
    }

    @Test
    void anyInstantMayBeSaid() {
        assertThat(cacheFirst.isWorthAskingOf(eventOf(Instant.MIN, "evt_1", PAYMENT)))
                .isTrue();
        assertThat(cacheFirst.isWorthAskingOf(eventOf(Instant.MAX, "evt_1", PAYMENT)))
                .isTrue();
    }

    @Test
    void ofWhatDoesNotSayWhenItHappenedTheCacheIsAsked() {
        assertThat(cacheFirst.isWorthAskingOf(event("evt_1", PAYMENT))).isTrue();
    }

    @Test
    void afterAReasonItIsAskedOfNewsForAWhile() {
        cacheFirst.askForAWhile();
        assertThat(cacheFirst.isWorthAskingOf(eventOf(clock.instant(), "evt_1", PAYMENT)))
                .isTrue();

        clock.advance(CacheFirst.A_WHILE.minus(Duration.ofMillis(1)));
        assertThat(cacheFirst.isWorthAskingOf(eventOf(clock.instant(), "evt_1", PAYMENT)))
                .isTrue();

        clock.advance(Duration.ofMillis(1));
        assertThat(cacheFirst.isWorthAskingOf(eventOf(clock.instant(), "evt_1", PAYMENT)))
                .isFalse();
    }
}
