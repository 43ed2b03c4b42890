package hooklatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.domain.Delivery;
import hooklatch.domain.EventRecord;
import hooklatch.domain.EventStatus;
import hooklatch.domain.Outcome;
import hooklatch.domain.Rejection;
import hooklatch.domain.WebhookEvent;
import hooklatch.provider.ProviderRegistry;
import hooklatch.provider.Razorpay;
import hooklatch.provider.StandardWebhooks;
import hooklatch.provider.Stripe;
import hooklatch.testing.RawHttp;
import hooklatch.testing.Signer;
import hooklatch.testing.TestJetty;
import hooklatch.web.BearerToken;
import hooklatch.web.BrowserOrigin;
import hooklatch.web.DeliveryMeters;
import hooklatch.web.DeliveryNotes;
import hooklatch.web.HealthServlet;
import hooklatch.web.LateAnswers;
import hooklatch.web.MetricsServlet;
import hooklatch.web.Readiness;
import hooklatch.web.Site;
import hooklatch.web.SourceAddress;
import hooklatch.web.StatusServlet;
import hooklatch.web.WebhookServlet;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Hostile and broken deliveries, correctly signed where that is possible, to the real providers on a real container;
 * processing is recorded. After each one a good event still gets through.
 */
class BadInputTest {
    private static final String SECRET = "test secret";
    private static final Queue<WebhookEvent> EVENTS = new ConcurrentLinkedQueue<>();
    private static final Queue<Rejection> REJECTIONS = new ConcurrentLinkedQueue<>();
    private static final LateAnswers LATE_ANSWERS = new LateAnswers();

    @SuppressWarnings("NullAway.Init")
    private static TestJetty jetty;

    @BeforeAll
    static void start() throws Exception {
        ProviderRegistry providers = ProviderRegistry.builder(
                        name -> name.equals("standard") ? List.of() : List.of(SECRET),
                        Duration.ofMinutes(5),
                        Clock.systemUTC())
                .register("stripe", settings -> new Stripe(settings, null))
                .register("razorpay", Razorpay::new)
                .register("standard", StandardWebhooks::new)
                .build();
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        BearerToken nobody = new BearerToken(null);
        Readiness.Dependency up = new Readiness.Dependency(true, null, Instant.EPOCH);
        Site site = new Site(
                new WebhookServlet(
                        providers,
                        (event, deadline, lockWaits) -> {
                            EVENTS.add(event);
                            return new Outcome.Processed(done(event));
                        },
                        new DeliveryNotes() {
                            @Override
                            public void delivered(Delivery delivery) {
                                assertThat(delivery.httpStatus()).isEqualTo(200);
                            }

                            @Override
                            public boolean rejected(Rejection rejection) {
                                return REJECTIONS.add(rejection);
                            }
                        },
                        new DeliveryMeters(meters, providers.names()),
                        new SourceAddress(List.of()),
                        WebhookServlet.Limits.of(1 << 20, 4),
                        LATE_ANSWERS,
                        Clock.systemUTC()),
                new StatusServlet((id, provider) -> Optional.empty(), nobody, request -> false),
                new HealthServlet(() -> new Readiness.Report(up, up, Optional.empty())),
                new MetricsServlet(meters, nobody, false),
                new BrowserOrigin(new SourceAddress(List.of())));
        jetty = TestJetty.running(site::addTo);
    }

    @AfterAll
    static void stop() {
        jetty.close();
        LATE_ANSWERS.close();
    }

    @BeforeEach
    void forget() {
        EVENTS.clear();
        REJECTIONS.clear();
    }

    @AfterEach
    void theNextGoodEventWorks() throws Exception {
        EVENTS.clear();
        assertThat(stripe("{\"id\":\"evt_good\",\"type\":\"x\"}").status()).isEqualTo(200);
        assertThat(EVENTS).extracting(event -> event.key().eventId()).containsExactly("evt_good");
    }

    static List<String> notOneJsonObject() {
        return List.of(
                "",
                " ",
                "nonsense",
                "null",
                "[]",
                "[{\"id\":\"evt_1\"}]",
                "\"evt_1\"",
                "42",
                "{\"id\":\"evt_1\"",
                "{\"id\":\"evt_1\"}{\"id\":\"evt_2\"}",
                "{\"id\":\"evt_1\"} x",
                "{\"id\":\"evt_1\",\"id\":\"evt_2\"}",
                "{\"id\":\"evt_1\",\"data\":{\"a\":1,\"a\":2}}",
                "{id:'evt_1'}",
                "{\"id\":\"evt_1\",\"a\":NaN}",
                "{\"id\":\"evt_1\",\"deep\":" + "[".repeat(1000) + "]".repeat(1000) + "}",
                "{\"id\":\"evt_1\",\"deep\":" + "{\"a\":".repeat(1000) + "1" + "}".repeat(1000) + "}",
                "[".repeat(500_000));
    }

    @ParameterizedTest
    @MethodSource("notOneJsonObject")
    void bodyThatIsNotOneJsonObjectIsAnswered400(String body) throws Exception {
        for (RawHttp.Answer answer : List.of(stripe(body), razorpay(body, "rzp_1"))) {
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).isEqualTo("{\"error\":\"Malformed webhook body\"}");
        }
        assertThat(EVENTS).isEmpty();
    }

    @Test
    void bodyThatIsNotUtf8IsAnswered400() throws Exception {
        byte[] head = "{\"id\":\"evt_1\",\"x\":\"".getBytes(StandardCharsets.UTF_8);
        byte[] body = Arrays.copyOf(head, head.length + 3);
        body[head.length] = (byte) 0xC3;
        body[head.length + 1] = '"';
        body[head.length + 2] = '}';
        RawHttp.Answer answer = send("stripe", body, Signer.stripe(SECRET, body, Instant.now()));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).isEqualTo("{\"error\":\"Malformed webhook body\"}");
    }

    static List<String> notPlainTextIds() {
        return List.of(
                "{}",
                "[]",
                "17",
                "12345678901234567890",
                "true",
                "\"a b\"",
                "\"a\\r\\nb\"",
                "\"a\\u0000b\"",
                "\"a\\tb\"",
                "\"\\u00fc\"",
                "\"\\ud83d\\ude00\"",
                "\"\\ud83d\"",
                "\"a\\u007fb\"");
    }

    @ParameterizedTest
    @MethodSource("notPlainTextIds")
    void idThatIsNoPlainTextIsAnswered400(String id) throws Exception {
        RawHttp.Answer answer = stripe("{\"id\":" + id + ",\"type\":\"x\"}");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).isEqualTo("{\"error\":\"Webhook event invalid ID\"}");
        assertThat(EVENTS).isEmpty();
    }

    @Test
    void idMayHave255CharactersAndNoMore() throws Exception {
        assertThat(stripe("{\"id\":\"" + "x".repeat(255) + "\",\"type\":\"x\"}").status())
                .isEqualTo(200);
        assertThat(stripe("{\"id\":\"" + "x".repeat(256) + "\",\"type\":\"x\"}").body())
                .isEqualTo("{\"error\":\"Webhook event invalid ID\"}");
        assertThat(razorpay("{\"event\":\"x\"}", "x".repeat(255)).status()).isEqualTo(200);
        assertThat(razorpay("{\"event\":\"x\"}", "x".repeat(256)).body())
                .isEqualTo("{\"error\":\"Webhook event invalid ID\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"type\":\"x\"}", "{\"id\":\"\",\"type\":\"x\"}", "{\"id\":null,\"type\":\"x\"}"})
    void absentIdIsAnswered400(String body) throws Exception {
        RawHttp.Answer answer = stripe(body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).startsWith("{\"error\":\"Webhook event ");
        assertThat(EVENTS).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\rb", "a\0b", "a\nb"})
    void controlCharactersInAnIdHeaderNeverMakeAnEvent(String id) throws Exception {
        RawHttp.Answer answer = razorpay("{\"event\":\"x\"}", id);
        assertThat(answer.status()).isBetween(400, 499);
        assertThat(EVENTS).isEmpty();
    }

    @Test
    void idHeaderWithBlanksInsideIsAnswered400() throws Exception {
        assertThat(razorpay("{\"event\":\"x\"}", "a b").body()).isEqualTo("{\"error\":\"Webhook event invalid ID\"}");
        assertThat(EVENTS).isEmpty();
    }

    @Test
    void numbersOfTwentyDigitsAreKeptAsAnEventAndNeverA500FromReading() throws Exception {
        String body = "{\"id\":\"evt_big\",\"type\":\"payment_intent.succeeded\",\"created\":99999999999999999999,"
                + "\"data\":{\"object\":{\"id\":\"pi_1\",\"amount_received\":99999999999999999999,\"currency\":\"usd\","
                + "\"metadata\":{\"order_id\":\"99999999999999999999\"}}}}";
        assertThat(stripe(body).status()).isEqualTo(200);
        assertThat(EVENTS).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"stripe", "razorpay"})
    void missingAndEmptySignaturesAreAnswered400(String provider) throws Exception {
        String header = provider.equals("stripe") ? "Stripe-Signature" : "X-Razorpay-Signature";
        byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
        for (RawHttp.Answer answer :
                List.of(send(provider, body, Map.of()), send(provider, body, Map.of(header, "")))) {
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).isEqualTo("{\"error\":\"Missing webhook signature\"}");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "t=1,v1=00", "t=99999999999999999999,v1=00", "t=,v1=", ",", "=", "v1"})
    void wrongSignaturesAreAnswered401WithOneText(String signature) throws Exception {
        byte[] body = "{\"id\":\"evt_1\"}".getBytes(StandardCharsets.UTF_8);
        for (RawHttp.Answer answer : List.of(
                send("stripe", body, Map.of("Stripe-Signature", signature)),
                send("razorpay", body, Map.of("X-Razorpay-Signature", signature)))) {
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.body()).isEqualTo("{\"error\":\"Invalid webhook signature\"}");
        }
        assertThat(REJECTIONS)
                .hasSize(2)
                .allSatisfy(rejection -> assertThat(rejection.cause()).matches("[a-z_]+"));
    }

    @Test
    void providerWithoutSecretAndUnknownProviderAreToldApart() throws Exception {
        byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
        assertThat(send("standard", body, Map.of()).status()).isEqualTo(503);
        assertThat(send("paypal", body, Map.of()).status()).isEqualTo(404);
    }

    private static RawHttp.Answer stripe(String body) throws Exception {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return send("stripe", bytes, Signer.stripe(SECRET, bytes, Instant.now()));
    }

    private static RawHttp.Answer razorpay(String body, String eventId) throws Exception {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return send("razorpay", bytes, Signer.razorpay(SECRET, bytes, eventId));
    }

    private static RawHttp.Answer send(String provider, byte[] body, Map<String, String> headers) throws Exception {
        String head = headers.entrySet().stream()
                .map(header -> header.getKey() + ": " + header.getValue() + "\r\n")
                .collect(Collectors.joining());
        try (RawHttp connection = new RawHttp(jetty.port(), Duration.ofSeconds(15))) {
            connection.send("POST /webhooks/" + provider + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                    + body.length + "\r\n" + head + "\r\n");
            connection.send(body);
            return connection.read();
        }
    }

    private static EventRecord done(WebhookEvent event) {
        return new EventRecord(
                event.key(),
                event.type(),
                EventStatus.PROCESSED,
                "{}",
                null,
                1,
                Instant.EPOCH,
                Instant.EPOCH,
                event.payload().sha256Hex());
    }
}
