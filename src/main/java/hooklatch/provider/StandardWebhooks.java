package hooklatch.provider;

import hooklatch.domain.EventKey;
import hooklatch.domain.Fact;
import hooklatch.domain.Payload;
import hooklatch.domain.PaymentRef;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.WebhookEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Any sender that follows Standard Webhooks 1.0.0: {@code webhook-signature: v1,<base64>[ v1,…]} over
 * {@code <webhook-id>.<webhook-timestamp>.<body>}. The specification leaves the body open; read is {@code {"type", "data"}}
 * in the vocabulary of {@code src/docs/providers.md}, "Standard Webhooks". Only the symmetric scheme is supported. Immutable
 * and thread-safe.
 */
public final class StandardWebhooks implements Provider {
    private static final String NAME = "standard";
    private static final String ID_HEADER = "webhook-id";
    private static final String TIMESTAMP_HEADER = "webhook-timestamp";
    private static final String SIGNATURE_HEADER = "webhook-signature";
    private static final String SYMMETRIC = "v1,";
    private static final String SECRET_PREFIX = "whsec_";

    private static final FactReader FACTS = new FactReader(CurrencyExponents.iso4217());

    private final SignatureKeys keys;
    private final SignedTime signedTime;

    /**
     * Configures the provider.
     *
     * @throws IllegalArgumentException if a secret has a {@linkplain #problemWith problem}
     */
    public StandardWebhooks(ProviderSettings settings) {
        settings.requireUsable(StandardWebhooks::problemWith);
        this.keys = new SignatureKeys(
                settings.secrets().stream().map(StandardWebhooks::key).toList());
        this.signedTime = new SignedTime(settings.tolerance(), settings.clock());
    }

    /** Why the text cannot be a secret, without repeating it. */
    public static Optional<String> problemWith(String secret) {
        Optional<String> blank = ProviderSettings.problemIfBlank(secret);
        if (blank.isPresent()) {
            return blank;
        }
        if (secret.startsWith("whpk_") || secret.startsWith("whsk_")) {
            return Optional.of("is an Ed25519 key (whpk_, whsk_); only symmetric secrets (whsec_) are supported");
        }
        try {
            return key(secret).length == 0 ? Optional.of("has no key after whsec_") : Optional.empty();
        } catch (IllegalArgumentException notBase64) {
            return Optional.of("is not base64 (after an optional whsec_)");
        }
    }

    /** Unlike Stripe's, the secret is only the key's spelling: base64, behind a prefix that may be left out. */
    private static byte[] key(String secret) {
        String encoded = secret.startsWith(SECRET_PREFIX) ? secret.substring(SECRET_PREFIX.length()) : secret;
        return Base64.getDecoder().decode(encoded);
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
        List<String> ids = headers.present(ID_HEADER);
        if (ids.size() != 1) {
            return new Verification.Invalid(ids.isEmpty() ? "missing_id" : "several_ids");
        }
        List<String> times = headers.present(TIMESTAMP_HEADER);
        if (times.size() != 1) {
            return new Verification.Invalid(times.isEmpty() ? "missing_timestamp" : "several_timestamps");
        }
        String time = times.get(0);
        if (!SignedTime.isWellFormed(time)) {
            return new Verification.Invalid("malformed_timestamp");
        }
        List<String> signatures = new ArrayList<>();
        for (String token : String.join(" ", values).split(" ", -1)) {
            // Other versions (v1a is Ed25519) and what is no signature at all are passed over.
            if (token.startsWith(SYMMETRIC)) {
                signatures.add(token.substring(SYMMETRIC.length()));
            }
        }
        if (signatures.isEmpty()) {
            return new Verification.Invalid("no_supported_signature");
        }
        byte[] prefix = (ids.get(0) + "." + time + ".").getBytes(StandardCharsets.UTF_8);
        if (!keys.match(signatures, Base64.getEncoder()::encodeToString, prefix, payload.bytes())) {
            return new Verification.Invalid("signature_mismatch");
        }
        String problem = signedTime.problemWith(time);
        return problem == null ? new Verification.Valid() : new Verification.Invalid(problem);
    }

    @Override
    public Optional<EventKey> likelyKey(Payload payload, Headers headers) {
        List<String> ids = headers.present(ID_HEADER);
        return ids.size() == 1 && EventKey.isValidId(ids.get(0))
                ? Optional.of(new EventKey(NAME, ids.get(0)))
                : Optional.empty();
    }

    @Override
    public Reading read(Payload payload, Headers headers) {
        return JsonBody.read(payload, body -> readEvent(payload, headers, body));
    }

    private static Reading readEvent(Payload payload, Headers headers, JsonField body) {
        List<String> ids = headers.present(ID_HEADER);
        if (ids.isEmpty()) {
            return new Reading.MissingId();
        }
        if (ids.size() > 1 || !EventKey.isValidId(ids.get(0))) {
            return new Reading.InvalidId();
        }
        String type = FactReader.type(body.field("type"));
        return new Reading.Event(new WebhookEvent(
                new EventKey(NAME, ids.get(0)),
                type,
                body.field("timestamp").time(),
                payload,
                body.node(),
                false,
                FactReader.read(() -> fact(type, body.field("data")))));
    }

    private static Fact fact(String type, JsonField data) throws UnusableException {
        return switch (type) {
            case "payment.succeeded" ->
                new Fact.PaymentSucceeded(
                        FactReader.id(data.field("id"), "payment"),
                        FactReader.order(data.field("order_id")),
                        FACTS.money(data.field("amount_minor"), data.field("currency")),
                        List.of());
            case "payment.failed" ->
                new Fact.PaymentFailed(
                        FactReader.id(data.field("id"), "payment"),
                        FactReader.order(data.field("order_id")),
                        FACTS.moneyOrNull(data.field("amount_minor"), data.field("currency")),
                        FactReader.words(data.field("error")),
                        List.of());
            case "payment.canceled" ->
                new Fact.PaymentCanceled(
                        FactReader.id(data.field("id"), "payment"),
                        FactReader.order(data.field("order_id")),
                        FACTS.moneyOrNull(data.field("amount_minor"), data.field("currency")),
                        FactReader.words(data.field("reason"), data.field("error")));
            case "refund.pending" -> refundChanged(data, RefundStatus.PENDING);
            case "refund.succeeded" -> refundChanged(data, RefundStatus.SUCCEEDED);
            case "refund.failed" -> refundChanged(data, RefundStatus.FAILED);
            case "dispute.opened" -> disputeChanged(type, data, false);
            case "dispute.closed" -> disputeChanged(type, data, true);
            default -> new Fact.Unknown();
        };
    }

    private static Fact refundChanged(JsonField data, RefundStatus status) throws UnusableException {
        return new Fact.RefundChanged(
                PaymentRef.payment(FactReader.id(data.field("payment_id"), "payment")),
                FactReader.id(data.field("id"), "refund"),
                status,
                FACTS.money(data.field("amount_minor"), data.field("currency")));
    }

    private static Fact disputeChanged(String type, JsonField data, boolean closed) throws UnusableException {
        return new Fact.DisputeChanged(
                PaymentRef.payment(FactReader.id(data.field("payment_id"), "payment")),
                FactReader.id(data.field("id"), "dispute"),
                closed,
                FactReader.outcome(type, data.field("outcome"), data.field("status")),
                FACTS.money(data.field("amount_minor"), data.field("currency")));
    }
}
