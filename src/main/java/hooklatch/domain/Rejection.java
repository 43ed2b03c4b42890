package hooklatch.domain;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A delivery that was refused before processing.
 *
 * @param provider the path segment as it was asked for, at most 64 characters
 * @param cause a short stable word, for example {@code signature_mismatch} or {@code body_too_large}
 * @param bodyBytes bytes read, or null when none were
 * @param sourceAddress the peer's address, or null
 */
public record Rejection(
        String provider,
        Instant receivedAt,
        String cause,
        int httpStatus,
        @Nullable Long bodyBytes,
        @Nullable String sourceAddress) {}
