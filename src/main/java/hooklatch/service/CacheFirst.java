package hooklatch.service;

import hooklatch.domain.WebhookEvent;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * Tells whether the cache of all nodes is worth asking before an event is worked on. That is a round trip, and of what
 * happened a moment ago it mostly knows nothing. Either answer is right; without having asked, a node learns from the claim
 * that another one has done the event. Thread-safe.
 */
final class CacheFirst {
    /** How long ago, by the provider's clock, what is news may have happened. */
    static final Duration NEWS = Duration.ofSeconds(10);

    /** How long news are asked about after a reason to: where there is one duplicate, or one failure, there are more. */
    static final Duration A_WHILE = Duration.ofSeconds(10);

    private final Clock clock;
    private volatile Instant askedUntil = Instant.MIN;

    CacheFirst(Clock clock) {
        this.clock = clock;
    }

    /** Also of an event that does not say when it happened, or that says so by a clock far from ours. */
    boolean isWorthAskingOf(WebhookEvent event) {
        Instant happened = event.createdAt();
        Instant now = clock.instant();
        return happened == null
                || Duration.between(happened, now).abs().compareTo(NEWS) > 0
                || now.isBefore(askedUntil);
    }

    /** An event was claimed that had been done before, or MySQL did not tell. */
    void askForAWhile() {
        askedUntil = clock.instant().plus(A_WHILE);
    }
}
