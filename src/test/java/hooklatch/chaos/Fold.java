package hooklatch.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a set of events adds up to, computed from their bodies after "Facts and state" of {@code src/docs/contract.md} and
 * the table of {@code src/docs/providers.md}. Shares no class with the product's own derivation, and cannot know in which
 * order anything arrived.
 */
final class Fold {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PENDING = "pending";
    private static final String FAILED = "failed";
    private static final String CANCELED = "canceled";
    private static final String COMPLETED = "completed";
    private static final String SUCCEEDED = "succeeded";
    private static final Map<String, Integer> PAYMENT_RANK = Map.of(PENDING, 0, FAILED, 1, CANCELED, 2, COMPLETED, 3);
    private static final Map<String, Integer> REFUND_RANK = Map.of(PENDING, 0, SUCCEEDED, 1, FAILED, 2);

    /** A payment as the events tell of it; all of them, whatever their order. */
    static final class Payment {
        private @Nullable Long order;
        private String status = PENDING;
        private long paid;
        private long highestTotal;
        private final Map<String, String> refunds = new HashMap<>();
        private final Map<String, Long> refundAmounts = new HashMap<>();

        private void is(String told) {
            if (PAYMENT_RANK.getOrDefault(told, -1) > PAYMENT_RANK.getOrDefault(status, -1)) {
                status = told;
            }
        }

        private void refund(String id, String told, long amount) {
            refunds.merge(
                    id, told, (a, b) -> REFUND_RANK.getOrDefault(a, -1) > REFUND_RANK.getOrDefault(b, -1) ? a : b);
            refundAmounts.put(id, amount);
        }

        private long sum(String of) {
            return refunds.entrySet().stream()
                    .filter(refund -> refund.getValue().equals(of))
                    .mapToLong(refund -> refundAmounts.getOrDefault(refund.getKey(), 0L))
                    .sum();
        }

        /** All that was told to be refunded, of money that was paid or not. */
        long refunded() {
            return Math.max(sum(SUCCEEDED), highestTotal - sum(FAILED));
        }

        String status() {
            return status;
        }

        /** The order in the shop, when an event named it. */
        @Nullable
        Long order() {
            return order;
        }

        /** Minor units; 0 unless completed. */
        long paid() {
            return paid;
        }
    }

    private final Map<String, Payment> payments = new TreeMap<>();

    private Fold() {}

    static Fold of(Collection<ToldEvent> events) {
        Fold fold = new Fold();
        for (ToldEvent event : events) {
            if (event.handled()) {
                fold.add(event);
            }
        }
        return fold;
    }

    /** By provider and payment id, with a slash between. */
    Map<String, Payment> payments() {
        return payments;
    }

    /** The state of each order that an event named. */
    Map<Long, String> states() {
        Map<Long, long[]> sums = new TreeMap<>();
        Map<Long, String> states = new TreeMap<>();
        for (Payment payment : payments.values()) {
            Long order = payment.order();
            if (order == null) {
                continue;
            }
            long[] paidAndRefunded = sums.computeIfAbsent(order, o -> new long[2]);
            if (payment.status().equals(COMPLETED)) {
                paidAndRefunded[0] += payment.paid();
                paidAndRefunded[1] += payment.refunded();
                states.put(order, state(paidAndRefunded[0], paidAndRefunded[1]));
            } else if (!payment.status().equals(PENDING)) {
                states.putIfAbsent(order, "FAILED");
            } else {
                states.putIfAbsent(order, "PENDING");
            }
        }
        return states;
    }

    private static String state(long paid, long refunded) {
        if (refunded <= 0) {
            return "PAID";
        }
        return refunded >= paid ? "REFUNDED" : "PARTIALLY_REFUNDED";
    }

    private void add(ToldEvent event) {
        JsonNode body;
        try {
            body = JSON.readTree(new String(event.body().bytes(), StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an event that is no JSON", e);
        }
        switch (event.provider()) {
            case STRIPE -> stripe(body.path("type").asText(), body.at("/data/object"));
            case RAZORPAY -> razorpay(body.path("event").asText(), body.path("payload"));
            case STANDARD -> standard(body.path("type").asText(), body.path("data"));
        }
    }

    private Payment payment(String provider, JsonNode id) {
        if (!id.isTextual()) {
            throw new IllegalStateException("an event of " + provider + " names no payment");
        }
        return payments.computeIfAbsent(provider + "/" + id.textValue(), key -> new Payment());
    }

    private static void named(Payment payment, JsonNode order) {
        if (!order.isMissingNode() && !order.isNull()) {
            payment.order = order.asLong();
        }
    }

    private static void succeeded(Payment payment, JsonNode amount) {
        payment.is(COMPLETED);
        payment.paid = amount.asLong();
    }

    private void stripe(String type, JsonNode object) {
        boolean ofIntent = type.startsWith("payment_intent.");
        Payment payment = payment("stripe", object.path(ofIntent ? "id" : "payment_intent"));
        switch (type) {
            case "payment_intent.succeeded" -> succeeded(payment, object.path("amount_received"));
            case "payment_intent.payment_failed" -> payment.is(FAILED);
            case "payment_intent.canceled" -> payment.is(CANCELED);
            case "checkout.session.completed" -> named(payment, object.path("client_reference_id"));
            case "charge.refunded" ->
                payment.highestTotal = Math.max(
                        payment.highestTotal, object.path("amount_refunded").asLong());
            case "refund.created", "refund.updated", "refund.failed" -> {
                String status = type.equals("refund.failed")
                        ? FAILED
                        : object.path("status").asText();
                payment.refund(
                        object.path("id").asText(),
                        status,
                        object.path("amount").asLong());
            }
            case "charge.dispute.created", "charge.dispute.closed" -> {
                // Shown, never counted.
            }
            default -> throw new IllegalStateException("a type that the fold does not know: " + type);
        }
        if (ofIntent) {
            named(payment, object.at("/metadata/order_id"));
        }
    }

    private void razorpay(String type, JsonNode payload) {
        JsonNode entity = payload.at("/payment/entity");
        JsonNode refund = payload.at("/refund/entity");
        switch (type) {
            case "payment.captured", "order.paid", "payment.failed" -> {
                Payment payment = payment("razorpay", entity.path("id"));
                named(payment, entity.at("/notes/order_id"));
                if (type.equals("payment.failed")) {
                    payment.is(FAILED);
                } else {
                    succeeded(payment, entity.path("amount"));
                }
            }
            case "refund.created", "refund.processed", "refund.failed" -> {
                String status =
                        type.equals("refund.created") ? PENDING : type.equals("refund.processed") ? SUCCEEDED : FAILED;
                payment("razorpay", refund.path("payment_id"))
                        .refund(
                                refund.path("id").asText(),
                                status,
                                refund.path("amount").asLong());
            }
            case "payment.dispute.created", "payment.dispute.closed" ->
                payment("razorpay", payload.at("/dispute/entity/payment_id"));
            default -> throw new IllegalStateException("a type that the fold does not know: " + type);
        }
    }

    private void standard(String type, JsonNode data) {
        String word = type.substring(type.indexOf('.') + 1);
        if (type.startsWith("payment.")) {
            Payment payment = payment("standard", data.path("id"));
            named(payment, data.path("order_id"));
            if (word.equals(SUCCEEDED)) {
                succeeded(payment, data.path("amount_minor"));
            } else {
                payment.is(word);
            }
        } else if (type.startsWith("refund.")) {
            payment("standard", data.path("payment_id"))
                    .refund(
                            data.path("id").asText(),
                            word,
                            data.path("amount_minor").asLong());
        } else if (type.startsWith("dispute.")) {
            payment("standard", data.path("payment_id"));
        } else {
            throw new IllegalStateException("a type that the fold does not know: " + type);
        }
    }
}
