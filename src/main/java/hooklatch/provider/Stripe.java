package hooklatch.provider;

import hooklatch.domain.EventKey;
import hooklatch.domain.Fact;
import hooklatch.domain.Money;
import hooklatch.domain.OrderRef;
import hooklatch.domain.Payload;
import hooklatch.domain.PaymentRef;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.WebhookEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stripe: {@code Stripe-Signature: t=<seconds>,v1=<hex>[,v1=…]} over {@code <t>.<body>}, the event id in the body. Source:
 * {@code src/docs/providers.md}, "Stripe". Immutable and thread-safe.
 */
public final class Stripe implements Provider {
    private static final String NAME = "stripe";
    private static final String SIGNATURE_HEADER = "Stripe-Signature";
    private static final String THIN_EVENT = "v2.core.event";

    /** Dispute statuses after which nothing is expected any more. */
    private static final Set<String> CLOSED_DISPUTE =
            Set.of("won", "lost", "warning_closed", "prevented", "charge_refunded");

    private static final FactReader FACTS = new FactReader(CurrencyExponents.twoExcept(
            // ISK and UGX have no decimals in ISO 4217, and two on Stripe's wire.
            "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF", "BHD JOD KWD OMR TND"));

    private final SignatureKeys keys;
    private final SignedTime signedTime;
    private final @Nullable Boolean expectedLivemode;

    /**
     * Configures the provider.
     *
     * @param expectedLivemode events of the other mode are ignored; null = both modes count
     * @throws IllegalArgumentException if a secret has a {@linkplain #problemWith problem}
     */
    public Stripe(ProviderSettings settings, @Nullable Boolean expectedLivemode) {
        settings.requireUsable(Stripe::problemWith);
        this.keys = SignatureKeys.ofText(settings.secrets());
        this.signedTime = new SignedTime(settings.tolerance(), settings.clock());
        this.expectedLivemode = expectedLivemode;
    }

    /** Why the text cannot be a secret, without repeating it. */
    public static Optional<String> problemWith(String secret) {
        return ProviderSettings.problemIfBlank(secret);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Verification verify(Payload payload, Headers headers) {
        List<String> values = headers.present(SIGNATURE_HEADER);
        if (values.isEmpty()) {
            return new Verification.Missing();
        }
        String time = null;
        List<String> signatures = new ArrayList<>();
        // A header that came twice means the same as one that a proxy has joined: one list.
        for (String element : String.join(",", values).split(",", -1)) {
            if (element.isEmpty()) {
                continue;
            }
            int equals = element.indexOf('=');
            if (equals < 0) {
                return new Verification.Invalid("malformed_header");
            }
            String value = element.substring(equals + 1);
            switch (element.substring(0, equals)) {
                case "t" -> {
                    if (time != null) {
                        return new Verification.Invalid("several_timestamps");
                    }
                    time = value;
                }
                case "v1" -> signatures.add(value);
                default -> {
                    // Other schemes, weaker ones among them, and whatever Stripe may add.
                }
            }
        }
        if (time == null || !SignedTime.isWellFormed(time)) {
            return new Verification.Invalid("malformed_timestamp");
        }
        if (signatures.isEmpty()) {
            return new Verification.Invalid("no_supported_signature");
        }
        // Signed are the digits as they came, never a number printed again: a locale may print other digits.
        byte[] prefix = (time + ".").getBytes(StandardCharsets.US_ASCII);
        if (!keys.match(signatures, HexFormat.of()::formatHex, prefix, payload.bytes())) {
            return new Verification.Invalid("signature_mismatch");
        }
        // Only now, so that what is said about clocks is said about the provider and not about anybody.
        String problem = signedTime.problemWith(time);
        return problem == null ? new Verification.Valid() : new Verification.Invalid(problem);
    }

    @Override
    public Optional<EventKey> likelyKey(Payload payload, Headers headers) {
        return JsonBody.firstText(payload, "id").filter(EventKey::isValidId).map(id -> new EventKey(NAME, id));
    }

    @Override
    public Reading read(Payload payload, Headers headers) {
        return JsonBody.read(payload, body -> readEvent(payload, body));
    }

    private Reading readEvent(Payload payload, JsonField body) {
        JsonField id = body.field("id");
        if (id.isAbsent()) {
            return new Reading.MissingId();
        }
        String eventId = id.text();
        if (eventId == null || !EventKey.isValidId(eventId)) {
            return new Reading.InvalidId();
        }
        String type = FactReader.type(body.field("type"));
        return new Reading.Event(new WebhookEvent(
                new EventKey(NAME, eventId),
                type,
                body.field("created").time(),
                payload,
                body.node(),
                false,
                fact(type, body)));
    }

    private Fact fact(String type, JsonField body) {
        Boolean livemode = body.field("livemode").flag();
        if (expectedLivemode != null && livemode != null && !expectedLivemode.equals(livemode)) {
            return new Fact.Ignored("Ignored: livemode " + livemode);
        }
        if (THIN_EVENT.equals(body.field("object").text())) {
            return new Fact.Unknown();
        }
        JsonField object = body.at("data", "object");
        return FactReader.read(() -> switch (type) {
            case "payment_intent.succeeded" -> paymentSucceeded(object);
            case "payment_intent.payment_failed" -> paymentFailed(object);
            case "payment_intent.canceled" -> paymentCanceled(object);
            case "charge.succeeded", "charge.captured" -> chargeCollected(object);
            case "charge.refunded" -> chargeRefunded(object, body.at("data", "previous_attributes"));
            case "refund.created", "refund.updated", "charge.refund.updated" ->
                refundChanged(object, refundStatus(object.field("status")));
            case "refund.failed" -> refundChanged(object, RefundStatus.FAILED);
            case "charge.dispute.created" -> disputeChanged(type, object, false);
            case "charge.dispute.closed" -> disputeChanged(type, object, true);
            case "checkout.session.completed" -> checkoutCompleted(object);
            default -> new Fact.Unknown();
        });
    }

    private static Fact paymentSucceeded(JsonField intent) throws UnusableException {
        // API versions before 2022-11-15 list the charges instead of naming the latest.
        JsonField charge = reference(intent.field("latest_charge"))
                .or(intent.at("charges", "data").first().field("id"));
        return new Fact.PaymentSucceeded(
                FactReader.id(intent.field("id"), "payment"),
                FactReader.order(intent.at("metadata", "order_id")),
                // What was collected; after a partial capture that is less than "amount".
                FACTS.money(intent.field("amount_received"), intent.field("currency")),
                FactReader.refs(charge, "charge"));
    }

    private static Fact paymentFailed(JsonField intent) throws UnusableException {
        JsonField error = intent.field("last_payment_error");
        return new Fact.PaymentFailed(
                FactReader.id(intent.field("id"), "payment"),
                FactReader.order(intent.at("metadata", "order_id")),
                FACTS.moneyOrNull(intent.field("amount"), intent.field("currency")),
                FactReader.words(error.field("message"), error.field("code")),
                List.of());
    }

    private static Fact paymentCanceled(JsonField intent) throws UnusableException {
        return new Fact.PaymentCanceled(
                FactReader.id(intent.field("id"), "payment"),
                FactReader.order(intent.at("metadata", "order_id")),
                FACTS.moneyOrNull(intent.field("amount"), intent.field("currency")),
                FactReader.words(intent.field("cancellation_reason")));
    }

    /** A charge made without a PaymentIntent is the payment itself; else the PaymentIntent's own event counts. */
    private static Fact chargeCollected(JsonField charge) throws UnusableException {
        if (!charge.field("captured").isTrue()
                || !reference(charge.field("payment_intent")).isAbsent()) {
            return new Fact.Unknown();
        }
        String chargeId = FactReader.id(charge.field("id"), "payment");
        return new Fact.PaymentSucceeded(
                chargeId,
                FactReader.order(charge.at("metadata", "order_id")),
                FACTS.money(charge.field("amount_captured"), charge.field("currency")),
                List.of(chargeId));
    }

    private static Fact chargeRefunded(JsonField charge, JsonField before) throws UnusableException {
        String chargeId = FactReader.id(charge.field("id"), "charge");
        String intentId = FactReader.idOrNull(reference(charge.field("payment_intent")), "payment");
        Money total = FACTS.money(charge.field("amount_refunded"), charge.field("currency"));
        return new Fact.ChargeRefunded(
                PaymentRef.payment(intentId == null ? chargeId : intentId),
                chargeId,
                total,
                growth(total, before.field("amount_refunded").integer()));
    }

    /** What one refund added, where the event also states the total before it. */
    private static Money growth(Money total, @Nullable Long before) {
        return before == null || before < 0 || before > total.minor() ? total : total.withMinor(total.minor() - before);
    }

    private static Fact refundChanged(JsonField refund, @Nullable RefundStatus status) throws UnusableException {
        if (status == null) {
            return new Fact.Unknown();
        }
        return new Fact.RefundChanged(
                payment(refund),
                FactReader.id(refund.field("id"), "refund"),
                status,
                FACTS.money(refund.field("amount"), refund.field("currency")));
    }

    private static @Nullable RefundStatus refundStatus(JsonField status) throws UnusableException {
        if (status.isAbsent()) {
            throw new UnusableException("Event states no refund status");
        }
        String text = status.text();
        if (text == null) {
            throw new UnusableException("Unknown refund status: " + status.excerpt());
        }
        return switch (text) {
            case "pending", "requires_action" -> RefundStatus.PENDING;
            case "succeeded" -> RefundStatus.SUCCEEDED;
            case "failed", "canceled" -> RefundStatus.FAILED;
            // A status of the future: its event is skipped, one that we know will follow.
            default -> null;
        };
    }

    private static Fact disputeChanged(String type, JsonField dispute, boolean closed) throws UnusableException {
        String outcome = FactReader.outcome(type, dispute.field("status"));
        return new Fact.DisputeChanged(
                payment(dispute),
                FactReader.id(dispute.field("id"), "dispute"),
                closed || CLOSED_DISPUTE.contains(outcome),
                outcome,
                FACTS.money(dispute.field("amount"), dispute.field("currency")));
    }

    /** Completed is not paid: a session only tells which order a payment is for. */
    private static Fact checkoutCompleted(JsonField session) throws UnusableException {
        String paymentId = FactReader.idOrNull(reference(session.field("payment_intent")), "payment");
        OrderRef reference = FactReader.order(session.field("client_reference_id"));
        // A reference may also be a cart's or a customer's.
        OrderRef order = reference.id() != null ? reference : FactReader.order(session.at("metadata", "order_id"));
        if (order.isAbsent()) {
            order = reference;
        }
        if (paymentId == null || order.isAbsent()) {
            return new Fact.Unknown();
        }
        return new Fact.CheckoutCompleted(
                paymentId, order, FACTS.moneyOrNull(session.field("amount_total"), session.field("currency")));
    }

    /** The payment of a refund or a dispute: the PaymentIntent where it is named, else whatever payment made the charge. */
    private static PaymentRef payment(JsonField object) throws UnusableException {
        JsonField intent =
                reference(object.field("payment_intent")).or(reference(object.at("charge", "payment_intent")));
        String intentId = FactReader.idOrNull(intent, "payment");
        if (intentId != null) {
            return PaymentRef.payment(intentId);
        }
        String chargeId = FactReader.idOrNull(reference(object.field("charge")), "charge");
        if (chargeId == null) {
            throw new UnusableException("Event names no payment");
        }
        return PaymentRef.charge(chargeId);
    }

    /** The id of what an object refers to: Stripe writes null, the id, or the whole object. */
    private static JsonField reference(JsonField field) {
        return field.node().isObject() ? field.field("id") : field;
    }
}
