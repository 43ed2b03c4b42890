package hooklatch.domain;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an event: the status answer.
 *
 * @param resultJson the handler's result as compact JSON, exactly as first answered, or null while there is none
 * @param error why the last attempt was refused, or null
 * @param attempts runs of the handler
 * @param processedAt when the result was committed, or null
 * @param payloadSha256 of the first body, as lower-case hexadecimal digits
 */
public record EventRecord(
        EventKey key,
        String type,
        EventStatus status,
        @Nullable String resultJson,
        @Nullable String error,
        int attempts,
        Instant receivedAt,
        @Nullable Instant processedAt,
        String payloadSha256) {
    /** Whether the body is not the one that this event was first received with. */
    public boolean isOfAnotherBody(Payload body) {
        return !payloadSha256.equals(body.sha256Hex());
    }
}
