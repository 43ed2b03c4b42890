package hooklatch.dao;

import hooklatch.domain.EventKey;
import hooklatch.domain.EventStatus;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** The table {@code webhook_events}, of which only a few words are wanted. Stateless. */
public final class EventBriefDao {
    private static final int CHUNK = 100;

    /** uk_webhook_events_provider_event_id, in one range for each event asked for. Consistent: it waits for nobody. */
    private static final String FIND = "SELECT provider, event_id, event_type, status, order_id FROM webhook_events"
            + " FORCE INDEX (uk_webhook_events_provider_event_id) WHERE ";

    /** ix_webhook_events_status; stops at the limit. */
    private static final String COUNT_UP_TO = """
            SELECT COUNT(*) FROM (SELECT 1 FROM webhook_events WHERE status = :status LIMIT :limit) AS some""";

    /** What is committed of an event, in short. */
    public record Brief(
            EventKey key,
            String type,
            EventStatus status,
            @Nullable Long orderId) {}

    /** The events that are known; the others are missing. */
    public Map<EventKey, Brief> find(Handle handle, Collection<EventKey> keys) {
        Map<EventKey, Brief> found = new HashMap<>();
        List<EventKey> all = List.copyOf(keys);
        for (int from = 0; from < all.size(); from += CHUNK) {
            findChunk(handle, all.subList(from, Math.min(from + CHUNK, all.size())), found);
        }
        return found;
    }

    private static void findChunk(Handle handle, List<EventKey> keys, Map<EventKey, Brief> found) {
        List<String> conditions = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            conditions.add("(provider = :provider" + i + " AND event_id = :eventId" + i + ")");
        }
        Query query = handle.createQuery(FIND + String.join(" OR ", conditions));
        for (int i = 0; i < keys.size(); i++) {
            query.bind("provider" + i, keys.get(i).provider())
                    .bind("eventId" + i, keys.get(i).eventId());
        }
        query.map((row, context) -> {
                    long order = row.getLong("order_id");
                    Long orderId = row.wasNull() ? null : Long.valueOf(order);
                    return new Brief(
                            new EventKey(row.getString("provider"), row.getString("event_id")),
                            row.getString("event_type"),
                            EventStatus.ofColumn(row.getString("status")),
                            orderId);
                })
                .forEach(brief -> found.put(brief.key(), brief));
    }

    /** How many events have the status, counted up to a limit. */
    public long countUpTo(Handle handle, EventStatus status, int limit) {
        return handle.createQuery(COUNT_UP_TO)
                .bind("status", status.column())
                .bind("limit", limit)
                .mapTo(Long.class)
                .one();
    }
}
