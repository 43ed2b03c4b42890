package hooklatch.web;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.domain.Deadline;
import hooklatch.domain.Delivery;
import hooklatch.domain.EventKey;
import hooklatch.domain.Outcome;
import hooklatch.domain.Payload;
import hooklatch.domain.Rejection;
import hooklatch.domain.WebhookEvent;
import hooklatch.testing.RawHttp;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The two tables of the contract's section Receiving, row by row. */
class WebhookServletTest {
    private static final String SIGNED = "X-Acme-Signature: good\r\n";
    private static final String RESULT = "{ \"amount\":49.90,\"z\":1,\"a\":\"\\u00fc\" }";
    private TestSite site;

    @BeforeEach
    void start() throws Exception {
        site = new TestSite(TestSite.limits(), List.of(CidrBlock.parse("127.0.0.0/8")));
    }

    @AfterEach
    void stop() {
        site.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "PATCH", "post"})
    void anyMethodButPostIsAnswered405WithAllow(String method) throws Exception {
        String request = method + " /webhooks/nobody HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        try (RawHttp connection = site.connect()) {
            connection.send(request);
            RawHttp.Answer answer = method.equals("HEAD") ? connection.readHead() : connection.read();
            assertThat(answer.status()).isEqualTo(405);
            assertThat(answer.header("Allow")).isEqualTo("POST");
        }
        assertThat(site.rejections).extracting(Rejection::cause).containsExactly("method_not_allowed");
    }

    @ParameterizedTest
    @CsvSource({
        "/webhooks/nobody, nobody",
        "/webhooks/nobody/, nobody",
        "/webhooks/ACME, ACME",
        "/webhooks/acme/more, acme/more",
        "/webhooks/, ''",
        "/webhooks, ''",
        "/webhooks/a%22b%C3%BCc, a\\\"b?c"
    })
    void unknownProviderIsAnswered404(String path, String told) throws Exception {
        RawHttp.Answer answer = site.ask(TestSite.post(path, SIGNED, "{}"));
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.body()).isEqualTo("{\"error\":\"Unknown provider: " + told + "\"}");
        assertThat(site.registry
                        .get("hooklatch.rejections")
                        .tag("provider", "other")
                        .tag("cause", "unknown_provider")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void longProviderNameIsCut() throws Exception {
        site.ask(TestSite.post("/webhooks/" + "x".repeat(500), SIGNED, "{}"));
        assertThat(site.rejections).extracting(Rejection::provider).containsExactly("x".repeat(64));
    }

    @Test
    void providerWithoutSecretIsAnswered503() throws Exception {
        RawHttp.Answer answer = site.ask(TestSite.post("/webhooks/later", SIGNED, "{}"));
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.body()).isEqualTo("{\"error\":\"Provider not configured: later\"}");
    }

    @Test
    void moreThanMaxInFlightAreAnswered503AtOnce() throws Exception {
        CountDownLatch inWork = new CountDownLatch(4);
        CountDownLatch goOn = new CountDownLatch(1);
        site.processing = (event, deadline, lockWaits) -> {
            inWork.countDown();
            awaitLatch(goOn);
            return TestSite.processed(event, RESULT);
        };
        List<RawHttp> working = List.of(site.connect(), site.connect(), site.connect(), site.connect());
        try {
            for (RawHttp connection : working) {
                connection.send(TestSite.good("evt_1"));
            }
            inWork.await();
            RawHttp.Answer answer = site.ask(TestSite.good("evt_2"));
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("{\"error\":\"Busy\"}");
            assertThat(answer.header("Retry-After")).isEqualTo("1");
            goOn.countDown();
            for (RawHttp connection : working) {
                assertThat(connection.read().status()).isEqualTo(200);
            }
            assertThat(site.ask(TestSite.good("evt_2")).status()).isEqualTo(200);
        } finally {
            goOn.countDown();
            for (RawHttp connection : working) {
                connection.close();
            }
        }
    }

    @Test
    void whoStopsWaitsForDeliveriesInWorkAndLetsNoOtherIn() throws Exception {
        CountDownLatch inWork = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        site.processing = (event, deadline, lockWaits) -> {
            inWork.countDown();
            awaitLatch(goOn);
            return TestSite.processed(event, RESULT);
        };
        try (RawHttp working = site.connect()) {
            working.send(TestSite.good("evt_1"));
            inWork.await();
            assertThat(site.webhooks.drain(Duration.ofMillis(50))).isFalse();
            CompletableFuture<Boolean> draining = CompletableFuture.supplyAsync(() -> {
                try {
                    return site.webhooks.drain(Duration.ofSeconds(10));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            RawHttp.Answer late = site.ask(TestSite.good("evt_2"));
            assertThat(late.status()).isEqualTo(503);
            assertThat(draining).isNotDone();

            goOn.countDown();

            assertThat(draining.get(5, TimeUnit.SECONDS)).isTrue();
            assertThat(working.read().status()).isEqualTo(200);
            assertThat(site.ask(TestSite.good("evt_2")).status()).isEqualTo(503);
        } finally {
            goOn.countDown();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', {}, 400, Missing webhook signature, signature_missing",
        "'X-Acme-Signature:', {}, 400, Missing webhook signature, signature_missing",
        "'X-Acme-Signature: bad', {}, 401, Invalid webhook signature, signature_mismatch",
        "'X-Acme-Signature: bad', nonsense, 401, Invalid webhook signature, signature_mismatch",
        "'X-Acme-Signature: good', nonsense, 400, Malformed webhook body, not_an_object",
        "'X-Acme-Signature: good', '', 400, Malformed webhook body, not_an_object",
        "'X-Acme-Signature: good', [], 400, Malformed webhook body, not_an_object",
        "'X-Acme-Signature: good', {}, 400, Webhook event missing ID, id_missing",
        "'X-Acme-Signature: good', '{\"id\":{}}', 400, Webhook event invalid ID, id_invalid"
    })
    void unusableDeliveriesAreToldApartInTheOrderOfTheTable(
            String header, String body, int status, String error, String cause) throws Exception {
        RawHttp.Answer answer =
                site.ask(TestSite.post("/webhooks/acme", header.isEmpty() ? "" : header + "\r\n", body));
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo("{\"error\":\"" + error + "\"}");
        assertThat(answer.header("Content-Type")).isEqualToIgnoringCase("application/json;charset=UTF-8");
        assertThat(site.rejections).hasSize(1).first().satisfies(rejection -> {
            assertThat(rejection.cause()).isEqualTo(cause);
            assertThat(rejection.httpStatus()).isEqualTo(status);
            assertThat(rejection.provider()).isEqualTo("acme");
            assertThat(rejection.sourceAddress()).isEqualTo("127.0.0.1");
        });
        assertThat(site.events).isEmpty();
    }

    @Test
    void effectDoneNowIsAnsweredWithItsResult() throws Exception {
        site.processing = (event, deadline, lockWaits) -> TestSite.processed(event, RESULT);
        assertAnswer(200, "{\"processed\":true,\"status\":\"success\",\"result\":" + RESULT + "}", null, "processed");
    }

    @Test
    void duplicateIsAnsweredWithTheFirstResultByteForByte() throws Exception {
        site.processing = (event, deadline, lockWaits) -> new Outcome.Duplicate(TestSite.record(event.key(), RESULT));
        assertAnswer(
                200,
                "{\"processed\":false,\"status\":\"already_processed\","
                        + "\"message\":\"Webhook event was already processed\",\"previous_result\":" + RESULT + "}",
                null,
                "duplicate");
    }

    @Test
    void aKnownBodyIsAnsweredAndNotedLikeAnyDuplicateWithoutBeingRead() throws Exception {
        site.processing = new Processing() {
            @Override
            public Outcome process(WebhookEvent event, Deadline deadline, Consumer<Duration> lockWaits) {
                return TestSite.processed(event, RESULT);
            }

            @Override
            public Optional<Outcome> known(EventKey key, Payload payload) {
                return Optional.of(new Outcome.Duplicate(TestSite.record(key, RESULT)));
            }
        };
        assertAnswer(
                200,
                "{\"processed\":false,\"status\":\"already_processed\","
                        + "\"message\":\"Webhook event was already processed\",\"previous_result\":" + RESULT + "}",
                null,
                "duplicate");
        assertThat(site.events).as("handed to the processor").isEmpty();

        RawHttp.Answer unsigned =
                site.ask(TestSite.post("/webhooks/acme", "X-Acme-Signature: bad\r\n", "{\"id\":\"evt_1\"}"));
        assertThat(unsigned.status()).as("the signature comes first").isEqualTo(401);
    }

    @Test
    void allWaitsForTheLockAreNotedAsOneAndNoneAsNothing() throws Exception {
        site.ask(TestSite.good("evt_1"));
        site.processing = (event, deadline, lockWaits) -> {
            lockWaits.accept(Duration.ofMillis(5));
            lockWaits.accept(Duration.ofMillis(7));
            return TestSite.processed(event, RESULT);
        };
        site.ask(TestSite.good("evt_2"));
        site.processing = (event, deadline, lockWaits) -> {
            lockWaits.accept(Duration.ofMillis(9));
            throw new IllegalStateException("a defect");
        };
        site.ask(TestSite.good("evt_3"));

        assertThat(site.deliveries)
                .extracting(Delivery::lockWait)
                .containsExactly(null, Duration.ofMillis(12), Duration.ofMillis(9));
    }

    @Test
    void busyEventIsAnswered409() throws Exception {
        site.processing = (event, deadline, lockWaits) -> new Outcome.Busy();
        assertAnswer(
                409,
                "{\"processed\":false,\"status\":\"already_processing\","
                        + "\"message\":\"Webhook event is already being processed\"}",
                "1",
                "busy");
    }

    @Test
    void refusalOfAHandlerIsAnswered500WithItsSentence() throws Exception {
        site.processing = (event, deadline, lockWaits) -> new Outcome.Failed("Order \"注文\" not found");
        assertAnswer(500, "{\"error\":\"Order \\\"注文\\\" not found\"}", null, "failed");
    }

    @Test
    void deadLetteredEventIsAnswered200() throws Exception {
        site.processing = (event, deadline, lockWaits) -> new Outcome.DeadLettered("Order not found: 42");
        assertAnswer(
                200,
                "{\"processed\":false,\"status\":\"dead_lettered\",\"error\":\"Order not found: 42\"}",
                null,
                "dead_lettered");
    }

    @Test
    void storageAwayIsAnswered503() throws Exception {
        site.processing = (event, deadline, lockWaits) -> new Outcome.StorageUnavailable();
        assertAnswer(503, "{\"error\":\"Storage unavailable\"}", "5", "unavailable");
    }

    @Test
    void unforeseenFailureIsAnsweredWithAReferenceAndNothingElse() throws Exception {
        site.processing = (event, deadline, lockWaits) -> {
            throw new IllegalStateException("a secret that must not leak");
        };
        RawHttp.Answer answer = site.ask(TestSite.good("evt_1"));
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.body()).matches("\\{\"error\":\"Internal error\",\"reference\":\"[0-9a-f]{16}\"}");
        assertThat(site.deliveries).extracting(Delivery::outcome).containsExactly("error");
    }

    @Test
    void unforeseenFailureOfAProviderLeaksNothingEither() throws Exception {
        RawHttp.Answer answer = site.ask(TestSite.post("/webhooks/acme", "X-Acme-Signature: explode\r\n", "{}"));
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.body()).matches("\\{\"error\":\"Internal error\",\"reference\":\"[0-9a-f]{16}\"}");
        assertThat(site.ask(TestSite.good("evt_1")).status()).isEqualTo(200);
    }

    @Test
    void sourceAddressComesFromATrustedProxy() throws Exception {
        site.ask(TestSite.post("/webhooks/acme", "X-Forwarded-For: 1.2.3.4, 203.0.113.9\r\n", "{}"));
        assertThat(site.rejections).extracting(Rejection::sourceAddress).containsExactly("203.0.113.9");
    }

    private void assertAnswer(int status, String body, @Nullable String retryAfter, String outcome) throws Exception {
        RawHttp.Answer answer = site.ask(TestSite.good("evt_1"));
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo(body);
        assertThat(answer.header("Retry-After")).isEqualTo(retryAfter);
        assertThat(answer.header("Content-Type")).isEqualToIgnoringCase("application/json;charset=UTF-8");
        assertThat(site.deliveries).hasSize(1).first().satisfies(delivery -> {
            assertThat(delivery.outcome()).isEqualTo(outcome);
            assertThat(delivery.httpStatus()).isEqualTo(status);
            assertThat(delivery.key().eventId()).isEqualTo("evt_1");
        });
        assertThat(site.registry
                        .get("hooklatch.deliveries")
                        .tag("provider", "acme")
                        .tag("outcome", outcome)
                        .tag("status", Integer.toString(status))
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
