package hooklatch.web;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.testing.RawHttp;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Status, health, metrics, and what the container answers by itself. */
class OperationsTest {
    private static final String AUTHORIZED = "Authorization: Bearer " + TestSite.TOKEN + "\r\n";

    private TestSite site;

    @BeforeEach
    void start() throws Exception {
        site = new TestSite(TestSite.limits());
    }

    @AfterEach
    void stop() {
        site.close();
    }

    @ParameterizedTest
    @CsvSource({
        "/webhooks/status/evt_1, null/evt_1",
        "/webhooks/status/evt_1?provider=stripe, stripe/evt_1",
        "/webhooks/status?event_id=evt_1, null/evt_1",
        "/webhooks/status?event_id=a%2Fb%3Bc%25d%2B&provider=x, x/a/b;c%d+",
        "/webhooks/status/a+b:c@d, null/a+b:c@d",
        "/webhooks/status/a%3Ab%2B, null/a:b+",
        "/webhooks/status/sha256:00ff, null/sha256:00ff"
    })
    void statusIsFoundByTheDecodedId(String path, String key) throws Exception {
        site.statuses.put(key, "{\"status\":\"processed\"}");
        RawHttp.Answer answer = site.get(path, AUTHORIZED);
        assertThat(answer.body()).isEqualTo("{\"status\":\"processed\"}");
        assertThat(answer.status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/webhooks/status/",
                "/webhooks/status",
                "/webhooks/status/a%20b",
                "/webhooks/status?event_id=",
                "/webhooks/status?event_id=%0D%0A",
                "/webhooks/status/%C3%BC",
                "/webhooks/status?event_id=%C3%BC",
                "/webhooks/status/evt_1?provider=../x",
                "/webhooks/status/evt_1?provider="
            })
    void whatIsNoEventIdOrProviderIsAnswered400(String path) throws Exception {
        assertThat(site.get(path, AUTHORIZED).status()).isEqualTo(400);
    }

    @Test
    void idOfMoreThan255CharactersIsAnswered400() throws Exception {
        assertThat(site.get("/webhooks/status/" + "x".repeat(256), AUTHORIZED).status())
                .isEqualTo(400);
        site.statuses.put("null/" + "x".repeat(255), "{}");
        assertThat(site.get("/webhooks/status/" + "x".repeat(255), AUTHORIZED).status())
                .isEqualTo(200);
    }

    @Test
    void statusIs503WhenNoStoreCanBeAsked() throws Exception {
        RawHttp.Answer answer = site.get("/webhooks/status/evt_1", AUTHORIZED);
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.body()).isEqualTo("{\"error\":\"Storage unavailable\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Authorization: Bearer wrong\r\n",
                "Authorization: Bearer \r\n",
                "Authorization: Basic dDow\r\n"
            })
    void statusAndMetricsNeedTheToken(String header) throws Exception {
        for (String path : new String[] {"/webhooks/status/evt_1", "/metrics"}) {
            RawHttp.Answer answer = site.get(path, header);
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer");
        }
    }

    @Test
    void metricsAreToldWithTheToken() throws Exception {
        site.ask(TestSite.good("evt_1"));
        RawHttp.Answer answer = site.get("/metrics", AUTHORIZED);
        assertThat(answer.header("Content-Type")).startsWith("text/plain");
        assertThat(answer.body())
                .contains(
                        "hooklatch_deliveries_seconds_count{outcome=\"processed\",provider=\"acme\",status=\"200\"} 1")
                .contains("hooklatch_deliveries_seconds_bucket{")
                .contains("hooklatch_deliveries_in_flight 0.0");
    }

    @Test
    void processThatAnswersIsLive() throws Exception {
        assertThat(site.get("/health/live", "").body()).isEqualTo("{\"status\":\"ok\"}");
    }

    @Test
    void readinessNamesWhatIsAwayAndSinceWhen() throws Exception {
        Readiness.Dependency down =
                new Readiness.Dependency(false, "no \"answer\"", Instant.parse("2026-11-24T10:00:00.123456Z"));
        assertThat(site.get("/health/ready", "").body())
                .isEqualTo("{\"status\":\"ok\",\"mysql\":\"up\",\"redis\":\"up\"}");

        site.report = new Readiness.Report(TestSite.UP, down, Optional.empty());
        RawHttp.Answer degraded = site.get("/health/ready", "");
        assertThat(degraded.status()).isEqualTo(200);
        assertThat(degraded.body())
                .isEqualTo("{\"status\":\"degraded\",\"mysql\":\"up\",\"redis\":\"down\","
                        + "\"redis_reason\":\"no \\\"answer\\\"\",\"redis_since\":\"2026-11-24T10:00:00.123456Z\"}");

        Instant since = Instant.parse("2026-11-24T10:00:01Z");
        site.report = new Readiness.Report(TestSite.UP, TestSite.UP, Optional.of(new Readiness.Degraded(since, 17)));
        assertThat(site.get("/health/ready", "").body())
                .isEqualTo("{\"status\":\"degraded\",\"mysql\":\"up\",\"redis\":\"up\","
                        + "\"degraded_since\":\"2026-11-24T10:00:01.000000Z\",\"events_without_redis\":17}");

        site.report = new Readiness.Report(down, TestSite.UP, Optional.empty());
        RawHttp.Answer unavailable = site.get("/health/ready", "");
        assertThat(unavailable.status()).isEqualTo(503);
        assertThat(unavailable.body()).startsWith("{\"status\":\"unavailable\",\"mysql\":\"down\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nothing", "/index.html", "/health/other", "/WEB-INF/web.xml", "/error"})
    void whatIsNotThereIsAnswered404InJson(String path) throws Exception {
        RawHttp.Answer answer = site.get(path, "");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.body()).isEqualTo("{\"error\":\"Not found\"}");
        assertSecurityHeaders(answer, "'self'");
    }

    @Test
    void everyAnswerOfTheEndpointCarriesTheSecurityHeaders() throws Exception {
        assertSecurityHeaders(site.ask(TestSite.good("evt_1")), "'none'");
        assertSecurityHeaders(site.ask(TestSite.post("/webhooks/acme", "", "{}")), "'none'");
    }

    @Test
    void percentEncodingIsStrict() {
        assertThat(PercentEncoding.decode("a%2Fb%c3%bc+")).contains("a/bü+");
        for (String broken : new String[] {"%", "%2", "a%zz", "%-1", "%C3", "%FF", "%٢٢"}) {
            assertThat(PercentEncoding.decode(broken)).as(broken).isEmpty();
        }
    }

    private static void assertSecurityHeaders(RawHttp.Answer answer, String sources) {
        assertThat(answer.header("Content-Security-Policy"))
                .startsWith("default-src " + sources + ";")
                .endsWith("; frame-ancestors 'none'");
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.body().getBytes(StandardCharsets.UTF_8)).isNotEmpty();
    }
}
