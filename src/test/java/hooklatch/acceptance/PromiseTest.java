package hooklatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.testing.TcpProxy;
import hooklatch.testing.TestServers;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The promise as a provider and a shop see it: the whole application, real bodies, real servers. */
class PromiseTest {
    /** More than a body may have. */
    private static final int TOO_LONG = 2_000_000;

    private static final int STORMS = 100;
    private static final int DUPLICATES = 50;

    @Test
    void inAStormOfFiftyIdenticalDeliveriesOneSucceedsAndAllAreAnswered() throws Exception {
        try (Site site = Site.open()) {
            List<Double> millis = new ArrayList<>();
            int busy = 0;
            for (int storm = 1; storm <= STORMS; storm++) {
                site.execute("INSERT INTO orders (id, total_amount) VALUES (" + storm + ", 49.99)");
                String body = Site.paymentSucceeded("evt_" + storm, "pi_" + storm, storm);
                long start = System.nanoTime();
                List<CompletableFuture<Site.Answer>> answers = new ArrayList<>();
                for (int i = 0; i < DUPLICATES; i++) {
                    answers.add(site.stripeAsync(body));
                }
                List<Site.Answer> all = new ArrayList<>();
                for (CompletableFuture<Site.Answer> answer : answers) {
                    all.add(answer.get(10, TimeUnit.SECONDS));
                }
                millis.add((System.nanoTime() - start) / 1e6);
                // Told to come again: what a provider does.
                for (int i = 0; i < all.size(); i++) {
                    while (all.get(i).status() == 409) {
                        busy++;
                        all.set(i, site.stripe(body));
                    }
                }

                assertThat(all).allSatisfy(answer -> assertThat(answer.status()).isEqualTo(200));
                assertThat(all.stream().filter(a -> a.json().path("processed").asBoolean()))
                        .as("successes in storm %s", storm)
                        .hasSize(1);
                String first = all.stream()
                        .filter(a -> a.json().path("processed").asBoolean())
                        .map(a -> a.json().path("result").toString())
                        .findFirst()
                        .orElseThrow();
                assertThat(all.stream().filter(a -> !a.json().path("processed").asBoolean()))
                        .allSatisfy(
                                a -> assertThat(a.json().path("previous_result").toString())
                                        .isEqualTo(first));
            }
            assertThat(site.query("SELECT COUNT(*) FROM payments")).isEqualTo(Integer.toString(STORMS));
            assertThat(site.query("SELECT COUNT(*) FROM webhook_events")).isEqualTo(Integer.toString(STORMS));
            assertThat(site.query("SELECT COUNT(*) FROM orders WHERE payment_status = 'PAID'"))
                    .isEqualTo(Integer.toString(STORMS));
            millis.sort(null);
            System.out.printf(
                    "PromiseTest: %d storms of %d: one success each; all answered after %.1f ms at the median, %.1f ms at"
                            + " most; %d of %d told to come again%n",
                    STORMS, DUPLICATES, millis.get(STORMS / 2), millis.get(STORMS - 1), busy, STORMS * DUPLICATES);
            await().untilAsserted(() -> assertThat(site.query("SELECT COUNT(*) FROM webhook_deliveries"))
                    .as("every delivery is in the log")
                    .isEqualTo(Integer.toString(STORMS * DUPLICATES)));
        }
    }

    @Test
    void theStatusOfAnEventIsToldFromRedisAndFromMySql() throws Exception {
        try (Site site = Site.open()) {
            site.execute("INSERT INTO orders (id, total_amount) VALUES (1001, 49.99)");
            assertThat(site.get("/webhooks/status/evt_1").json().path("status").asText())
                    .isEqualTo("unknown");

            site.stripe(Site.paymentSucceeded("evt_1", "pi_1", 1001));

            JsonNode status = site.get("/webhooks/status/evt_1?provider=stripe").json();
            assertThat(status.path("status").asText()).isEqualTo("processed");
            assertThat(status.path("attempts").asInt()).isEqualTo(1);
            assertThat(status.path("result").path("action").asText()).isEqualTo("payment_success");
            assertThat(status.path("received_at").asText())
                    .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z");

            site.sample("standard-webhooks/payment.succeeded.json", "evt_1");
            // While its lock is given back, and while the retrier tries it, a refused event is being processed.
            await().untilAsserted(() -> {
                JsonNode newer = site.get("/webhooks/status/evt_1").json();
                assertThat(newer.path("provider").asText())
                        .as("the newer of two")
                        .isEqualTo("standard");
                assertThat(newer.path("status").asText()).isEqualTo("failed");
            });

            site.stripe(Site.paymentSucceeded("evt_2", "pi_2", 404));
            await().untilAsserted(() -> {
                JsonNode failed = site.get("/webhooks/status?event_id=evt_2").json();
                assertThat(failed.path("status").asText()).isEqualTo("failed");
                assertThat(failed.path("error").asText()).isEqualTo("Order not found: 404");
            });
        }
    }

    @Test
    void realStripeBodiesEndInTheStateTheirSetSaysInEitherOrder() throws Exception {
        List<String> set = List.of(
                "payment_intent.payment_failed",
                "payment_intent.succeeded",
                "payment_intent.succeeded.second-event-id",
                "refund.created",
                "refund.updated",
                "charge.refunded.partial",
                "charge.dispute.created",
                "charge.dispute.closed",
                "charge.refunded.full");
        for (boolean reversed : List.of(false, true)) {
            try (Site site = Site.open()) {
                site.execute("INSERT INTO orders (id, total_amount) VALUES (1001, 49.99)");
                List<String> order = new ArrayList<>(set);
                if (reversed) {
                    Collections.reverse(order);
                }
                for (String sample : order) {
                    assertThat(site.sample("stripe/" + sample + ".json", "").status())
                            .as(sample)
                            .isEqualTo(200);
                }
                assertThat(site.query("SELECT payment_status FROM orders")).isEqualTo("REFUNDED");
                assertThat(site.query("SELECT SUM(amount) FROM refunds WHERE status = 'succeeded'"))
                        .isEqualTo("49.990");
                assertThat(site.query("SELECT COUNT(*) FROM payments WHERE status = 'completed'"))
                        .isEqualTo("1");
                assertThat(site.query("SELECT outcome FROM disputes WHERE order_id = 1001"))
                        .isEqualTo("lost");
            }
        }
    }

    @Test
    void realRazorpayBodiesAreProcessedAndAReplayedBodyIsTheEarlierEvent() throws Exception {
        try (Site site = Site.open()) {
            site.execute("INSERT INTO orders (id, total_amount) VALUES (2001, 4999.00), (2004, 5000)");
            site.sample("razorpay/payment.failed.json", "ev_1");
            assertThat(site.query("SELECT payment_status FROM orders WHERE id = 2001"))
                    .isEqualTo("FAILED");
            site.sample("razorpay/payment.captured.json", "ev_2");
            assertThat(site.query("SELECT payment_status FROM orders WHERE id = 2001"))
                    .isEqualTo("PAID");
            assertThat(site.sample("razorpay/order.paid.json", "ev_3")
                            .json()
                            .path("result")
                            .path("changed")
                            .asBoolean())
                    .as("the same money")
                    .isFalse();
            JsonNode replayed =
                    site.sample("razorpay/payment.captured.json", "ev_forged").json();
            assertThat(replayed.path("status").asText()).isEqualTo("already_processed");
            site.sample("razorpay/refund.created.json", "ev_4");
            site.sample("razorpay/refund.processed.partial.json", "ev_5");
            assertThat(site.query("SELECT payment_status FROM orders WHERE id = 2001"))
                    .isEqualTo("PARTIALLY_REFUNDED");
            site.sample("razorpay/refund.processed.full.json", "ev_6");
            assertThat(site.query("SELECT payment_status FROM orders WHERE id = 2001"))
                    .isEqualTo("REFUNDED");

            JsonNode yen = site.sample("razorpay/payment.captured.card-jpy.json", "ev_7")
                    .json()
                    .path("result");
            assertThat(yen.path("amount").decimalValue()).isEqualByComparingTo("5000");
            assertThat(site.query("SELECT amount FROM payments WHERE currency = 'JPY'"))
                    .isEqualTo("5000.000");
            assertThat(site.query("SELECT COUNT(*) FROM webhook_events WHERE event_id = 'ev_forged'"))
                    .isEqualTo("0");
            await().untilAsserted(() -> assertThat(
                            site.query("SELECT COUNT(*) FROM webhook_deliveries WHERE event_id = 'ev_2'"))
                    .as("the replay is a delivery of the first")
                    .isEqualTo("2"));
            assertThat(site.query("SELECT COUNT(*) FROM webhook_deliveries WHERE event_id = 'ev_forged'"))
                    .isEqualTo("0");
        }
    }

    @Test
    void withoutRedisEventsAreStillProcessedExactlyOnce() throws Exception {
        try (Site site = Site.open(TestServers.get().newDatabase(), "redis://127.0.0.1:1", Map.of())) {
            site.execute("INSERT INTO orders (id, total_amount) VALUES (1001, 49.99)");
            String body = Site.paymentSucceeded("evt_1", "pi_1", 1001);

            long start = System.nanoTime();
            assertThat(site.stripe(body).json().path("status").asText()).isEqualTo("success");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(4500));
            assertThat(site.stripe(body).json().path("status").asText()).isEqualTo("already_processed");
            await().untilAsserted(() -> assertThat(
                            site.get("/health/ready").json().path("status").asText())
                    .isEqualTo("degraded"));
            assertThat(site.get("/health/ready").status()).isEqualTo(200);
        }
    }

    @Test
    void withoutMySqlTheApplicationStartsAnswers503AndRecoversWhenTheDatabaseComes() throws Exception {
        TestServers servers = TestServers.get();
        String url = servers.newDatabase();
        String name = url.replaceAll(".*/(test_\\d+).*", "$1");
        String missing = url.replace(name, name + "_later");
        try (Site site = Site.open(missing, servers.newRedisUrl(), Map.of())) {
            String body = Site.paymentSucceeded("evt_1", "pi_1", 1001);
            Site.Answer early = site.stripe(body);
            assertThat(early.status()).isEqualTo(503);
            assertThat(early.body()).isEqualTo("{\"error\":\"Storage unavailable\"}");
            assertThat(site.get("/health/ready").status()).isEqualTo(503);
            assertThat(site.get("/health/live").status()).isEqualTo(200);

            try (var admin = DriverManager.getConnection(url, servers.user(), servers.password());
                    var statement = admin.createStatement()) {
                statement.execute("CREATE DATABASE " + name + "_later");
            }
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(
                            () -> assertThat(site.get("/health/ready").status()).isEqualTo(200));
            site.execute("INSERT INTO orders (id, total_amount) VALUES (1001, 49.99)");
            assertThat(site.stripe(body).json().path("status").asText()).isEqualTo("success");
        }
    }

    @Test
    void withNeitherMySqlNorRedisItStartsAndRecoversByItself() throws Exception {
        TestServers servers = TestServers.get();
        String url = servers.newDatabase();
        String redisUrl = servers.newRedisUrl();
        try (TcpProxy toMySql = TcpProxy.to(servers.mariaDbPort());
                TcpProxy toRedis = TcpProxy.to(servers.redisPort())) {
            toMySql.refuse();
            toRedis.refuse();
            String body = Site.paymentSucceeded("evt_1", "pi_1", 1001);
            try (Site site = Site.open(
                    url.replace(":" + servers.mariaDbPort(), ":" + toMySql.port()),
                    redisUrl.replace(":" + servers.redisPort(), ":" + toRedis.port()),
                    Map.of())) {
                assertThat(site.get("/health/live").status()).isEqualTo(200);
                assertThat(site.get("/health/ready").status()).isEqualTo(503);
                long begun = System.nanoTime();
                assertThat(site.stripe(body).status()).isEqualTo(503);
                assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofMillis(4500));

                toMySql.pass();
                await("MySQL alone is enough").atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                    Site.Answer ready = site.get("/health/ready");
                    assertThat(ready.status()).isEqualTo(200);
                    assertThat(ready.json().path("status").asText()).isEqualTo("degraded");
                });
                site.execute("INSERT INTO orders (id, total_amount) VALUES (1001, 49.99)");
                assertThat(site.stripe(body).json().path("status").asText()).isEqualTo("success");

                toRedis.pass();
                await("Redis is found again")
                        .atMost(Duration.ofSeconds(30))
                        .untilAsserted(() -> assertThat(site.get("/health/ready")
                                        .json()
                                        .path("status")
                                        .asText())
                                .isEqualTo("ok"));
                assertThat(site.stripe(body).json().path("status").asText()).isEqualTo("already_processed");
            }
        }
    }

    @Test
    void anEmptiedDatabaseIsNotAnsweredFromTheCacheOfTheOldOne() throws Exception {
        TestServers servers = TestServers.get();
        String redis = servers.newRedisUrl();
        String body = Site.paymentSucceeded("evt_1", "pi_1", 1001);
        for (int database = 0; database < 2; database++) {
            try (Site site = Site.open(servers.newDatabase(), redis, Map.of())) {
                site.execute("INSERT INTO orders (id, total_amount) VALUES (1001, 49.99)");
                assertThat(site.stripe(body).json().path("status").asText()).isEqualTo("success");
            }
        }
    }

    @Test
    void aRefusedEventSucceedsByItselfOnceItsOrderIsThere() throws Exception {
        try (Site site = Site.open()) {
            assertThat(site.stripe(Site.paymentSucceeded("evt_1", "pi_1", 1001)).status())
                    .isEqualTo(500);

            site.execute("INSERT INTO orders (id, total_amount) VALUES (1001, 49.99)");

            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(site.query("SELECT payment_status FROM orders"))
                            .isEqualTo("PAID"));
            assertThat(site.get("/webhooks/status/evt_1")
                            .json()
                            .path("attempts")
                            .asInt())
                    .isEqualTo(2);
        }
    }

    @Test
    void whatSendersGetWrongIsRefusedByNameAndLeaksNoConnection() throws Exception {
        try (Site site = Site.open()) {
            site.execute("INSERT INTO orders (id, total_amount) VALUES (1001, 49.99)");
            List<String> orderIds = List.of("42abc", "17.4", " 1001 ", "", "99999999999999999999", "注文-2002");
            for (int round = 0; round < 8; round++) {
                for (String orderId : orderIds) {
                    String body = Site.paymentSucceeded("evt_" + round + "_" + orderIds.indexOf(orderId), "pi_x", 1)
                            .replace("\"order_id\":\"1\"", "\"order_id\":\"" + orderId + "\"");
                    Site.Answer answer = site.stripe(body);
                    assertThat(answer.status()).isEqualTo(500);
                    assertThat(answer.json().path("error").asText())
                            .contains(orderId.isEmpty() ? "No order id" : "Invalid order id: \"" + orderId + "\"");
                }
                for (String amount : List.of("-4999", "1e3", "49.99", "\"4999\"", "99999999999999999999", "null")) {
                    String body = Site.paymentSucceeded("evt_a" + round + amount.hashCode(), "pi_x", 1001)
                            .replace("\"amount_received\":4999", "\"amount_received\":" + amount);
                    assertThat(site.stripe(body).status()).as(amount).isEqualTo(500);
                }
            }
            assertThat(site.query("SELECT COUNT(*) FROM payments")).isEqualTo("0");
            assertThat(site.query("SELECT COUNT(*) FROM webhook_events WHERE status = 'failed'"))
                    .isEqualTo(Integer.toString(8 * 12));
            await().untilAsserted(() -> assertThat(site.get("/metrics").body())
                    .contains("hikaricp_connections_active{pool=\"hooklatch\"} 0.0"));
            assertThat(site.stripe(Site.paymentSucceeded("evt_good", "pi_1", 1001))
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aRefundThatNamesOnlyAChargeBeforeItsPaymentIsKeptAnsweredAndCountsLater() throws Exception {
        try (Site site = Site.open()) {
            site.execute("INSERT INTO orders (id, total_amount) VALUES (1001, 49.99)");
            String refund = """
                    {"id":"evt_refund","object":"event","type":"refund.updated","data":{"object":{"id":"re_1",\
                    "object":"refund","amount":1500,"currency":"usd","charge":"ch_pi_1","payment_intent":null,\
                    "status":"succeeded"}}}""";
            Site.Answer early = site.stripe(refund);
            assertThat(early.status()).isEqualTo(200);
            assertThat(early.json().path("result").toString())
                    .isEqualTo("{\"action\":\"refund_processed\",\"order_id\":null,\"payment_id\":null,"
                            + "\"charge_id\":\"ch_pi_1\",\"refund_id\":\"re_1\",\"amount\":15.00,\"currency\":\"USD\","
                            + "\"changed\":false}");
            assertThat(site.stripe(Site.paymentSucceeded("evt_paid", "pi_1", 1001))
                            .status())
                    .isEqualTo(200);
            assertThat(site.query("SELECT payment_status FROM orders WHERE id = 1001"))
                    .isEqualTo("PARTIALLY_REFUNDED");
            assertThat(
                            site.query(
                                    "SELECT CONCAT_WS(' ', payment_id, order_id, amount) FROM refunds WHERE status = 'succeeded'"))
                    .isEqualTo("pi_1 1001 15.000");
        }
    }

    @Test
    void aRefundInAnotherCurrencyIsKeptFlaggedAndCountsForNothing() throws Exception {
        try (Site site = Site.open()) {
            site.execute("INSERT INTO orders (id, total_amount) VALUES (1001, 49.99)");
            site.stripe(Site.paymentSucceeded("evt_paid", "pi_1", 1001));
            Site.Answer answer = site.stripe("""
                    {"id":"evt_refund","object":"event","type":"refund.updated","data":{"object":{"id":"re_1",\
                    "object":"refund","amount":1500,"currency":"eur","payment_intent":"pi_1","status":"succeeded"}}}""");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.json().at("/result/currency_mismatch").asBoolean())
                    .isTrue();
            assertThat(site.query("SELECT payment_status FROM orders WHERE id = 1001"))
                    .isEqualTo("PAID");
            assertThat(site.query("SELECT SUM(amount) FROM refunds WHERE status = 'succeeded'"))
                    .isEqualTo("0.000");
        }
    }

    /** Of a body that is not read to its end, the sender may find the connection closed before it sees the answer. */
    private static int statusOf(Site site, HttpRequest request) throws IOException, InterruptedException {
        try {
            return site.send(request).status();
        } catch (IOException e) {
            long length = request.bodyPublisher()
                    .map(HttpRequest.BodyPublisher::contentLength)
                    .orElse(0L);
            if (length < TOO_LONG) {
                throw e;
            }
            return 413;
        }
    }

    /** What {@link BadInputTest} sends, to the whole application: the gauge of busy connections goes back to zero. */
    @Test
    void afterEveryBadDeliveryThePoolIsWholeAndTheNextGoodEventWorks() throws Exception {
        try (Site site = Site.open()) {
            site.execute("INSERT INTO orders (id, total_amount) VALUES (1001, 49.99)");
            List<HttpRequest> bad = new ArrayList<>();
            BadInputTest.notOneJsonObject().forEach(body -> bad.add(site.stripeRequest(body)));
            BadInputTest.notPlainTextIds()
                    .forEach(id -> bad.add(site.stripeRequest("{\"id\":" + id + ",\"type\":\"x\"}")));
            bad.add(site.stripeRequest("{\"type\":\"x\"}"));
            bad.add(site.stripeRequest("{\"id\":\"" + "x".repeat(256) + "\"}"));
            bad.add(site.stripeRequest("{\"id\":\"evt_big\",\"x\":\"" + "x".repeat(TOO_LONG) + "\"}"));
            byte[] body = "{\"id\":\"evt_1\"}".getBytes(StandardCharsets.UTF_8);
            bad.add(site.post("/webhooks/stripe", body, Map.of()));
            bad.add(site.post("/webhooks/stripe", body, Map.of("Stripe-Signature", "t=1,v1=00")));
            bad.add(site.post("/webhooks/razorpay", body, Map.of("X-Razorpay-Signature", "nonsense")));
            bad.add(site.post("/webhooks/paypal", body, Map.of()));
            bad.add(HttpRequest.newBuilder(site.uri("/webhooks/stripe")).build());
            for (int i = 0; i < bad.size(); i++) {
                int status = statusOf(site, bad.get(i));
                assertThat(status).as("%s", bad.get(i).headers()).isBetween(400, 499);
                String good = Site.paymentSucceeded("evt_good_" + i, "pi_1", 1001);
                assertThat(site.stripe(good).status()).isEqualTo(200);
                await().untilAsserted(() -> assertThat(site.get("/metrics").body())
                        .contains("hikaricp_connections_active{pool=\"hooklatch\"} 0.0")
                        .contains("hikaricp_connections_pending{pool=\"hooklatch\"} 0.0"));
            }
        }
    }
}
