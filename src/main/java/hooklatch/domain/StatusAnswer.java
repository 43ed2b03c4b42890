package hooklatch.domain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.POJONode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The status answer as JSON, as it is given to clients and kept in Redis. */
public final class StatusAnswer {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private StatusAnswer() {}

    /** The time as ISO 8601 in UTC with microseconds. */
    public static String time(Instant time) {
        return TIME.format(time);
    }

    /** The answer for an event that is in the database. */
    public static ObjectNode of(EventRecord event) {
        String result = event.resultJson();
        return of(event, result == null ? NullNode.getInstance() : Json.read(result));
    }

    /** The same, only to be written: the result is taken over as the text that it is. */
    public static ObjectNode toBeWritten(EventRecord event) {
        String result = event.resultJson();
        return of(event, result == null ? NullNode.getInstance() : new POJONode(new RawValue(result)));
    }

    private static ObjectNode of(EventRecord event, JsonNode result) {
        return answer(
                event.key().eventId(),
                event.key().provider(),
                event.type(),
                event.status().column(),
                result,
                event.error(),
                event.attempts(),
                event.receivedAt(),
                event.processedAt());
    }

    /** The answer for an event whose lock is held while no result is committed. */
    public static ObjectNode processing(EventKey key, @Nullable EventRecord soFar) {
        return soFar == null
                ? answer(key.eventId(), key.provider(), null, "processing", NullNode.getInstance(), null, 0, null, null)
                : answer(
                        key.eventId(),
                        key.provider(),
                        soFar.type(),
                        "processing",
                        NullNode.getInstance(),
                        null,
                        soFar.attempts(),
                        soFar.receivedAt(),
                        null);
    }

    /** The answer for an event that nobody knows. */
    public static ObjectNode unknown(String eventId, @Nullable String provider) {
        return answer(eventId, provider, null, "unknown", NullNode.getInstance(), null, 0, null, null);
    }

    private static ObjectNode answer(
            String eventId,
            @Nullable String provider,
            @Nullable String type,
            String status,
            JsonNode result,
            @Nullable String error,
            int attempts,
            @Nullable Instant receivedAt,
            @Nullable Instant processedAt) {
        ObjectNode answer = Json.object();
        answer.put("event_id", eventId);
        answer.put("provider", provider);
        answer.put("event_type", type);
        answer.put("status", status);
        answer.set("result", result);
        answer.put("error", error);
        answer.put("attempts", attempts);
        answer.put("received_at", receivedAt == null ? null : time(receivedAt));
        answer.put("processed_at", processedAt == null ? null : time(processedAt));
        return answer;
    }

    /**
     * The event that an answer speaks of.
     *
     * @param payloadSha256 of its first body, which an answer does not tell
     * @throws IllegalArgumentException when it is not the answer for an event that is in the database
     */
    public static EventRecord read(JsonNode answer, String payloadSha256) {
        try {
            JsonNode result = answer.required("result");
            return new EventRecord(
                    new EventKey(text(answer, "provider"), text(answer, "event_id")),
                    text(answer, "event_type"),
                    EventStatus.ofColumn(text(answer, "status")),
                    result.isNull() ? null : Json.write(result),
                    answer.required("error").textValue(),
                    answer.required("attempts").intValue(),
                    OffsetDateTime.parse(text(answer, "received_at")).toInstant(),
                    answer.required("processed_at").isNull()
                            ? null
                            : OffsetDateTime.parse(text(answer, "processed_at")).toInstant(),
                    payloadSha256);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("not a status answer", e);
        }
    }

    private static String text(JsonNode answer, String field) {
        String text = answer.required(field).textValue();
        if (text == null) {
            throw new IllegalArgumentException("not a status answer: " + field);
        }
        return text;
    }
}
