package hooklatch.service.events;

import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.dao.EventListDao;
import hooklatch.dao.EventListDao.Delivered;
import hooklatch.dao.EventListDao.Position;
import hooklatch.dao.EventListDao.Row;
import hooklatch.domain.CappedCount;
import hooklatch.domain.EventSummary;
import hooklatch.domain.Json;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Makes lines of places: what is stored of an event, and what its deliveries say. Thread-safe. */
final class EventLines {
    /** Of a storm of duplicates a line says no more than that there are this many. */
    static final int DELIVERIES_OF_A_LINE = 100;

    private final EventListDao dao;

    EventLines(EventListDao dao) {
        this.dao = dao;
    }

    /** The lines of these places, in their order. One that retention deleted meanwhile is not there any more. */
    List<EventSummary> at(Handle handle, List<Position> places) {
        Map<Long, Row> byId = new HashMap<>();
        dao.rows(handle, places.stream().map(Position::rowId).distinct().toList())
                .forEach(row -> byId.put(row.rowId(), row));
        List<Row> rows = places.stream()
                .map(place -> byId.get(place.rowId()))
                .flatMap(Stream::ofNullable)
                .toList();
        List<List<Delivered>> deliveries =
                dao.deliveries(handle, rows.stream().map(Row::key).toList(), DELIVERIES_OF_A_LINE + 1);
        List<EventSummary> lines = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            lines.add(summary(rows.get(i), deliveries.get(i)));
        }
        return lines;
    }

    /** Of a result that somebody else's handler wrote, what has the form that ours have. */
    static EventSummary summary(Row row, List<Delivered> deliveries) {
        JsonNode result = row.resultJson() == null ? Json.object() : Json.read(row.resultJson());
        JsonNode amount = result.path("amount");
        BigDecimal major = amount.isNumber() ? amount.decimalValue() : null;
        long duplicates =
                deliveries.stream().filter(d -> d.outcome().equals("duplicate")).count();
        return new EventSummary(
                row.rowId(),
                row.key(),
                row.type(),
                row.status(),
                row.orderId(),
                row.paymentId(),
                major,
                result.path("currency").textValue(),
                row.attempts(),
                duration(deliveries),
                new CappedCount(duplicates, deliveries.size() > DELIVERIES_OF_A_LINE),
                row.receivedAt(),
                row.processedAt(),
                ShownReason.ofNullable(row.error()),
                result.path("message").textValue(),
                row.otherPayloadAt());
    }

    private static @Nullable Duration duration(List<Delivered> deliveries) {
        Duration refused = null;
        for (Delivered delivered : deliveries) {
            switch (delivered.outcome()) {
                case "processed" -> {
                    return delivered.duration();
                }
                case "failed", "dead_lettered" -> refused = delivered.duration();
                default -> {
                    // Answered without a run of the handler.
                }
            }
        }
        return refused;
    }
}
