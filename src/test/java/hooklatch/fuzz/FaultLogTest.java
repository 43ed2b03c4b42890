package hooklatch.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import hooklatch.testing.FreePort;
import hooklatch.testing.RawHttp;
import hooklatch.testing.Signer;
import hooklatch.testing.TestJetty;
import hooklatch.testing.TestServers;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is logged and answered when something is wrong, with secrets in all settings that can hold one. */
class FaultLogTest {
    private static final String DATABASE_PASSWORD = "canary-database-51aa";
    private static final String REDIS_PASSWORD = "canary-redis-77bb";
    private static final String STRIPE_SECRET = "whsec_canary_stripe_90cc";
    private static final String TOKEN = "canary-token-12dd";
    private static final String ADMIN_PASSWORD = "canary-admin-34ee";
    private static final Canaries CANARIES =
            Canaries.of(List.of(DATABASE_PASSWORD, REDIS_PASSWORD, STRIPE_SECRET, TOKEN, ADMIN_PASSWORD));

    private static Map<String, String> settings() {
        return new HashMap<>(Map.of(
                "DB_URL",
                "jdbc:mysql://127.0.0.1:" + FreePort.find() + "/shop",
                "DB_USER",
                "shop",
                "DB_PASSWORD",
                DATABASE_PASSWORD,
                "REDIS_URL",
                "redis://:" + REDIS_PASSWORD + "@127.0.0.1:" + FreePort.find(),
                "STRIPE_WEBHOOK_SECRET",
                STRIPE_SECRET,
                "API_TOKEN",
                TOKEN,
                "DASHBOARD_ADMIN_USER",
                "ada",
                "DASHBOARD_ADMIN_PASSWORD",
                ADMIN_PASSWORD));
    }

    private static String told(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }

    private static List<String> leaks(LogTap log) {
        return log.problems().stream()
                .filter(problem -> problem.startsWith("the log holds"))
                .toList();
    }

    private static void startIsRefused(Map<String, String> settings) throws Exception {
        try (LogTap log = LogTap.on(CANARIES)) {
            Throwable refused =
                    catchThrowable(() -> TestJetty.runningWebApp(settings, "/").close());
            assertThat(refused).isNotNull();
            assertThat(CANARIES.in(told(refused))).as("in the failure").isNull();
            assertThat(leaks(log)).isEmpty();
            assertThat(log.count("")).isPositive();
        }
    }

    @Test
    void refusedSettingsAreNamedWithoutTheirSecrets() throws Exception {
        Map<String, String> settings = settings();
        settings.put(
                "DB_URL", "jdbc:mysql://shop:" + DATABASE_PASSWORD + "@127.0.0.1:1/shop?password=" + DATABASE_PASSWORD);
        settings.put("REDIS_URL", "redis://:" + REDIS_PASSWORD + "@127.0.0.1:no-port/" + REDIS_PASSWORD);
        settings.put("STANDARD_WEBHOOK_SECRET", STRIPE_SECRET + " is no base64");
        settings.put("DASHBOARD_ADMIN_PASSWORD", "$2b$12$" + ADMIN_PASSWORD);
        settings.put("TRUSTED_PROXIES", "nowhere");
        startIsRefused(settings);
    }

    @Test
    void aPasswordThatMySqlRefusesIsNotTold() throws Exception {
        Map<String, String> settings = settings();
        settings.put("DB_URL", TestServers.get().newDatabase());
        startIsRefused(settings);
    }

    @Test
    void withoutMySqlAndRedisNoAnswerAndNoLineTellsASecretOrAStack() throws Exception {
        try (LogTap log = LogTap.on(CANARIES);
                TestJetty jetty = TestJetty.runningWebApp(settings(), "/")) {
            byte[] body = ("{\"id\":\"evt_1\",\"type\":\"a.b\",\"email\":\"" + Canaries.EMAIL + "\"}")
                    .getBytes(StandardCharsets.UTF_8);
            String signature = Signer.stripe(STRIPE_SECRET, body, Instant.now()).getOrDefault("Stripe-Signature", "");
            List<String> requests = List.of(
                    "POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nStripe-Signature: " + signature
                            + "\r\nContent-Length: " + body.length + "\r\n\r\n"
                            + new String(body, StandardCharsets.UTF_8),
                    "GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n",
                    "GET /webhooks/status/evt_1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + TOKEN + "\r\n\r\n",
                    "GET /dashboard/events.json HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + TOKEN + "\r\n\r\n",
                    "GET /dashboard/events HTTP/1.1\r\nHost: x\r\n\r\n");
            for (String request : requests) {
                try (RawHttp connection = new RawHttp(jetty.port(), Duration.ofSeconds(20))) {
                    connection.send(request);
                    RawHttp.Answer answer = connection.read();
                    assertThat(answer.status()).as(request).isEqualTo(503);
                    assertThat(CANARIES.in(answer.headers() + answer.body())).isNull();
                    assertThat(answer.body()).doesNotContain("Exception", "\tat ", "jdbc:", "127.0.0.1", "java.");
                }
            }
            assertThat(log.problems()).isEmpty();
        }
    }
}
