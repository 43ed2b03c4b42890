package hooklatch.dev;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.testing.Samples;
import java.time.Instant;
import java.util.Locale;

/**
 * Builds the body of an event from the provider's sample of that kind, which has the members that a real one has, with ids
 * and amounts of its own.
 */
public final class SampleBody {

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * What the body speaks of.
     *
     * @param object id of the refund or dispute, where the type has one
     * @param minorUnits what this event announces
     * @param paidMinorUnits what the payment was
     */
    public record Content(
            String eventId,
            String order,
            String payment,
            String object,
            long minorUnits,
            long paidMinorUnits,
            String currency,
            Instant at) {}

    private SampleBody() {}

    /** The bytes that the provider would send; Stripe's are indented. */
    public static byte[] build(SampleProvider provider, SampleType type, Content content) {
        String name = type.sentAs(provider)
                .orElseThrow(() -> new IllegalArgumentException(provider + " has no event for " + type));
        JsonNode body = switch (provider) {
            case STRIPE -> stripe(type, name, content);
            case RAZORPAY -> razorpay(type, name, content);
            case STANDARD -> standard(type, name, content);
        };
        try {
            return (provider == SampleProvider.STRIPE ? JSON.writerWithDefaultPrettyPrinter() : JSON.writer())
                    .writeValueAsString(body)
                    .getBytes(UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree can always be written", e);
        }
    }

    private static JsonNode stripe(SampleType type, String name, Content content) {
        String file = switch (type) {
            case CHARGE_REFUNDED -> "charge.refunded.partial";
            case CHARGE_SUCCEEDED, CHARGE_CAPTURED -> "charge.succeeded.uncaptured";
            case CHARGE_REFUND_UPDATED -> "refund.updated";
            case CHECKOUT_COMPLETED -> "checkout.session.completed.unpaid";
            default -> name;
        };
        ObjectNode event = sample("stripe/" + file + ".json");
        event.put("id", content.eventId());
        event.put("type", name);
        event.put("created", content.at().getEpochSecond());
        event.put("livemode", false);
        ObjectNode object = object(event, "/data/object");
        object.put("created", content.at().getEpochSecond());
        object.put("currency", content.currency().toLowerCase(Locale.ROOT));
        object.put("amount", content.minorUnits());
        if (object.has("livemode")) {
            object.put("livemode", false);
        }
        String charge = "ch_of_" + content.payment();
        if (type.isRefund() || type.isDispute()) {
            object.put("payment_intent", content.payment());
            if (type == SampleType.CHARGE_REFUNDED) {
                object.put("id", charge);
                object.put("amount", content.paidMinorUnits());
                object.put("amount_captured", content.paidMinorUnits());
                object.put("amount_refunded", content.minorUnits());
                object.put("refunded", content.minorUnits() >= content.paidMinorUnits());
                object(object, "/metadata").put("order_id", content.order());
            } else {
                object.put("id", content.object());
                object.put("charge", charge);
                if (type == SampleType.REFUND_PENDING) {
                    object.put("status", "pending");
                }
            }
        } else if (type == SampleType.CHECKOUT_COMPLETED) {
            object.put("id", "cs_of_" + content.payment());
            object.put("payment_intent", content.payment());
            object.put("payment_status", "paid");
            object.put("client_reference_id", content.order());
            object.put("amount_total", content.minorUnits());
            object.put("amount_subtotal", content.minorUnits());
            object.remove("amount");
        } else if (type == SampleType.CHARGE_SUCCEEDED || type == SampleType.CHARGE_CAPTURED) {
            // A charge made without a PaymentIntent is the payment itself.
            object.put("id", content.payment());
            object.putNull("payment_intent");
            object.put("captured", true);
            object.put("amount_captured", content.minorUnits());
            object(object, "/metadata").put("order_id", content.order());
        } else {
            object.put("id", content.payment());
            object.put("amount_received", type == SampleType.PAYMENT_SUCCEEDED ? content.minorUnits() : 0);
            object.put("client_secret", content.payment() + "_secret_made_up");
            object(object, "/metadata").put("order_id", content.order());
            if (type == SampleType.PAYMENT_SUCCEEDED) {
                object.put("latest_charge", charge);
            }
        }
        return event;
    }

    private static JsonNode razorpay(SampleType type, String name, Content content) {
        String file = switch (type) {
            case REFUND_SUCCEEDED -> "refund.processed.partial";
            case REFUND_FAILED -> "refund.failed.refund-only";
            case DISPUTE_CLOSED, DISPUTE_LOST, DISPUTE_WON -> "payment.dispute.created";
            default -> name;
        };
        ObjectNode event = sample("razorpay/" + file + ".json");
        event.put("event", name);
        event.put("created_at", content.at().getEpochSecond());
        JsonNode payment = event.at("/payload/payment/entity");
        long paid = type.isRefund() || type.isDispute() ? content.paidMinorUnits() : content.minorUnits();
        if (payment instanceof ObjectNode entity) {
            entity.put("id", content.payment());
            entity.put("amount", paid);
            entity.put("currency", content.currency());
            entity.put("order_id", "order_of_" + content.payment());
            entity.put("created_at", content.at().getEpochSecond());
            object(entity, "/notes").put("order_id", content.order());
            if (event.at("/payload/order/entity") instanceof ObjectNode order) {
                order.put("id", "order_of_" + content.payment());
                order.put("amount", paid);
                order.put("amount_paid", paid);
                order.put("currency", content.currency());
                order.put("receipt", content.order());
                order.put("created_at", content.at().getEpochSecond());
            }
            if (entity.has("base_amount")) {
                entity.put("base_amount", paid);
            }
            if (type.isRefund()) {
                entity.put("amount_refunded", content.minorUnits());
                entity.put("refund_status", content.minorUnits() >= paid ? "full" : "partial");
            }
        }
        if (type.isRefund() || type.isDispute()) {
            ObjectNode object = object(event, type.isRefund() ? "/payload/refund/entity" : "/payload/dispute/entity");
            object.put("id", content.object());
            object.put("payment_id", content.payment());
            object.put("amount", content.minorUnits());
            object.put("currency", content.currency());
            object.put("created_at", content.at().getEpochSecond());
            if (type.isDisputeClosed()) {
                boolean won = type == SampleType.DISPUTE_WON;
                object.put("status", won ? "won" : type == SampleType.DISPUTE_LOST ? "lost" : "closed");
                object.put("amount_deducted", won ? 0 : content.minorUnits());
            }
        }
        return event;
    }

    private static JsonNode standard(SampleType type, String name, Content content) {
        boolean ofPayment = !type.isRefund() && !type.isDispute();
        ObjectNode event = sample(
                ofPayment ? "standard-webhooks/payment.succeeded.json" : "standard-webhooks/refund.succeeded.json");
        event.put("type", name);
        event.put("timestamp", content.at().toString());
        ObjectNode data = object(event, "/data");
        data.put("id", ofPayment ? content.payment() : content.object());
        data.put("order_id", content.order());
        data.put("amount_minor", content.minorUnits());
        data.put("currency", content.currency());
        data.put("livemode", false);
        if (!ofPayment) {
            data.put("payment_id", content.payment());
            data.remove("remaining_minor");
            data.remove("note");
        }
        if (type == SampleType.PAYMENT_FAILED) {
            data.put("error", "Your card was declined.");
        }
        if (type.isDispute()) {
            data.put("outcome", type == SampleType.DISPUTE_OPENED ? "needs_response" : "lost");
        }
        return event;
    }

    private static ObjectNode sample(String path) {
        try {
            return (ObjectNode) JSON.readTree(Samples.text(path));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The sample " + path + " is not JSON", e);
        }
    }

    private static ObjectNode object(JsonNode parent, String pointer) {
        if (parent.at(pointer) instanceof ObjectNode object) {
            return object;
        }
        throw new IllegalStateException("The sample has no object at " + pointer);
    }
}
