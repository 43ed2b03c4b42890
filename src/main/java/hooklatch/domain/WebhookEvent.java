package hooklatch.domain;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A verified, readable event. Immutable; the JSON tree must not be changed.
 *
 * @param key provider and event id
 * @param type the provider's name for what happened, {@code unknown} when the body has none, at most 255 characters
 * @param createdAt when the provider says it happened, or null; never used for ordering
 * @param payload the body as it was signed
 * @param body the same, parsed
 * @param identifiedByBody true when the signature does not cover the event id: then the same body is the same event,
 *     whatever id it comes with
 * @param fact what it announces
 */
public record WebhookEvent(
        EventKey key,
        String type,
        @Nullable Instant createdAt,
        Payload payload,
        JsonNode body,
        boolean identifiedByBody,
        Fact fact) {

    /** Longest event type that is kept, in characters. */
    public static final int MAX_TYPE_LENGTH = 255;

    /** The same event under the id that its body was first seen with. */
    public WebhookEvent as(EventKey first) {
        return new WebhookEvent(first, type, createdAt, payload, body, identifiedByBody, fact);
    }
}
