package hooklatch.domain;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP delivery of an event, as the delivery log keeps it.
 *
 * @param outcome {@link Outcome#label()}
 * @param lockWait how long it waited for another request's work on the same event, or null when it did not
 */
public record Delivery(
        EventKey key,
        Instant receivedAt,
        String outcome,
        int httpStatus,
        Duration duration,
        @Nullable Duration lockWait) {}
