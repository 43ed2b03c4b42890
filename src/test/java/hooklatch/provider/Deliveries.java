package hooklatch.provider;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.domain.Fact;
import hooklatch.domain.Payload;
import hooklatch.domain.WebhookEvent;
import hooklatch.provider.Provider.Reading;
import hooklatch.testing.Samples;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the tests of this room deliver to the providers. */
final class Deliveries {
    static final Instant NOW = Instant.ofEpochSecond(1_793_000_012L);
    static final String STANDARD_SECRET = "whsec_c3RhbmRhcmQtd2ViaG9va3MtdmVjdG9yLWtleS0xISE=";

    private Deliveries() {}

    static ProviderSettings settings(String... secrets) {
        return new ProviderSettings(List.of(secrets), Duration.ofMinutes(5), Clock.fixed(NOW, ZoneOffset.UTC));
    }

    static Stripe stripe() {
        return new Stripe(settings("whsec_dev"), null);
    }

    static Razorpay razorpay() {
        return new Razorpay(settings("rzp_dev"));
    }

    static StandardWebhooks standard() {
        return new StandardWebhooks(settings(STANDARD_SECRET));
    }

    static Headers headers(Map<String, String> headers) {
        return name -> headers.entrySet().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .map(Map.Entry::getValue)
                .toList();
    }

    /** The values all under one name. */
    static Headers repeated(String header, String... values) {
        return name -> name.equalsIgnoreCase(header) ? new ArrayList<>(List.of(values)) : List.of();
    }

    static Headers eventId(String id) {
        return headers(Map.of("X-Razorpay-Event-Id", id, "webhook-id", id));
    }

    static Payload payload(String body) {
        return new Payload(body.getBytes(StandardCharsets.UTF_8));
    }

    static Payload sample(String path) {
        return new Payload(Samples.bytes(path));
    }

    /** The event in a body that must be readable; ids in headers are {@code evt_header}. */
    static WebhookEvent event(Provider provider, Payload payload) {
        Reading reading = provider.read(payload, eventId("evt_header"));
        assertThat(reading).isInstanceOf(Reading.Event.class);
        return ((Reading.Event) reading).event();
    }

    static Fact fact(Provider provider, Payload payload) {
        return event(provider, payload).fact();
    }

    /** The fact in a Stripe event of that type about that object. */
    static Fact stripeFact(String type, String object) {
        return fact(
                stripe(), payload("{\"id\":\"evt_1\",\"type\":\"" + type + "\",\"data\":{\"object\":" + object + "}}"));
    }

    /** The fact in a Razorpay event of that type with that payload. */
    static Fact razorpayFact(String type, String payload) {
        return fact(razorpay(), payload("{\"event\":\"" + type + "\",\"payload\":" + payload + "}"));
    }

    /** The fact in a Standard Webhooks event of that type with that data. */
    static Fact standardFact(String type, String data) {
        return fact(standard(), payload("{\"type\":\"" + type + "\",\"data\":" + data + "}"));
    }
}
