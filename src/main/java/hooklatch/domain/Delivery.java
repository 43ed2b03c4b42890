package hooklatch.domain;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP delivery of an event, as the delivery log keeps it.
 *
 * @param outcome {@link Outcome#label()}
 * @param lockWait how long it waited for its event's lock, or for the request of the same node that had it, in vain or
 *     not; null when it needed neither
 */
public record Delivery(
        EventKey key,
        Instant receivedAt,
        String outcome,
        int httpStatus,
        Duration duration,
        @Nullable Duration lockWait) {}
