package hooklatch.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import hooklatch.domain.EventKey;
import hooklatch.domain.Fact;
import hooklatch.domain.Payload;
import hooklatch.domain.WebhookEvent;
import hooklatch.provider.Headers;
import hooklatch.provider.Provider;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A provider that signs by a word, so that tests of HTTP can write every case by hand. */
final class AcmeProvider implements Provider {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public String name() {
        return "acme";
    }

    @Override
    public Verification verify(Payload payload, Headers headers) {
        List<String> signatures = headers.all("X-Acme-Signature");
        if (signatures.isEmpty() || signatures.get(0).isEmpty()) {
            return new Verification.Missing();
        }
        return switch (signatures.get(0)) {
            case "good" -> new Verification.Valid();
            case "explode" -> throw new IllegalStateException("a secret that must not leak");
            default -> new Verification.Invalid("signature_mismatch");
        };
    }

    @Override
    public Optional<EventKey> likelyKey(Payload payload, Headers headers) {
        return read(payload, headers) instanceof Reading.Event read
                ? Optional.of(read.event().key())
                : Optional.empty();
    }

    @Override
    public Reading read(Payload payload, Headers headers) {
        JsonNode body;
        try {
            body = JSON.readTree(payload.bytes());
        } catch (IOException e) {
            body = NullNode.getInstance();
        }
        if (!body.isObject()) {
            return new Reading.Malformed("not_an_object");
        }
        JsonNode id = body.path("id");
        if (id.isMissingNode()) {
            return new Reading.MissingId();
        }
        if (!id.isTextual() || !EventKey.isValidId(id.textValue())) {
            return new Reading.InvalidId();
        }
        return new Reading.Event(new WebhookEvent(
                new EventKey("acme", id.textValue()),
                body.path("type").asText("unknown"),
                null,
                payload,
                body,
                false,
                new Fact.Unknown()));
    }
}
