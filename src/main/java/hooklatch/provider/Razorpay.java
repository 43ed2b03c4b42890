package hooklatch.provider;

import hooklatch.domain.EventKey;
import hooklatch.domain.Fact;
import hooklatch.domain.Payload;
import hooklatch.domain.PaymentRef;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.WebhookEvent;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Razorpay: {@code X-Razorpay-Signature} over the body alone. The event id is a header that no signature covers, so the
 * same body is the same event whatever id it comes with. Source: {@code src/docs/providers.md}, "Razorpay". Immutable and
 * thread-safe.
 */
public final class Razorpay implements Provider {
    private static final String NAME = "razorpay";
    private static final String SIGNATURE_HEADER = "X-Razorpay-Signature";
    private static final String EVENT_ID_HEADER = "X-Razorpay-Event-Id";

    private static final Set<String> CLOSED_DISPUTE = Set.of("won", "lost", "closed");

    private static final FactReader FACTS = new FactReader(CurrencyExponents.twoExcept(
            "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF", "BHD IQD JOD KWD OMR TND"));

    private final SignatureKeys keys;

    /**
     * Configures the provider. Its signature carries no time, so the tolerance has no meaning here.
     *
     * @throws IllegalArgumentException if a secret has a {@linkplain #problemWith problem}
     */
    public Razorpay(ProviderSettings settings) {
        settings.requireUsable(Razorpay::problemWith);
        this.keys = SignatureKeys.ofText(settings.secrets());
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
        // A repeated header, or one that a proxy has joined, offers several; the right one among them is enough.
        List<String> signatures = Arrays.stream(String.join(",", values).split(",", -1))
                .map(String::strip)
                .toList();
        return keys.match(signatures, HexFormat.of()::formatHex, payload.bytes())
                ? new Verification.Valid()
                : new Verification.Invalid("signature_mismatch");
    }

    @Override
    public Optional<EventKey> likelyKey(Payload payload, Headers headers) {
        List<String> ids = headers.present(EVENT_ID_HEADER);
        return ids.size() == 1 && EventKey.isValidId(ids.get(0))
                ? Optional.of(new EventKey(NAME, ids.get(0)))
                : Optional.empty();
    }

    @Override
    public Reading read(Payload payload, Headers headers) {
        return JsonBody.read(payload, body -> readEvent(payload, headers, body));
    }

    private static Reading readEvent(Payload payload, Headers headers, JsonField body) {
        List<String> ids = headers.present(EVENT_ID_HEADER);
        String eventId = ids.isEmpty() ? "sha256:" + payload.sha256Hex() : ids.get(0);
        if (ids.size() > 1 || !EventKey.isValidId(eventId)) {
            return new Reading.InvalidId();
        }
        String type = FactReader.type(body.field("event"));
        return new Reading.Event(new WebhookEvent(
                new EventKey(NAME, eventId),
                type,
                body.field("created_at").time(),
                payload,
                body.node(),
                true,
                FactReader.read(() -> fact(type, body.field("payload")))));
    }

    private static Fact fact(String type, JsonField payload) throws UnusableException {
        JsonField payment = payload.at("payment", "entity");
        JsonField refund = payload.at("refund", "entity");
        JsonField dispute = payload.at("dispute", "entity");
        JsonField order = payload.at("order", "entity");
        return switch (type) {
            case "payment.captured" -> paymentSucceeded(payment, payment.at("notes", "order_id"));
            case "order.paid" ->
                paymentSucceeded(
                        payment,
                        payment.at("notes", "order_id")
                                .or(order.at("notes", "order_id"))
                                .or(order.field("receipt")));
            case "payment.failed" -> paymentFailed(payment);
            // Accepted is not done, even where the refund in it already says "processed".
            case "refund.created" -> refundChanged(refund, payment, RefundStatus.PENDING);
            case "refund.processed" -> refundChanged(refund, payment, RefundStatus.SUCCEEDED);
            case "refund.failed" -> refundChanged(refund, payment, RefundStatus.FAILED);
            case "payment.dispute.created" -> disputeChanged(type, dispute, payment, false);
            case "payment.dispute.won", "payment.dispute.lost", "payment.dispute.closed" ->
                disputeChanged(type, dispute, payment, true);
            default -> new Fact.Unknown();
        };
    }

    private static Fact paymentSucceeded(JsonField payment, JsonField order) throws UnusableException {
        return new Fact.PaymentSucceeded(
                FactReader.id(payment.field("id"), "payment"),
                FactReader.order(order),
                FACTS.money(payment.field("amount"), payment.field("currency")),
                FactReader.refs(payment.field("order_id"), "Razorpay order"));
    }

    private static Fact paymentFailed(JsonField payment) throws UnusableException {
        return new Fact.PaymentFailed(
                FactReader.id(payment.field("id"), "payment"),
                FactReader.order(payment.at("notes", "order_id")),
                FACTS.moneyOrNull(payment.field("amount"), payment.field("currency")),
                FactReader.words(
                        payment.field("error_description"), payment.field("error_reason"), payment.field("error_code")),
                FactReader.refs(payment.field("order_id"), "Razorpay order"));
    }

    private static Fact refundChanged(JsonField refund, JsonField payment, RefundStatus status)
            throws UnusableException {
        return new Fact.RefundChanged(
                paymentOf(refund, payment),
                FactReader.id(refund.field("id"), "refund"),
                status,
                FACTS.money(refund.field("amount"), refund.field("currency")));
    }

    private static Fact disputeChanged(String type, JsonField dispute, JsonField payment, boolean closed)
            throws UnusableException {
        String outcome = FactReader.outcome(type, dispute.field("status"));
        return new Fact.DisputeChanged(
                paymentOf(dispute, payment),
                FactReader.id(dispute.field("id"), "dispute"),
                closed || CLOSED_DISPUTE.contains(outcome),
                outcome,
                FACTS.money(dispute.field("amount"), dispute.field("currency")));
    }

    /** Refunds and disputes name their payment themselves; older refund deliveries carry no payment beside them. */
    private static PaymentRef paymentOf(JsonField object, JsonField payment) throws UnusableException {
        return PaymentRef.payment(FactReader.id(object.field("payment_id").or(payment.field("id")), "payment"));
    }
}
