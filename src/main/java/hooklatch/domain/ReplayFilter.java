package hooklatch.domain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which events a group replay is about. What is null restricts nothing.
 *
 * @param statuses of those that can be replayed; never empty
 * @param cause {@link ErrorCause}
 * @param from first received at or after it
 * @param to first received before it
 */
public record ReplayFilter(
        Set<EventStatus> statuses,
        @Nullable String provider,
        @Nullable String type,
        @Nullable String cause,
        @Nullable Instant from,
        @Nullable Instant to) {
    /** What can be replayed at all. */
    public static final Set<EventStatus> REPLAYABLE =
            Set.of(EventStatus.FAILED, EventStatus.DEAD_LETTERED, EventStatus.SKIPPED);

    /** All that waits for its effect. */
    public static final Set<EventStatus> REFUSED = Set.of(EventStatus.FAILED, EventStatus.DEAD_LETTERED);

    public ReplayFilter {
        if (statuses.isEmpty() || !REPLAYABLE.containsAll(statuses)) {
            throw new IllegalArgumentException("not the statuses of a replay: " + statuses);
        }
        statuses = EnumSet.copyOf(statuses);
    }

    public static ReplayFilter ofCause(String cause) {
        return new ReplayFilter(REFUSED, null, null, cause, null, null);
    }

    /** Whether it restricts anything but the status: without that, nothing may be replayed as a group. */
    public boolean isSet() {
        return provider != null || type != null || cause != null || from != null || to != null;
    }

    public String toJson() {
        ObjectNode json = Json.object();
        ArrayNode names = json.putArray("status");
        statuses.forEach(status -> names.add(status.column()));
        json.put("provider", provider);
        json.put("type", type);
        json.put("cause", cause);
        json.put("from", from == null ? null : StatusAnswer.time(from));
        json.put("to", to == null ? null : StatusAnswer.time(to));
        return Json.write(json);
    }

    public static ReplayFilter ofJson(String text) {
        JsonNode json = Json.read(text);
        List<EventStatus> statuses = new ArrayList<>();
        json.path("status").forEach(name -> statuses.add(EventStatus.ofColumn(name.asText())));
        return new ReplayFilter(
                Set.copyOf(statuses),
                json.path("provider").textValue(),
                json.path("type").textValue(),
                json.path("cause").textValue(),
                time(json.path("from").textValue()),
                time(json.path("to").textValue()));
    }

    private static @Nullable Instant time(@Nullable String text) {
        return text == null ? null : Instant.parse(text);
    }
}
