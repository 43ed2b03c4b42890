package hooklatch.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import hooklatch.domain.Deadline;
import hooklatch.domain.Rejection;
import hooklatch.testing.RawHttp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are slow, large, cut off or oddly sent, by raw sockets. After each one a good event still gets through. */
class BodyReadingTest {
    private static final String SIGNED = "X-Acme-Signature: good\r\n";
    private TestSite site;

    @BeforeEach
    void start() throws Exception {
        site = new TestSite(TestSite.limits());
    }

    @AfterEach
    void theNextGoodEventWorksAndStop() throws Exception {
        try {
            RawHttp.Answer answer = site.ask(TestSite.good("evt_after"));
            assertThat(answer.status()).isEqualTo(200);
            assertThat(site.registry
                            .get("hooklatch.deliveries.in.flight")
                            .gauge()
                            .value())
                    .isZero();
            await().untilAsserted(() -> assertThat(site.registry
                            .get("hooklatch.bodies.arriving")
                            .gauge()
                            .value())
                    .isZero());
        } finally {
            site.close();
        }
    }

    @Test
    void bodyThatComesInPiecesIsProcessedWhole() throws Exception {
        String request = TestSite.good("evt_pieces");
        try (RawHttp connection = site.connect()) {
            for (int i = 0; i < request.length(); i++) {
                connection.send(request.substring(i, i + 1));
            }
            assertThat(connection.read().body())
                    .isEqualTo("{\"processed\":true,\"status\":\"success\",\"result\":{\"ok\":1}}");
            connection.send(TestSite.good("evt_second"));
            assertThat(connection.read().status()).isEqualTo(200);
        }
        assertThat(site.events).extracting(event -> event.key().eventId()).containsExactly("evt_pieces", "evt_second");
    }

    @Test
    void chunkedBodyIsProcessedWhole() throws Exception {
        try (RawHttp connection = site.connect()) {
            connection.send("POST /webhooks/acme/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                    + SIGNED + "\r\n7\r\n{\"id\":\"\r\n");
            connection.send("9\r\nevt_chunk\r\n2\r\n\"}\r\n0\r\n\r\n");
            assertThat(connection.read().status()).isEqualTo(200);
            connection.send(TestSite.good("evt_second"));
            assertThat(connection.read().status()).isEqualTo(200);
        }
    }

    @Test
    void clientThatWaitsForContinueIsToldToGoOn() throws Exception {
        String[] request = TestSite.post("/webhooks/acme", SIGNED + "Expect: 100-continue\r\n", "{\"id\":\"evt_1\"}")
                .split("(?<=\r\n\r\n)", -1);
        try (RawHttp connection = site.connect()) {
            connection.send(request[0]);
            assertThat(connection.read().status()).isEqualTo(100);
            connection.send(request[1]);
            assertThat(connection.read().status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 900\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n384\r\n"})
    void slowBodyIsAnswered408AfterItsTimeThoughBytesKeepComing(String framing) throws Exception {
        try (RawHttp connection = site.connect()) {
            long begun = System.nanoTime();
            connection.send("POST /webhooks/acme HTTP/1.1\r\nHost: localhost\r\n" + SIGNED + framing);
            ScheduledExecutorService dribble = dribble(connection);
            RawHttp.Answer answer = connection.read();
            Duration taken = Duration.ofNanos(System.nanoTime() - begun);
            dribble.shutdownNow();
            assertThat(dribble.awaitTermination(5, TimeUnit.SECONDS)).isTrue();

            assertThat(answer.status()).isEqualTo(408);
            assertThat(answer.body()).isEqualTo("{\"error\":\"Webhook body not received within 1 seconds\"}");
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(taken).isBetween(Duration.ofMillis(900), Duration.ofSeconds(3));
            assertThat(connection.isClosedByServer()).isTrue();
        }
        assertThat(site.rejections).extracting(Rejection::cause).containsExactly("body_too_slow");
        assertThat(site.events).isEmpty();
    }

    @Test
    void slowSendersHoldNeitherThreadsNorPlacesInWork() throws Exception {
        restart(new WebhookServlet.Limits(1000, 12, 64_000, Duration.ofSeconds(20), Duration.ofMillis(4300)));
        List<RawHttp> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 60; i++) {
                RawHttp connection = site.connect();
                slow.add(connection);
                connection.send("POST /webhooks/acme HTTP/1.1\r\nHost: localhost\r\n" + SIGNED
                        + (i % 2 == 0 ? "Content-Length: 900\r\n\r\n{" : "Transfer-Encoding: chunked\r\n\r\n5\r\n{"));
            }
            await().untilAsserted(() -> assertThat(site.registry
                            .get("hooklatch.bodies.arriving")
                            .gauge()
                            .value())
                    .isEqualTo(60));
            assertThat(site.ask(TestSite.good("evt_among_slow")).status()).isEqualTo(200);
            assertThat(site.rejections).isEmpty();
        } finally {
            for (RawHttp connection : slow) {
                connection.close();
            }
        }
    }

    @Test
    void bytesOfArrivingBodiesAreBoundedOverAllRequests() throws Exception {
        restart(new WebhookServlet.Limits(1000, 12, 3_000, Duration.ofSeconds(20), Duration.ofMillis(4300)));
        List<RawHttp> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                RawHttp connection = site.connect();
                slow.add(connection);
                connection.send("POST /webhooks/acme HTTP/1.1\r\nHost: localhost\r\n" + SIGNED
                        + "Content-Length: 1000\r\n\r\n" + "x".repeat(999));
            }
            await().untilAsserted(() -> assertThat(site.registry
                            .get("hooklatch.bodies.arriving")
                            .gauge()
                            .value())
                    .isEqualTo(3 * 999));
            try (RawHttp connection = site.connect()) {
                connection.send("POST /webhooks/acme HTTP/1.1\r\nHost: localhost\r\n" + SIGNED
                        + "Content-Length: 1000\r\n\r\n" + "x".repeat(999));
                RawHttp.Answer answer = connection.read();
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.body()).isEqualTo("{\"error\":\"Busy\"}");
                assertThat(answer.header("Retry-After")).isEqualTo("1");
            }
            assertThat(site.ask(TestSite.good("evt_that_came_whole")).status()).isEqualTo(200);
        } finally {
            for (RawHttp connection : slow) {
                connection.close();
            }
        }
    }

    @Test
    void declaredOversizeIsAnswered413BeforeTheBodyComes() throws Exception {
        try (RawHttp connection = site.connect()) {
            connection.send(
                    "POST /webhooks/acme HTTP/1.1\r\nHost: localhost\r\n" + SIGNED + "Content-Length: 1001\r\n\r\n");
            assertTooLarge(connection);
        }
    }

    @Test
    void declarationBeyondAnyIntIsAnswered413() throws Exception {
        try (RawHttp connection = site.connect()) {
            connection.send("POST /webhooks/acme HTTP/1.1\r\nHost: localhost\r\n" + SIGNED
                    + "Content-Length: 9223372036854775807\r\n\r\n");
            assertTooLarge(connection);
        }
    }

    @Test
    void chunkedOversizeIsAnswered413AsSoonAsItIsSeen() throws Exception {
        try (RawHttp connection = site.connect()) {
            connection.send("POST /webhooks/acme HTTP/1.1\r\nHost: localhost\r\n" + SIGNED
                    + "Transfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 3; i++) {
                connection.send("190\r\n" + "x".repeat(400) + "\r\n");
            }
            assertTooLarge(connection);
        }
    }

    @Test
    void bodyOfExactlyTheLimitIsTaken() throws Exception {
        String head = "{\"id\":\"evt_full\",\"pad\":\"";
        String body = head + "x".repeat(1000 - head.length() - 2) + "\"}";
        assertThat(site.ask(TestSite.post("/webhooks/acme", SIGNED, body)).status())
                .isEqualTo(200);
        assertThat(site.ask("POST /webhooks/acme HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" + SIGNED
                                + "\r\n3e8\r\n" + body + "\r\n0\r\n\r\n")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void bodyThatEndsBeforeItsDeclaredLengthIsNotProcessed() throws Exception {
        try (RawHttp connection = site.connect()) {
            connection.send("POST /webhooks/acme HTTP/1.1\r\nHost: localhost\r\n" + SIGNED
                    + "Content-Length: 200\r\n\r\n{\"id\":\"evt_cut\"}");
            connection.endSending();
            assertThat(connection.read().status()).isEqualTo(400);
        }
        assertIncomplete();
    }

    @Test
    void connectionDroppedMidBodyLeavesNothingBehind() throws Exception {
        try (RawHttp connection = site.connect()) {
            connection.send("POST /webhooks/acme HTTP/1.1\r\nHost: localhost\r\n" + SIGNED
                    + "Content-Length: 200\r\n\r\n{\"id\":");
            await().untilAsserted(() -> assertThat(site.registry
                            .get("hooklatch.bodies.arriving")
                            .gauge()
                            .value())
                    .isEqualTo(6));
        }
        assertIncomplete();
    }

    @Test
    void brokenChunkIsRefused() throws Exception {
        RawHttp.Answer answer = site.ask("POST /webhooks/acme HTTP/1.1\r\nHost: localhost\r\n" + SIGNED
                + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(site.events).isEmpty();
    }

    @Test
    void refusedRequestDoesNotWaitForItsBody() throws Exception {
        try (RawHttp connection = site.connect()) {
            connection.send("POST /webhooks/nobody HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n{");
            assertThat(connection.read().status()).isEqualTo(404);
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    @Test
    void refusedRequestWhoseBodyIsHereKeepsItsConnection() throws Exception {
        try (RawHttp connection = site.connect()) {
            connection.send(TestSite.post("/webhooks/nobody", "", "{}"));
            assertThat(connection.read().status()).isEqualTo(404);
            connection.send(TestSite.good("evt_next"));
            assertThat(connection.read().status()).isEqualTo(200);
        }
    }

    @Test
    void timeToAnswerBeginsWithTheLastByteOfTheBody() throws Exception {
        BlockingQueue<Deadline> seen = new LinkedBlockingQueue<>();
        site.processing = (event, deadline, lockWaits) -> {
            seen.add(deadline);
            return TestSite.processed(event, "{}");
        };
        String request = TestSite.good("evt_late");
        try (RawHttp connection = site.connect()) {
            connection.send(request.substring(0, request.length() - 1));
            await().untilAsserted(() -> assertThat(site.registry
                            .get("hooklatch.bodies.arriving")
                            .gauge()
                            .value())
                    .isPositive());
            long lastByteNanos = System.nanoTime();
            connection.send(request.substring(request.length() - 1));
            assertThat(connection.read().status()).isEqualTo(200);
            assertThat(Duration.ofNanos(seen.take().atNanos() - lastByteNanos))
                    .isBetween(Duration.ofMillis(4300), Duration.ofMillis(4500));
        }
    }

    private void restart(WebhookServlet.Limits limits) throws Exception {
        site.close();
        site = new TestSite(limits);
    }

    private void assertTooLarge(RawHttp connection) throws Exception {
        RawHttp.Answer answer = connection.read();
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.body()).isEqualTo("{\"error\":\"Webhook body too large: at most 1000 bytes\"}");
        assertThat(answer.header("Connection")).isEqualTo("close");
        assertThat(connection.isClosedByServer()).isTrue();
        assertThat(site.rejections).extracting(Rejection::cause).containsExactly("body_too_large");
        assertThat(site.events).isEmpty();
    }

    private void assertIncomplete() {
        await().untilAsserted(() ->
                assertThat(site.rejections).extracting(Rejection::cause).containsExactly("body_incomplete"));
        assertThat(site.events).isEmpty();
    }

    /** Sends a byte now and then, until it is closed or the server has had enough. */
    private static ScheduledExecutorService dribble(RawHttp connection) {
        ScheduledExecutorService sender = Executors.newSingleThreadScheduledExecutor();
        var unused = sender.scheduleWithFixedDelay(
                () -> {
                    try {
                        connection.send("x");
                    } catch (IOException closedByTheServer) {
                        throw new UncheckedIOException(closedByTheServer);
                    }
                },
                0,
                100,
                TimeUnit.MILLISECONDS);
        return sender;
    }
}
