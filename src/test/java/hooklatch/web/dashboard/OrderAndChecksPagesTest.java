package hooklatch.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.domain.InvariantCheck;
import hooklatch.domain.Json;
import hooklatch.testing.Browser;
import hooklatch.testing.DashboardSite;
import hooklatch.testing.TestJetty;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The pages of an order and of the checks, as people and programs see them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OrderAndChecksPagesTest {
    private static final String HOSTILE = "<script>alert(1)</script>\"''&";

    private DashboardSite site;
    private Browser admin;

    @BeforeAll
    void openSite() throws Exception {
        site = DashboardSite.open("/hooklatch", Map.of());
        admin = site.admin();
        site.execute("INSERT INTO orders (id, total_amount) VALUES (42, 49.99), (43, 10.00), (44, 10.00)");
        payment("pi_42", 42);
        // Nothing of what comes from outside is kept out by its form: ids are any printable ASCII.
        payment("pi_'\"<b>&", 43);
        site.execute(
                "INSERT INTO disputes (provider, dispute_id, payment_id, order_id, status, outcome, amount_minor,"
                        + " currency, amount) VALUES ('stripe', 'du_<i>', 'pi_42', 42, 'open', '<script>x</script>', 1, 'USD', 0.01)");
        site.execute("INSERT INTO webhook_events (provider, event_id, event_type, status, error, attempts, order_id,"
                + " payload_sha256, received_at) VALUES ('stripe', 'evt_<u>''x/y', '" + HOSTILE.replace("'", "''")
                + "', 'failed', 'Handler failed: <script>y</script>', 1, 42, '', UTC_TIMESTAMP(6)),"
                + " ('stripe', 'evt_77', 't', 'dead_lettered', 'Order not found: 77', 9, 77, '', UTC_TIMESTAMP(6))");
    }

    @Test
    void ofARefusedEventItIsNotSaidThatItHadAnEffect() throws Exception {
        site.execute(
                "INSERT INTO webhook_deliveries (provider, event_id, received_at, outcome, http_status, duration_us,"
                        + " node) SELECT 'stripe', 'evt_<u>''x/y', UTC_TIMESTAMP(6), 'failed', 500, 1, 'n' FROM seq_1_to_2");

        assertThat(admin.get("/dashboard/orders/42").body())
                .contains("delivered 2 times, no effect so far")
                .doesNotContain("one effect");
    }

    private void payment(String id, long order) throws Exception {
        String quoted = id.replace("'", "''");
        site.execute("INSERT INTO payments (provider, payment_id, order_id, status, amount_minor, currency, amount)"
                + " VALUES ('stripe', '" + quoted + "', " + order + ", 'completed', 4999, 'USD', 49.99)");
        site.execute("UPDATE orders SET payment_status = 'PAID', facts_version = 1 WHERE id = " + order);
    }

    @AfterAll
    void closeSite() {
        site.close();
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(node -> texts.add(node.asText()));
        return texts;
    }

    @Test
    void anOrderIsToldFromTopToBottomAndNothingOfItIsMarkup() throws Exception {
        Browser.Page page = admin.get("/dashboard/orders/42");

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.body())
                .contains("<h1>Order 42</h1>")
                .contains("PAID because payment pi_42 of 49.99 USD arrived.")
                .contains("Open the event")
                .contains("/hooklatch/dashboard/events/stripe?event_id=evt_%3Cu%3E%27x%2Fy")
                .contains("&lt;script&gt;x&lt;/script&gt;")
                .doesNotContain("<script>alert")
                .doesNotContain("<script>x")
                .doesNotContain("<script>y")
                .doesNotContain("<u>")
                .doesNotContain("<i>");
        assertThat(admin.get("/dashboard/orders/43").body()).doesNotContain("<b>");
        JsonNode json = admin.get("/dashboard/orders/42.json").json();
        assertThat(json.get("state").textValue()).isEqualTo("PAID");
        assertThat(json.get("payments")).hasSize(1);
        assertThat(json.get("timeline")).hasSize(1);
    }

    @Test
    void aRefundOfADeclinedPaymentHasGivenNothingBackYetAndALostDisputeIsCalledSo() throws Exception {
        site.execute("INSERT INTO orders (id, user_id, total_amount, payment_status) VALUES (45, 1, 49.99, 'FAILED')");
        site.execute("INSERT INTO payments (provider, payment_id, order_id, status, amount_minor, currency, amount)"
                + " VALUES ('stripe', 'pi_45', 45, 'failed', 4999, 'USD', 49.99)");
        site.execute("INSERT INTO refunds (provider, refund_id, payment_id, order_id, status, announced_minor,"
                + " amount_minor, currency, amount)"
                + " VALUES ('stripe', 're_45', 'pi_45', 45, 'succeeded', 1000, 1000, 'USD', 10)");
        site.execute("INSERT INTO webhook_events (provider, event_id, event_type, status, result, attempts, order_id,"
                + " payment_id, payload_sha256, received_at, processed_at) VALUES ('stripe', 'evt_45',"
                + " 'charge.dispute.closed', 'processed', '{\"action\":\"dispute_closed\",\"order_id\":45,\"payment_id\":"
                + "\"pi_45\",\"dispute_id\":\"du_45\",\"outcome\":\"lost\",\"amount\":49.99,\"currency\":\"USD\","
                + "\"changed\":true}', 1, 45, 'pi_45', '', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))");

        JsonNode order = admin.get("/dashboard/orders/45.json").json();

        assertThat(order.toString())
                .contains("\"nothing yet\"")
                .contains("Dispute du_45 of 49.99 USD was closed (lost)");
    }

    @Test
    void anOrderIsFoundByWhatBelongsToIt() throws Exception {
        for (String q : List.of("42", "pi_42", "du_%3Ci%3E", "pi_%27%22%3Cb%3E%26")) {
            assertThat(admin.get("/dashboard/orders?q=" + q).body()).as(q).contains("What happened");
        }
        Browser.Page none = admin.get("/dashboard/orders?q=%3Cscript%3E");
        assertThat(none.status()).isEqualTo(404);
        assertThat(none.body()).contains("No order belongs to this id").doesNotContain("\"<script>\"");
        assertThat(admin.get("/dashboard/orders").body()).contains("Which order?");
        assertThat(admin.get("/dashboard/orders.json?q=nothing").status()).isEqualTo(404);
    }

    @Test
    void anOrderThatIsNotThereIsSaidWithTheEventsThatNameIt() throws Exception {
        Browser.Page page = admin.get("/dashboard/orders/77");

        assertThat(page.status()).isEqualTo(404);
        assertThat(page.body())
                .contains("The shop has no order 77.")
                .contains("Order not found: 77")
                .contains("Dead-lettered")
                .doesNotContain("dead_lettered")
                .contains("evt_77");
        JsonNode twin = admin.get("/dashboard/orders/77.json").json();
        assertThat(twin.get("error").textValue()).isEqualTo("The shop has no order 77. Events name it all the same.");
        assertThat(twin.get("events")).hasSize(1);
        assertThat(twin.at("/events/0/event_id").textValue()).isEqualTo("evt_77");
        assertThat(twin.at("/events/0/status").textValue()).isEqualTo("dead_lettered");
        assertThat(twin.at("/events/0/error").textValue()).isEqualTo("Order not found: 77");
        assertThat(admin.get("/dashboard/orders/78.json").json().get("events")).isEmpty();
        assertThat(admin.get("/dashboard/orders/78").body()).contains("No event names it either.");
        assertThat(admin.get("/dashboard/orders/abc").status()).isEqualTo(404);
        assertThat(admin.get("/dashboard/orders/78.json").json().get("error").textValue())
                .startsWith("The shop has no order 78.");
        assertThat(admin.get("/dashboard/orders/9223372036854775808").status()).isEqualTo(404);
    }

    @Test
    void theChecksAreRunByTheTokenAndAnsweredInTheContractsShape() throws Exception {
        Browser program = site.browser().with("Authorization", "Bearer " + DashboardSite.TOKEN);

        JsonNode answer = program.get("/dashboard/checks.json?run=now").json();

        assertThat(answer.fieldNames())
                .toIterable()
                .containsExactly("violations", "notices", "checks", "ran_at", "state", "running_since");
        assertThat(answer.get("state").textValue()).isEqualTo("ran");
        assertThat(answer.get("violations").longValue()).isEqualTo(3);
        assertThat(answer.get("checks").get(0).fieldNames()).toIterable().containsExactly("name", "severity", "count");
        assertThat(answer.get("checks").findValuesAsText("severity")).containsOnly("violation", "notice");
        assertThat(answer.get("ran_at").textValue()).endsWith("Z");
        assertThat(program.get("/dashboard/checks.json").json()).isNotNull();
        assertThat(site.browser().get("/dashboard/checks.json?run=now").status())
                .isEqualTo(401);
        assertThat(site.query("SELECT CONCAT(role, ' ', JSON_VALUE(details, '$.violations')) FROM audit_log"
                        + " WHERE action = 'checks_run' AND username = 'API token' ORDER BY id DESC LIMIT 1"))
                .isEqualTo("viewer 3");
        assertThat(program.get("/dashboard/checks.json?run=now&check=nothing").status())
                .isEqualTo(400);
        Browser lured = site.admin().with("Sec-Fetch-Site", "cross-site");
        assertThat(lured.get("/dashboard/checks.json?run=now").status()).isEqualTo(400);
        assertThat(lured.get("/dashboard/checks.json").status()).isEqualTo(200);
    }

    @Test
    void theTwinOfTheChecksListsWhatTheirPageLists() throws Exception {
        JsonNode answer = admin.get("/dashboard/checks.json?run=now&check=facts_without_event")
                .json();
        assertThat(answer.at("/check/name").textValue()).isEqualTo("facts_without_event");
        int count = answer.at("/check/count").intValue();
        assertThat(answer.get("found")).hasSize(count).isNotEmpty();
        assertThat(answer.get("found").findValuesAsText("detail"))
                .contains("Payment pi_42 is completed with 49.99 USD, and no processed event says so.");
        assertThat(answer.at("/found/0/order_id").longValue()).isBetween(42L, 44L);
        assertThat(answer.get("next").isNull()).isTrue();
        assertThat(admin.get("/dashboard/checks.json?check=facts_without_event&after=" + count)
                        .json()
                        .get("found"))
                .isEmpty();
        assertThat(admin.get("/dashboard/checks.json?check=%3Cb%3E").status()).isEqualTo(400);
    }

    @Test
    void whoWaitsForARunOfTheChecksHoldsNoThread() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        site.execute("UPDATE hooklatch_check_turn SET holder = 'other', held_until = NOW(6) + INTERVAL 1 HOUR");
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        try {
            for (int i = 0; i < TestJetty.THREADS + 8; i++) {
                waiting.add(client.sendAsync(
                        HttpRequest.newBuilder(site.uri().resolve("dashboard/checks.json?run=now"))
                                .header("Authorization", "Bearer " + DashboardSite.TOKEN)
                                .build(),
                        HttpResponse.BodyHandlers.ofString()));
            }
            HttpResponse<String> live = client.send(
                    HttpRequest.newBuilder(site.uri().resolve("health/live"))
                            .timeout(Duration.ofSeconds(20))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(live.statusCode()).isEqualTo(200);
            assertThat(waiting).noneMatch(CompletableFuture::isDone);
        } finally {
            site.execute("UPDATE hooklatch_check_turn SET held_until = NOW(6) - INTERVAL 1 SECOND");
        }
        for (CompletableFuture<HttpResponse<String>> one : waiting) {
            HttpResponse<String> answer = one.get();
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Security-Policy")).isPresent();
            assertThat(Json.read(answer.body()).get("violations").longValue()).isEqualTo(3);
        }
    }

    @Test
    void beforeTheFirstRunNothingIsSaidToBeInOrder() throws Exception {
        site.execute("UPDATE hooklatch_check_turn SET holder = 'other', held_until = NOW(6) + INTERVAL 1 HOUR");
        site.execute("DELETE FROM hooklatch_check_runs");
        try {
            JsonNode answer = admin.get("/dashboard/checks.json").json();
            assertThat(answer.get("violations").isNull()).isTrue();
            assertThat(answer.get("notices").isNull()).isTrue();
            assertThat(answer.at("/checks/0/count").isNull()).isTrue();
            assertThat(answer.get("ran_at").isNull()).isTrue();
            assertThat(answer.get("state").textValue()).isEqualTo("never_ran");
            assertThat(admin.get("/dashboard/checks").body()).contains("The checks have not run yet");
        } finally {
            site.execute("UPDATE hooklatch_check_turn SET held_until = NOW(6) - INTERVAL 1 SECOND");
        }
    }

    @Test
    void aPersonRunsTheChecksSeesWhatIsFoundAndIsWrittenDown() throws Exception {
        Browser.Page done = admin.post("/dashboard/checks", "/dashboard/checks");
        assertThat(done.status()).isEqualTo(303);
        assertThat(done.header("Location")).isEqualTo("/hooklatch/dashboard/checks");
        assertThat(site.query("SELECT COUNT(*) FROM audit_log WHERE action = 'checks_run' AND username = 'ada'"))
                .isNotEqualTo("0");

        assertThat(admin.get("/dashboard/checks").body())
                .contains("3 violations found")
                .contains("check=facts_without_event");
        assertThat(admin.get("/dashboard/checks?check=facts_without_event").body())
                .contains("Payment pi_42 is completed with 49.99 USD, and no processed event says so.")
                .contains("/hooklatch/dashboard/orders/42")
                .doesNotContain("<b>")
                .doesNotContain("<i>");
        assertThat(admin.get("/dashboard/checks?check=refund_waiting").body())
                .contains("The last run found nothing of this kind");
        assertThat(admin.get("/dashboard/checks?check=%3Cb%3E").status()).isEqualTo(400);
        assertThat(admin.get("/dashboard/checks?check=refund_waiting&after=x").status())
                .isEqualTo(400);
        assertThat(admin.postBare("/dashboard/checks").status()).isEqualTo(403);
        assertThat(texts(admin.get("/dashboard/checks.json").json().get("checks")))
                .hasSize(InvariantCheck.values().length);
    }
}
