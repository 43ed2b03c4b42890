package hooklatch.dev;

import hooklatch.dev.SendOptions.UsageException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The kinds of event that Hooklatch handles, in an order in which they could happen, and what each provider calls them. */
public enum SampleType {
    PAYMENT_FAILED("payment.failed", "payment_intent.payment_failed", "payment.failed", true),
    PAYMENT_CANCELED("payment.canceled", "payment_intent.canceled", "", true),
    CHECKOUT_COMPLETED("checkout.completed", "checkout.session.completed", "", false),
    PAYMENT_SUCCEEDED("payment.succeeded", "payment_intent.succeeded", "payment.captured", true),
    ORDER_PAID("order.paid", "", "order.paid", false),
    CHARGE_SUCCEEDED("charge.succeeded", "charge.succeeded", "", false),
    CHARGE_CAPTURED("charge.captured", "charge.captured", "", false),
    REFUND_PENDING("refund.pending", "refund.created", "refund.created", true),
    CHARGE_REFUND_UPDATED("charge.refund.updated", "charge.refund.updated", "", false),
    REFUND_SUCCEEDED("refund.succeeded", "refund.updated", "refund.processed", true),
    CHARGE_REFUNDED("charge.refunded", "charge.refunded", "", false),
    DISPUTE_OPENED("dispute.opened", "charge.dispute.created", "payment.dispute.created", true),
    DISPUTE_CLOSED("dispute.closed", "charge.dispute.closed", "payment.dispute.closed", true),
    DISPUTE_LOST("dispute.lost", "", "payment.dispute.lost", false),
    DISPUTE_WON("dispute.won", "", "payment.dispute.won", false),
    REFUND_FAILED("refund.failed", "refund.failed", "refund.failed", true);

    private final String word;
    private final String stripe;
    private final String razorpay;
    private final boolean standard;

    /** @param standard whether Standard Webhooks has it, by the word */
    SampleType(String word, String stripe, String razorpay, boolean standard) {
        this.word = word;
        this.stripe = stripe;
        this.razorpay = razorpay;
        this.standard = standard;
    }

    static SampleType of(String word) throws UsageException {
        return Arrays.stream(values())
                .filter(type -> type.word.equals(word))
                .findAny()
                .orElseThrow(() -> new UsageException("Unknown type: " + word + " (there are all, "
                        + Arrays.stream(values()).map(SampleType::word).collect(Collectors.joining(", ")) + ")"));
    }

    static List<SampleType> sentBy(SampleProvider provider) {
        return Arrays.stream(values())
                .filter(type -> type.sentAs(provider).isPresent())
                .toList();
    }

    /** Every type with its names, one a line. */
    static String table() {
        return Arrays.stream(values())
                .map(type ->
                        "  %-22s %s"
                                        .formatted(
                                                type.word,
                                                Arrays.stream(SampleProvider.values())
                                                        .flatMap(provider -> type
                                                                .sentAs(provider)
                                                                .map(name -> provider.word() + " " + name)
                                                                .stream())
                                                        .collect(Collectors.joining(", ")))
                                + "\n")
                .collect(Collectors.joining());
    }

    String word() {
        return word;
    }

    /** The provider's own name for it; empty when it has no such event. */
    Optional<String> sentAs(SampleProvider provider) {
        String name = switch (provider) {
            case STRIPE -> stripe;
            case RAZORPAY -> razorpay;
            case STANDARD -> standard ? word : "";
        };
        return Optional.of(name).filter(text -> !text.isEmpty());
    }

    /** Whether it speaks of money that goes back, and so of less than the whole payment unless told otherwise. */
    boolean isRefund() {
        return switch (this) {
            case REFUND_PENDING, REFUND_SUCCEEDED, REFUND_FAILED, CHARGE_REFUNDED, CHARGE_REFUND_UPDATED -> true;
            default -> false;
        };
    }

    boolean isDispute() {
        return this == DISPUTE_OPENED || isDisputeClosed();
    }

    boolean isDisputeClosed() {
        return this == DISPUTE_CLOSED || this == DISPUTE_LOST || this == DISPUTE_WON;
    }
}
