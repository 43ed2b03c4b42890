package hooklatch.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import hooklatch.testing.FreePort;
import hooklatch.testing.RawHttp;
import hooklatch.testing.Signer;
import hooklatch.testing.TestJetty;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The web application as web.xml describes it, on a Jetty. */
class AppListenerTest {
    @Test
    void startsAndAnswersWhileNeitherMySqlNorRedisIsThere() throws Exception {
        Map<String, String> config = Map.of(
                "DB_HOST",
                "127.0.0.1",
                "DB_PORT",
                Integer.toString(FreePort.find()),
                "REDIS_URL",
                "redis://127.0.0.1:" + FreePort.find(),
                "STRIPE_WEBHOOK_SECRET",
                "whsec_test",
                "API_TOKEN",
                "token");
        try (TestJetty jetty = TestJetty.runningWebApp(config)) {
            assertThat(ask(jetty, "GET /health/live", "", "").status()).isEqualTo(200);

            RawHttp.Answer ready = ask(jetty, "GET /health/ready", "", "");
            assertThat(ready.status()).isEqualTo(503);
            assertThat(ready.body())
                    .startsWith("{\"status\":\"unavailable\",\"mysql\":\"down\"")
                    .contains("\"redis\":\"down\"");

            String body = "{\"id\":\"evt_1\",\"type\":\"x\"}";
            String signature = Signer.stripe("whsec_test", body.getBytes(StandardCharsets.UTF_8), Instant.now())
                    .get("Stripe-Signature");
            RawHttp.Answer answer =
                    ask(jetty, "POST /webhooks/stripe", "Stripe-Signature: " + signature + "\r\n", body);
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("{\"error\":\"Storage unavailable\"}");

            assertThat(ask(jetty, "GET /metrics", "Authorization: Bearer token\r\n", "")
                            .body())
                    .contains("hikaricp_connections_max")
                    .contains("jvm_memory_used_bytes")
                    .contains("outcome=\"unavailable\"");
            RawHttp.Answer missing = ask(jetty, "GET /nothing", "", "");
            assertThat(missing.status()).isEqualTo(404);
            assertThat(missing.body()).isEqualTo("{\"error\":\"Not found\"}");
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("hooklatch"));
    }

    @Test
    void unusableConfigurationStopsTheStartAndIsLoggedOnceAndWhole() {
        Logger logger = (Logger) LoggerFactory.getLogger(AppListener.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try {
            assertThatThrownBy(() -> TestJetty.runningWebApp(Map.of("DB_PORT", "x", "LOG_FORMAT", "xml"))
                            .close())
                    .hasStackTraceContaining("Hooklatch did not start: 2 settings are wrong");
        } finally {
            logger.detachAppender(lines);
        }
        assertThat(lines.list).hasSize(1);
        assertThat(lines.list.get(0).getFormattedMessage()).contains("DB_PORT must", "LOG_FORMAT must");
    }

    private static RawHttp.Answer ask(TestJetty jetty, String target, String headers, String body) throws Exception {
        try (RawHttp connection = new RawHttp(jetty.port(), Duration.ofSeconds(20))) {
            connection.send(target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                    + body.length() + "\r\n" + headers + "\r\n" + body);
            return connection.read();
        }
    }
}
