package hooklatch.chaos;

import hooklatch.dev.DemoShop;
import hooklatch.dev.SampleProvider;
import hooklatch.domain.Payload;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/**
 * An event that a provider tells until it is answered 2xx.
 *
 * @param handled false for a type that nobody wants
 */
record ToldEvent(SampleProvider provider, String eventId, Payload body, boolean handled) {

    /** Names it among all events. */
    String key() {
        return provider.word() + "/" + eventId;
    }

    /** The headers of a delivery that is signed at the time. */
    Map<String, String> signedAt(Instant time) {
        String secret = Objects.requireNonNull(DemoShop.SECRETS.get(provider.name() + "_WEBHOOK_SECRET"));
        return provider.sign(secret, eventId, body.bytes(), time);
    }
}
