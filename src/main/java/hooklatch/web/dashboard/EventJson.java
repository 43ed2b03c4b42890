package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import hooklatch.dao.EventDetailDao;
import hooklatch.domain.EventSummary;
import hooklatch.domain.Json;
import hooklatch.domain.StatusAnswer;
import hooklatch.service.events.EventDetail;
import hooklatch.service.events.EventPage;
import hooklatch.service.events.PayloadMask;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Events as JSON. */
final class EventJson {
    private EventJson() {}

    static ObjectNode page(EventPage page) {
        ObjectNode answer = Json.object();
        ArrayNode events = answer.putArray("events");
        page.events().forEach(event -> put(events.addObject(), event));
        return answer.put("next", page.older());
    }

    private static ObjectNode put(ObjectNode node, EventSummary event) {
        node.put("provider", event.key().provider())
                .put("event_id", event.key().eventId())
                .put("event_type", event.type())
                .put("status", event.status().column())
                .put("order_id", event.orderId())
                .put("payment_id", event.paymentId())
                .put("amount", event.amount())
                .put("currency", event.currency())
                .put("attempts", event.attempts());
        Duration duration = event.duration();
        if (duration == null) {
            node.putNull("duration_ms");
        } else {
            node.put("duration_ms", millis(duration));
        }
        return node.put("received_at", StatusAnswer.time(event.receivedAt()))
                .put("processed_at", time(event.processedAt()))
                .put("error", event.error());
    }

    private static long millis(Duration duration) {
        return Math.round(duration.toNanos() / 1e6);
    }

    private static @Nullable String time(@Nullable Instant time) {
        return time == null ? null : StatusAnswer.time(time);
    }

    /** What handlers say may repeat what the provider said, people's data included. */
    private static JsonNode masked(String result) {
        return PayloadMask.masked(result.getBytes(StandardCharsets.UTF_8))
                .map(Json::read)
                .orElseGet(NullNode::getInstance);
    }

    /** An event with everything on its page; personal data in payload and result is masked. */
    static ObjectNode detail(EventDetail detail, Visitor visitor) {
        ObjectNode answer = put(Json.object(), detail.line());
        String result = detail.resultJson();
        answer.set("result", result == null ? answer.nullNode() : masked(result));
        answer.put("next_attempt_at", time(detail.nextAttemptAt()))
                .put("other_payload_at", time(detail.line().otherPayloadAt()))
                .put("node", detail.node())
                .put("being_processed", detail.working());
        String body = detail.body().text();
        // As it is: a number of the sender's may be one that no writer writes, such as 1e99999.
        answer.putRawValue("payload", new RawValue(body == null ? "null" : body));
        answer.put(
                "payload_state",
                switch (detail.body().state()) {
                    case READABLE -> "masked";
                    case UNREADABLE -> "not_json";
                    case PURGED -> "purged";
                });
        ArrayNode deliveries = answer.putArray("deliveries");
        ArrayNode attempts = answer.putArray("attempts");
        for (EventDetailDao.LogRow row : detail.timeline().rows()) {
            if (row instanceof EventDetailDao.DeliveryRow delivery) {
                deliveries
                        .addObject()
                        .put("received_at", StatusAnswer.time(row.at()))
                        .put("outcome", row.outcome())
                        .put("http_status", delivery.httpStatus())
                        .put("duration_ms", millis(row.duration()))
                        .put(
                                "lock_wait_ms",
                                delivery.lockWait() == null
                                        ? null
                                        : delivery.lockWait().toMillis())
                        .put("node", row.node());
            } else if (row instanceof EventDetailDao.AttemptRow attempt) {
                ObjectNode node = attempts.addObject()
                        .put("started_at", StatusAnswer.time(row.at()))
                        .put("origin", attempt.origin().column())
                        .put("outcome", row.outcome())
                        .put("duration_ms", millis(row.duration()))
                        .put("node", row.node())
                        .put("replay", attempt.replayId())
                        .put("job", attempt.jobId());
                if (visitor.maySeePeople()) {
                    node.put("user", attempt.username());
                }
            }
        }
        answer.put("next_timeline", detail.timeline().later());
        ObjectNode effects = answer.putObject("effects");
        EventDetail.Effects rows = detail.effects();
        if (rows.payment() != null) {
            effects.putObject("payment")
                    .put("payment_id", rows.payment().paymentId())
                    .put("order_id", rows.payment().orderId())
                    .put("status", rows.payment().status())
                    .put("amount", rows.payment().amount())
                    .put("currency", rows.payment().currency());
        }
        ArrayNode refunds = effects.putArray("refunds");
        rows.refunds()
                .forEach(row -> refunds.addObject()
                        .put("refund_id", row.refundId())
                        .put("status", row.status())
                        .put("amount", row.amount())
                        .put("currency", row.currency()));
        if (rows.dispute() != null) {
            effects.putObject("dispute")
                    .put("dispute_id", rows.dispute().disputeId())
                    .put("status", rows.dispute().status())
                    .put("outcome", rows.dispute().outcome())
                    .put("amount", rows.dispute().amount())
                    .put("currency", rows.dispute().currency());
        }
        if (rows.order() != null) {
            effects.putObject("order")
                    .put("order_id", rows.order().id())
                    .put("state", rows.order().state())
                    .put("total_amount", rows.order().totalAmount());
        }
        return answer;
    }
}
