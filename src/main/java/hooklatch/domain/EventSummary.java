package hooklatch.domain;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One line of a list of events.
 *
 * @param rowId primary key
 * @param orderId the order that it changed, or that a refused event names; null when none is known
 * @param amount what the event announces, in major units; null when it has no result or its result has none
 * @param error why the last attempt was refused, or null
 * @param message why it was skipped, or null
 * @param duration of the delivery that had the effect, else of the last that was refused; null when the delivery log has
 *     neither (our own retries are no deliveries)
 * @param duplicates deliveries answered from an earlier result
 * @param otherPayloadAt when another body last came under its id, or null
 */
public record EventSummary(
        long rowId,
        EventKey key,
        String type,
        EventStatus status,
        @Nullable Long orderId,
        @Nullable String paymentId,
        @Nullable BigDecimal amount,
        @Nullable String currency,
        int attempts,
        @Nullable Duration duration,
        CappedCount duplicates,
        Instant receivedAt,
        @Nullable Instant processedAt,
        @Nullable String error,
        @Nullable String message,
        @Nullable Instant otherPayloadAt) {}
