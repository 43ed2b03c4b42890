package hooklatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import hooklatch.testing.JettyHome;
import hooklatch.testing.RawHttp;
import hooklatch.testing.ServletContainer;
import hooklatch.testing.Signer;
import hooklatch.testing.TestServers;
import hooklatch.testing.Tomcat;
import hooklatch.testing.WarWithHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The packaged WAR with a handler that no interrupt reaches: its sender is answered in time all the same, by another thread
 * than the container's, which each container must bear.
 */
class DeafHandlerIT {
    private static final String SECRET = "whsec_of_the_deaf_handler";
    private static final String IN_WORK = "hooklatch_deliveries_in_flight";
    private static final Duration PROMISED = Duration.ofMillis(4500);

    @TempDir
    private Path files;

    private final TestServers servers = TestServers.get();

    @ParameterizedTest
    @ValueSource(strings = {"jetty-12", "tomcat-10", "tomcat-11"})
    void aSenderIsAnsweredWhileTheHandlerOfItsEventHangs(String name) throws Exception {
        Path war = files.resolve("hooklatch.war");
        WarWithHandler.write(war, DeafHandler.class);
        Path deafUntilGone = Files.createFile(files.resolve("deaf"));
        Map<String, String> settings = Map.of(
                "DB_URL", servers.newDatabase(),
                "DB_USER", servers.user(),
                "DB_PASSWORD", servers.password(),
                "REDIS_URL", servers.newRedisUrl(),
                "STRIPE_WEBHOOK_SECRET", SECRET,
                "METRICS_PUBLIC", "true",
                "DEAF_UNTIL_GONE", deafUntilGone.toString());
        try (ServletContainer container =
                name.startsWith("tomcat") ? Tomcat.start(name, war, settings) : JettyHome.start(name, war, settings)) {
            awaitReady(container);
            assertThat(deliver(container, "evt_before", "customer.created").status())
                    .isEqualTo(200);

            assertThatItIsAnsweredInTime(container, true);
            assertThatItIsAnsweredInTime(container, false);
            assertThat(gauge(container, IN_WORK)).as("deliveries in work").isEqualTo(2);
            assertThat(deliver(container, "evt_amid", "customer.created").status())
                    .isEqualTo(200);

            RawHttp.Answer again = deliver(container, "evt_deaf_true", DeafHandler.TYPE);
            assertThat(again.status()).isEqualTo(500);
            assertThat(again.body()).isEqualTo("{\"error\":\"Handler did not end in time\"}");

            Files.delete(deafUntilGone);
            await("the handlers came back").until(() -> gauge(container, IN_WORK) == 0);
            // The container's threads and responses go on to others: each finds its own answer.
            for (int i = 0; i < 200; i++) {
                RawHttp.Answer answer = deliver(container, "evt_after_" + i, "customer.created");
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                assertThat(answer.body()).contains("\"processed\":true");
            }
            await("the event is recorded as refused, and succeeds when it comes again")
                    .until(() -> deliver(container, "evt_deaf_true", DeafHandler.TYPE)
                                    .status()
                            == 200);
        }
    }

    private void assertThatItIsAnsweredInTime(ServletContainer container, boolean atOnce) throws IOException {
        String id = "evt_deaf_" + atOnce;
        byte[] body = body(id, DeafHandler.TYPE);
        try (RawHttp connection = connect(container)) {
            connection.send(head(container, body));
            if (atOnce) {
                connection.send(body);
            } else {
                // Waited for: the container comes with it on another of its ways.
                connection.send(Arrays.copyOf(body, 10));
                await("the beginning of the body has come")
                        .until(() -> gauge(container, "hooklatch_bodies_arriving") > 0);
                connection.send(Arrays.copyOfRange(body, 10, body.length));
            }
            long sent = System.nanoTime();
            RawHttp.Answer answer = connection.read();
            Duration waited = Duration.ofNanos(System.nanoTime() - sent);
            System.out.printf("DeafHandlerIT: %d after %d ms%n", answer.status(), waited.toMillis());
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("{\"error\":\"Storage unavailable\"}");
            assertThat(answer.header("Retry-After")).isEqualTo("5");
            assertThat(answer.header("Connection")).isEqualToIgnoringCase("close");
            assertThat(waited).as("until the answer").isLessThan(PROMISED);
        }
    }

    private static RawHttp.Answer deliver(ServletContainer container, String id, String type) throws IOException {
        byte[] body = body(id, type);
        try (RawHttp connection = connect(container)) {
            connection.send(head(container, body));
            connection.send(body);
            return connection.read();
        }
    }

    private static byte[] body(String id, String type) {
        return ("{\"id\":\"" + id + "\",\"object\":\"event\",\"type\":\"" + type + "\",\"data\":{\"object\":{}}}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String head(ServletContainer container, byte[] body) {
        String signature = Signer.stripe(SECRET, body, Instant.now()).get("Stripe-Signature");
        return "POST " + container.application().getPath() + "webhooks/stripe HTTP/1.1\r\nHost: localhost\r\n"
                + "Stripe-Signature: " + signature + "\r\nContent-Length: " + body.length + "\r\n\r\n";
    }

    private static RawHttp connect(ServletContainer container) throws IOException {
        return new RawHttp(container.application().getPort(), Duration.ofSeconds(10));
    }

    private static double gauge(ServletContainer container, String name) throws IOException {
        return get(container, "metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .sum();
    }

    private static RawHttp.Answer get(ServletContainer container, String path) throws IOException {
        try (RawHttp connection = connect(container)) {
            connection.send("GET " + container.application().getPath() + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            return connection.read();
        }
    }

    private static void awaitReady(ServletContainer container) {
        await("the application is ready")
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .failFast("the container ended", () -> !container.isRunning())
                .until(() -> get(container, "health/ready").status() == 200);
    }
}
