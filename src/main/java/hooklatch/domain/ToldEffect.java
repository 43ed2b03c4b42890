package hooklatch.domain;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a stored result says that its event did, where it is a result of the built-in handlers. Results of others, and
 * those of the Node design, tell nothing that could be checked.
 *
 * @param status how far the payment, refund or dispute had come, as it is stored
 * @param paymentId the payment; the charge where nobody had said yet whose it is
 * @param factId of a refund or dispute; null for a payment and for a charge's total
 * @param amount what the event announces, in major units, or null
 * @param changed whether the event added something to an order's facts
 */
public record ToldEffect(
        Kind kind,
        String status,
        @Nullable Long orderId,
        String paymentId,
        @Nullable String factId,
        @Nullable BigDecimal amount,
        @Nullable String currency,
        boolean changed) {

    /** What kind of fact it speaks of. */
    public enum Kind {
        PAYMENT,
        REFUND,
        CHARGE_TOTAL,
        DISPUTE
    }

    private static final List<String> REFUND_CLIMB = List.of("pending", "succeeded", "failed");

    /** The statuses of each kind of fact, in the order in which they are climbed. */
    private static final Map<Kind, List<String>> CLIMBS = Map.of(
            Kind.PAYMENT,
            List.of("pending", "failed", "canceled", "completed"),
            Kind.REFUND,
            REFUND_CLIMB,
            Kind.CHARGE_TOTAL,
            REFUND_CLIMB,
            Kind.DISPUTE,
            List.of("open", "closed"));

    private record Action(Kind kind, String status) {}

    private static final Map<String, Action> ACTIONS = Map.of(
            "payment_success", new Action(Kind.PAYMENT, "completed"),
            "payment_failed", new Action(Kind.PAYMENT, "failed"),
            "payment_canceled", new Action(Kind.PAYMENT, "canceled"),
            "refund_pending", new Action(Kind.REFUND, "pending"),
            "refund_processed", new Action(Kind.REFUND, "succeeded"),
            "refund_failed", new Action(Kind.REFUND, "failed"),
            "dispute_opened", new Action(Kind.DISPUTE, "open"),
            "dispute_closed", new Action(Kind.DISPUTE, "closed"));

    /** A checkout that bound a payment to its order says so without an action. */
    private static final Action BOUND = new Action(Kind.PAYMENT, "pending");

    /** Whether a fact of the status has come at least as far as another status. */
    public static boolean reaches(Kind kind, String status, String other) {
        List<String> climb = CLIMBS.getOrDefault(kind, List.of());
        return climb.indexOf(status) >= climb.indexOf(other);
    }

    /** What a stored result tells; empty when it is none of the built-in handlers' or tells of no fact. */
    public static Optional<ToldEffect> read(@Nullable String resultJson) {
        if (resultJson == null) {
            return Optional.empty();
        }
        try {
            return read(Json.read(resultJson));
        } catch (IllegalArgumentException notJson) {
            return Optional.empty();
        }
    }

    private static Optional<ToldEffect> read(JsonNode result) {
        String paymentId = result.path(result.hasNonNull("payment_id") ? "payment_id" : "charge_id")
                .textValue();
        Action action = action(result);
        if (paymentId == null || action == null || !result.path("changed").isBoolean()) {
            return Optional.empty();
        }
        JsonNode order = result.path("order_id");
        String factId = result.path(action.kind == Kind.DISPUTE ? "dispute_id" : "refund_id")
                .textValue();
        boolean chargeTotal = action.kind == Kind.REFUND && factId == null;
        if (action.kind == Kind.DISPUTE && factId == null) {
            return Optional.empty();
        }
        return Optional.of(new ToldEffect(
                chargeTotal ? Kind.CHARGE_TOTAL : action.kind,
                action.status,
                order.canConvertToLong() ? Long.valueOf(order.longValue()) : null,
                paymentId,
                action.kind == Kind.PAYMENT ? null : factId,
                result.path("amount").isNumber() ? result.path("amount").decimalValue() : null,
                result.path("currency").textValue(),
                result.path("changed").booleanValue()));
    }

    private static @Nullable Action action(JsonNode result) {
        JsonNode action = result.path("action");
        if (action.isMissingNode()) {
            return "skipped".equals(result.path("status").textValue()) ? BOUND : null;
        }
        return ACTIONS.get(action.asText());
    }
}
