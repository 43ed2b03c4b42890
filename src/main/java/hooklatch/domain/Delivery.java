package hooklatch.domain;

import java.time.Duration;
import java.time.Instant;

/**
 * One HTTP delivery of an event, as the delivery log keeps it.
 *
 * @param outcome {@link Outcome#label()}
 */
public record Delivery(EventKey key, Instant receivedAt, String outcome, int httpStatus, Duration duration) {}
