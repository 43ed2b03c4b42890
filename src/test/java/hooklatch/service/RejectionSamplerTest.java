package hooklatch.service;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.domain.Rejection;
import hooklatch.domain.RejectionCount;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RejectionSamplerTest {
    private static final Instant MINUTE = Instant.parse("2026-01-01T12:00:00Z");
    private final RejectionSampler sampler = new RejectionSampler(Set.of("stripe", "razorpay"));

    private static Rejection rejection(String provider, Instant at, String cause, String address) {
        return new Rejection(provider, at, cause, 401, 10L, address);
    }

    private long admitted(int times, String provider, Instant at, String cause, String address) {
        return IntStream.range(0, times)
                .filter(i -> sampler.admit(rejection(provider, at, cause, address)))
                .count();
    }

    @Test
    void aFloodFromOneAddressIsCountedInFullAndKeptInPart() {
        assertThat(admitted(12_345, "stripe", MINUTE.plusSeconds(3), "signature_mismatch", "203.0.113.1"))
                .isEqualTo(5);
        assertThat(sampler.drain())
                .containsExactly(new RejectionCount(MINUTE, "stripe", "signature_mismatch", 12_345, 5));
        assertThat(sampler.drain()).as("counted once").isEmpty();
    }

    @Test
    void aFloodDoesNotHideOtherSendersCausesAndProviders() {
        admitted(1_000, "stripe", MINUTE, "signature_mismatch", "203.0.113.1");
        assertThat(admitted(1, "stripe", MINUTE, "signature_mismatch", "203.0.113.2"))
                .isEqualTo(1);
        assertThat(admitted(1, "stripe", MINUTE, "timestamp_too_old", "203.0.113.1"))
                .isEqualTo(1);
        assertThat(admitted(1, "razorpay", MINUTE, "signature_mismatch", "203.0.113.1"))
                .isEqualTo(1);
        assertThat(admitted(1, "stripe", MINUTE.plusSeconds(60), "signature_mismatch", "203.0.113.1"))
                .isEqualTo(1);
    }

    @Test
    void aFloodFromManyAddressesIsBoundedToo() {
        long kept = IntStream.range(0, 10_000)
                .filter(i -> sampler.admit(rejection("stripe", MINUTE, "signature_mismatch", "203.0.113." + i)))
                .count();
        assertThat(kept).isEqualTo(30);
    }

    @Test
    void namesThatNobodyKnowsAreOneKind() {
        for (int i = 0; i < 1_000; i++) {
            sampler.admit(rejection("guess-" + i, MINUTE, "unknown_provider", "203.0.113." + i));
        }
        assertThat(sampler.drain()).containsExactly(new RejectionCount(MINUTE, "other", "unknown_provider", 1_000, 30));
    }

    @Test
    void aMinuteThatIsOverIsForgottenOnceItsNumbersAreTold() {
        admitted(10, "stripe", MINUTE, "busy", "203.0.113.1");
        admitted(1, "stripe", MINUTE.plusSeconds(600), "busy", "203.0.113.1");
        assertThat(sampler.drain()).hasSize(2);
        // Had it not been forgotten, this address would have had its five.
        assertThat(admitted(1, "stripe", MINUTE, "busy", "203.0.113.1")).isEqualTo(1);
        assertThat(sampler.drain()).extracting(RejectionCount::refused).isEqualTo(List.of(1L));
    }
}
