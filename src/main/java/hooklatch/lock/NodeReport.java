package hooklatch.lock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.EventKey;
import hooklatch.domain.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node last told the others of itself. Immutable.
 *
 * @param clientId the part of a lock's holder that names the process; another one after each start
 * @param node its name, as configured
 * @param version of the product
 * @param lease of the locks it takes
 * @param inFlight deliveries in work
 * @param eventsWithoutLock processed without a lock since it started
 * @param left whether it said good-bye
 * @param silentFor time since it reported, on the clock of Redis
 * @param met locks of others that were in its way
 * @param overlooked how many further ones were, of which it does not tell more
 */
public record NodeReport(
        String clientId,
        String node,
        String version,
        Instant startedAt,
        Duration lease,
        int inFlight,
        long eventsWithoutLock,
        boolean left,
        Duration silentFor,
        List<LockBoard.Holding> held,
        List<Met> met,
        int overlooked) {
    private static final Logger log = LoggerFactory.getLogger(NodeReport.class);
    /** A node that reports once a second and has been silent for so long is taken for dead. */
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(3);

    public NodeReport {
        held = List.copyOf(held);
        met = List.copyOf(met);
    }

    /**
     * Somebody else's lock.
     *
     * @param type of the event, as far as who met it knows, or null
     * @param order the order that the event names, as it names it, or null
     */
    record Met(
            EventKey key, @Nullable String type, @Nullable String order) {}

    /** Whether the node is there. */
    public boolean isAlive() {
        return !left && silentFor.compareTo(LONGEST_SILENCE) <= 0;
    }

    /** As it is kept in Redis; the silence is not part of it. */
    String json() {
        ObjectNode report = Json.object();
        report.put("node", node)
                .put("version", version)
                .put("started_at", startedAt.toString())
                .put("lease_ms", lease.toMillis())
                .put("in_flight", inFlight)
                .put("without_lock", eventsWithoutLock)
                .put("left", left);
        ArrayNode holdings = report.putArray("held");
        for (LockBoard.Holding holding : held) {
            holdings.addObject()
                    .put("provider", holding.key().provider())
                    .put("event_id", holding.key().eventId())
                    .put("thread", holding.threadId())
                    .put("thread_name", holding.threadName())
                    .put("taken_at", holding.takenAt().toString())
                    .put("type", holding.type())
                    .put("order", holding.order());
        }
        ArrayNode keys = report.putArray("met");
        for (Met one : met) {
            keys.addObject()
                    .put("provider", one.key().provider())
                    .put("event_id", one.key().eventId())
                    .put("type", one.type())
                    .put("order", one.order());
        }
        report.put("overlooked", overlooked);
        return Json.write(report);
    }

    /** Reads what {@link #json()} wrote, perhaps by another version; empty when it is not that. */
    static Optional<NodeReport> read(String clientId, Duration silentFor, String json) {
        try {
            JsonNode report = Json.read(json);
            List<LockBoard.Holding> held = new ArrayList<>();
            for (JsonNode one : report.path("held")) {
                held.add(new LockBoard.Holding(
                        key(one),
                        one.path("thread").asLong(),
                        one.path("thread_name").asText(),
                        Instant.parse(one.path("taken_at").asText()),
                        textOrNull(one.path("type")),
                        textOrNull(one.path("order"))));
            }
            List<Met> met = new ArrayList<>();
            for (JsonNode one : report.path("met")) {
                met.add(new Met(key(one), textOrNull(one.path("type")), textOrNull(one.path("order"))));
            }
            return Optional.of(new NodeReport(
                    clientId,
                    report.path("node").asText(),
                    report.path("version").asText(),
                    Instant.parse(report.path("started_at").asText()),
                    Duration.ofMillis(report.path("lease_ms").asLong()),
                    report.path("in_flight").asInt(),
                    report.path("without_lock").asLong(),
                    report.path("left").asBoolean(),
                    silentFor,
                    held,
                    met,
                    report.path("overlooked").asInt()));
        } catch (IllegalArgumentException | DateTimeParseException e) {
            log.debug("a node's report is not ours and is left out: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private static EventKey key(JsonNode one) {
        return new EventKey(one.path("provider").asText(), one.path("event_id").asText());
    }

    private static @Nullable String textOrNull(JsonNode node) {
        return node.textValue();
    }

    /** The locks of several reports, each once. */
    static List<EventKey> keys(Collection<NodeReport> reports) {
        return reports.stream()
                .flatMap(report -> Stream.concat(
                        report.held().stream().map(LockBoard.Holding::key),
                        report.met().stream().map(Met::key)))
                .distinct()
                .toList();
    }
}
