package hooklatch.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.testing.Browser;
import hooklatch.testing.DashboardSite;
import hooklatch.testing.Samples;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The list of events and the page of one, as a browser gets them. */
class EventPagesTest {
    private static DashboardSite site;
    private static Browser admin;

    @BeforeAll
    static void open() throws Exception {
        site = DashboardSite.open();
        admin = site.admin();
        for (String role : List.of("viewer", "operator")) {
            site.execute("INSERT INTO dashboard_users (username, password_hash, role, created_at, password_changed_at)"
                    + " SELECT 'a_" + role + "', password_hash, '" + role + "', created_at, password_changed_at"
                    + " FROM dashboard_users WHERE username = '" + DashboardSite.ADMIN + "'");
        }
    }

    @AfterAll
    static void close() {
        site.close();
    }

    @BeforeEach
    void empty() throws Exception {
        for (String table : List.of(
                "webhook_events", "webhook_deliveries", "payments", "orders", "refunds", "disputes", "audit_log")) {
            site.execute("DELETE FROM " + table);
        }
    }

    private static String hex(String text) {
        return "X'" + HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8)) + "'";
    }

    /** A processed event of just now. */
    private static void store(String id, String type, String result, String payload) throws Exception {
        site.execute("INSERT INTO webhook_events (provider, event_id, event_type, status, result, attempts, order_id,"
                + " payment_id, payload, payload_sha256, received_at, processed_at) VALUES ('stripe', " + hex(id) + ", "
                + hex(type) + ", 'processed', " + hex(result) + ", 1, 42, 'pi_1', " + hex(payload)
                + ", UNHEX(SHA2('', 256)),"
                + " UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))");
    }

    private static void store(String id) throws Exception {
        store(
                id,
                "payment_intent.succeeded",
                "{\"action\":\"payment_success\",\"order_id\":42,\"payment_id\":\"pi_1\",\"amount\":1249.90,"
                        + "\"currency\":\"USD\",\"changed\":true}",
                Samples.text("razorpay/payment.captured.json"));
    }

    private static void failed(String id, String error) throws Exception {
        site.execute("INSERT INTO webhook_events (provider, event_id, event_type, status, error, attempts, order_id,"
                + " payload, payload_sha256, received_at, next_attempt_at) VALUES ('stripe', " + hex(id) + ", 'a.b',"
                + " 'failed', " + hex(error) + ", 3, 42, '{}', UNHEX(SHA2('', 256)), UTC_TIMESTAMP(6),"
                + " UTC_TIMESTAMP(6) + INTERVAL 5 MINUTE)");
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Test
    void beforeAnythingWasReceivedThePageSaysHowSomethingWould() throws Exception {
        Browser.Page page = admin.get("/dashboard/events");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.body())
                .contains("Nothing has been delivered yet")
                .contains("/webhooks/stripe")
                .contains("/webhooks/razorpay")
                .contains("exec:java@send");
        assertThat(admin.get("/dashboard/events.json").body()).isEqualTo("{\"events\":[],\"next\":null}");
    }

    @Test
    void theTimelineTellsHowLongADeliveryWaitedForItsLockAsFarAsThatIsKnown() throws Exception {
        store("evt_1");
        site.execute(
                "INSERT INTO webhook_deliveries (provider, event_id, received_at, outcome, http_status, duration_us,"
                        + " lock_wait_ms, node) VALUES ('stripe', 'evt_1', UTC_TIMESTAMP(6), 'busy', 409, 700123, 612, 'n1'),"
                        + " ('stripe', 'evt_1', UTC_TIMESTAMP(6), 'processed', 200, 8123, 0, 'n1'),"
                        + " ('stripe', 'evt_1', UTC_TIMESTAMP(6), 'duplicate', 200, 400, NULL, 'n1'),"
                        + " ('stripe', 'evt_1', UTC_TIMESTAMP(6), 'processed', 200, 3100000, 2900, 'n1')");

        String page = admin.get("/dashboard/events/stripe/evt_1").body();
        List<String> told = Pattern.compile("data-label=\"Lock wait\" class=\"number\">([^<]*)<")
                .matcher(page)
                .results()
                .map(cell -> cell.group(1))
                .toList();
        assertThat(told).containsExactly("612 ms", "&lt; 1 ms", "–", "2.9 s");
        JsonNode deliveries =
                admin.get("/dashboard/events/stripe/evt_1.json").json().get("deliveries");
        assertThat(deliveries.findValues("lock_wait_ms"))
                .map(JsonNode::asText)
                .containsExactly("612", "0", "null", "2900");
    }

    @Test
    void aRefusedEventsAmountIsNotSaidToBeNone() throws Exception {
        failed("evt_1", "Order not found: 42");
        store("evt_2", "charge.updated", "{\"status\":\"skipped\",\"message\":\"m\"}", "{}");

        assertThat(admin.get("/dashboard/events/stripe/evt_1").body())
                .containsPattern("<dt>Payment</dt><dd>\\s*not known before it is processed")
                .containsPattern("<dt>Amount</dt><dd>\\s*not known before it is processed");
        assertThat(admin.get("/dashboard/events/stripe/evt_2").body()).containsPattern("<dt>Amount</dt><dd>\\s*none");
    }

    @Test
    void aReasonBreaksWhereItsWordsDo() throws Exception {
        failed("evt_1", "Handler failed: card_declined: insufficient_funds of 49.99 <b>_x");

        assertThat(admin.get("/dashboard/events").body())
                .contains(
                        ">Handler failed: card_<wbr>declined: insufficient_<wbr>funds of 49.99 &lt;b&gt;_x<wbr></small>");
    }

    @Test
    void ofALongBodyItIsSaidWhereAllOfItIsAndWhetherMasked() throws Exception {
        store("evt_1", "t", "{}", "{\"email\":\"jo@example.com\",\"text\":\"" + "x".repeat(250_000) + "\"}");
        String path = "/dashboard/events/stripe/evt_1";
        Browser operator = site.signedIn("a_operator", DashboardSite.PASSWORD);

        assertThat(operator.get(path).body()).contains("; all of it is in the JSON of this page, masked like here.");
        assertThat(operator.get(path + ".json").json().at("/payload/text").textValue())
                .hasSize(250_000);
        assertThat(operator.post(path, path, "reason", "asked for").body())
                .contains("jo@example.com")
                .contains("The JSON of this page has all of it, but masked.")
                .doesNotContain("all of it is in the JSON");
    }

    @Test
    void aLineHasWhatPeopleLookFor() throws Exception {
        store("evt_1");
        site.execute(
                "INSERT INTO webhook_deliveries (provider, event_id, received_at, outcome, http_status, duration_us,"
                        + " node) VALUES ('stripe', 'evt_1', UTC_TIMESTAMP(6), 'processed', 200, 8123, 'n1'),"
                        + " ('stripe', 'evt_1', UTC_TIMESTAMP(6), 'duplicate', 200, 400, 'n1')");
        String page = admin.get("/dashboard/events").body();
        assertThat(page)
                .contains("href=\"/dashboard/events/stripe/evt_1\"")
                .contains("href=\"/dashboard/orders/42\"")
                .contains("href=\"/dashboard/events?q=pi_1\"")
                .contains("data-copy=\"evt_1\"")
                .contains("1,249.90 USD")
                .contains("8.1 ms")
                .contains("×1")
                .contains("Processed")
                .contains("data-rows=\"live\"")
                .contains("1 event<");
    }

    /** Providers put what their customers typed into a decline's message, and handlers pass it on. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/dashboard/events",
                "/dashboard/events?status=failed",
                "/dashboard/events/stripe/evt_1",
                "/dashboard/events/stripe/evt_2",
                "/dashboard/orders/42",
                "/dashboard/failures",
                "/dashboard/replay?provider=stripe&event_id=evt_2",
            })
    void whatTheProviderSaidOfPeopleIsNowhereShown(String address) throws Exception {
        site.execute("INSERT INTO orders (id, total_amount) VALUES (42, 49.99)");
        store(
                "evt_1",
                "payment_intent.payment_failed",
                "{\"action\":\"payment_failed\",\"order_id\":42,\"payment_id\":\"pi_1\",\"error\":\"declined, ask jo@example.com\"}",
                "{\"id\":\"evt_1\"}");
        failed("evt_2", "declined, ask jo@example.com");
        site.execute(
                "INSERT INTO webhook_replays (event_row, username, requested_at, finished_at, outcome, message, node)"
                        + " SELECT id, 'a_viewer', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 'refused', 'ask jo@example.com', 'n1'"
                        + " FROM webhook_events WHERE event_id = 'evt_2'");
        Browser viewer = site.signedIn("a_viewer", DashboardSite.PASSWORD);

        for (String one : List.of(address, PageList.twin(address))) {
            Browser.Page page = viewer.get(one);
            assertThat(page.status()).as(page.body()).isEqualTo(200);
            assertThat(page.body()).as(one).doesNotContain("jo@example.com");
        }
    }

    @Test
    void theJsonTwinHasTheContractsShape() throws Exception {
        store("evt_1");
        failed("evt_2", "Order not found: 42");
        JsonNode answer = admin.get("/dashboard/events.json").json();
        assertThat(answer.fieldNames()).toIterable().containsExactly("events", "next");
        JsonNode event = answer.at("/events/1");
        assertThat(event.fieldNames())
                .toIterable()
                .containsExactly(
                        "provider",
                        "event_id",
                        "event_type",
                        "status",
                        "order_id",
                        "payment_id",
                        "amount",
                        "currency",
                        "attempts",
                        "duration_ms",
                        "received_at",
                        "processed_at",
                        "error");
        assertThat(event.at("/amount").decimalValue()).isEqualByComparingTo("1249.90");
        assertThat(event.at("/order_id").longValue()).isEqualTo(42);
        assertThat(event.at("/received_at").textValue()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z");
        assertThat(answer.at("/events/0/error").textValue()).isEqualTo("Order not found: 42");
        assertThat(answer.at("/events/0/processed_at").isNull()).isTrue();
        Browser program = site.browser().with("Authorization", "Bearer " + DashboardSite.TOKEN);
        assertThat(program.get("/dashboard/events.json?status=failed").json().get("events"))
                .hasSize(1);
        assertThat(program.get("/dashboard/events").status())
                .as("pages need a sign-in")
                .isEqualTo(303);
        assertThat(site.browser().get("/dashboard/events.json").status()).isEqualTo(401);
    }

    @Test
    void pagesAreLeafedThroughByLinks() throws Exception {
        for (int i = 0; i < 120; i++) {
            store("evt_" + i);
        }
        String first = admin.get("/dashboard/events").body();
        assertThat(first).contains("120 events").doesNotContain("Newer");
        String second = admin.get(link(first, "Older ›")).body();
        String third = admin.get(link(second, "Older ›")).body();
        assertThat(third).contains("This is the end of the list.").contains("data-rows=\"still\"");
        assertThat(ids(first).size() + ids(second).size() + ids(third).size()).isEqualTo(120);
        assertThat(ids(admin.get(link(third, "‹ Newer")).body())).isEqualTo(ids(second));
        assertThat(ids(admin.get(link(second, "‹ Newer")).body())).isEqualTo(ids(first));
        String last = admin.get(link(first, "Oldest »")).body();
        assertThat(ids(last)).hasSize(50).endsWith("evt_0");
        JsonNode json = admin.get("/dashboard/events.json").json();
        assertThat(admin.get("/dashboard/events.json?cursor=" + json.get("next").textValue())
                        .json()
                        .get("events"))
                .hasSize(50);
    }

    /** It was asked for with another filter. */
    @Test
    void behindTheLastEventTheWayBackIsShown() throws Exception {
        for (int i = 0; i < 60; i++) {
            store("evt_" + i);
        }
        String cursor = admin.get("/dashboard/events.json?status=processed")
                .json()
                .get("next")
                .textValue();
        failed("evt_failed", "Order not found: 42");

        assertThat(admin.get("/dashboard/events?status=failed&cursor=" + encoded(cursor))
                        .body())
                .contains("No more events")
                .contains("To the newest")
                .doesNotContain("No event matches");
    }

    @Test
    void ofARefundThatCameFirstTheOrderOfItsPaymentIsShown() throws Exception {
        site.execute("INSERT INTO orders (id, user_id, total_amount) VALUES (4711, 1, 49.99)");
        site.execute("INSERT INTO payments (provider, payment_id, order_id, status, amount_minor, currency, amount)"
                + " VALUES ('stripe', 'pi_early', 4711, 'completed', 4999, 'USD', 49.99)");
        site.execute("INSERT INTO webhook_events (provider, event_id, event_type, status, result, attempts, payment_id,"
                + " payload_sha256, received_at, processed_at) VALUES ('stripe', 'evt_early', 'refund.created', 'processed',"
                + " '{\"action\":\"refund_processed\",\"order_id\":null,\"payment_id\":\"pi_early\",\"refund_id\":\"re_1\","
                + "\"amount\":10.00,\"currency\":\"USD\",\"changed\":false}', 1, 'pi_early', UNHEX(SHA2('', 256)),"
                + " UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))");

        assertThat(admin.get("/dashboard/events/stripe/evt_early").body())
                .contains("<dt>Order</dt><dd><a href=\"/dashboard/orders/4711\">4711</a>");
    }

    @Test
    void whatTurnsTheDirectionOfReadingIsSeen() throws Exception {
        store("evt_turned", "payment_intent.succeeded", "{\"error\":\"ok \u202e00.1\"}", "{\"a\":\"b \u202e00.1\"}");

        assertThat(admin.get("/dashboard/events/stripe/evt_turned").body())
                .doesNotContain("\u202e")
                .contains("ok \\u202e00.1")
                .contains("b \\u202e00.1");
    }

    private static String link(String page, String text) {
        int end = page.indexOf("\">" + text);
        return page.substring(page.lastIndexOf("href=\"", end) + 6, end).replace("&amp;", "&");
    }

    private static List<String> ids(String page) {
        List<String> ids = new ArrayList<>();
        var matcher =
                java.util.regex.Pattern.compile("data-copy=\"(evt_\\d+)\"").matcher(page);
        while (matcher.find()) {
            ids.add(matcher.group(1));
        }
        return ids;
    }

    @Test
    void whatIsFilteredLeadsToItsReplayAsAGroup() throws Exception {
        store("evt_1");
        failed("evt_2", "Order not found: 42");
        String list = "/dashboard/events?provider=stripe&type=a.b&status=failed&from=2026-01-01T00:00Z";
        String page = admin.get(list).body();
        String href = link(page, "Replay these…");
        assertThat(href)
                .isEqualTo("/dashboard/replay-group?status=failed&provider=stripe&type=a.b"
                        + "&from=2026-01-01T00%3A00%3A00.000000Z");
        assertThat(admin.get(href).body()).contains(">1 event<").contains("type a.b");
        assertThat(link(admin.get("/dashboard/events?provider=stripe").body(), "Replay the refused of these…"))
                .startsWith("/dashboard/replay-group?status=")
                .contains("status=failed", "status=dead_lettered", "provider=stripe", "from=");
        assertThat(admin.get("/dashboard/events").body()).as("no filter is set").doesNotContain("replay-group");
        Browser viewer = site.signedIn("a_viewer", DashboardSite.PASSWORD);
        assertThat(viewer.get(list).body()).contains("evt_2").doesNotContain("replay-group");
    }

    @ParameterizedTest
    @CsvSource({
        "q=evt_2, one by one",
        "q=order%3A42, one by one",
        "status=processed, never have it twice",
        "type=payment, write the type out in full",
        "status=failed&range=all, choose a provider"
    })
    void whereAGroupReplayCannotAskForTheSameTheListSaysWhy(String query, String why) throws Exception {
        store("evt_1");
        failed("evt_2", "Order not found: 42");
        String page = admin.get("/dashboard/events?" + query).body();
        assertThat(page).contains(why).doesNotContain("replay-group");
    }

    @Test
    void whatIsNotInMySqlIsCountedBesideTheListToo() throws Exception {
        assertThat(admin.get("/dashboard/events").body().replaceAll("\\s+", " "))
                .contains("<span>In flight over 5 s</span> <span class=\"count\">0</span>")
                .contains("<span>Degraded</span> <span class=\"count\">0</span>");
    }

    @Test
    void whatIsNotUnderstoodIsSaidWithEverythingKept() throws Exception {
        store("evt_1");
        Browser.Page page = admin.get("/dashboard/events?q=status%3Afoo+evt_1&type=a.b&from=2026-02-02&to=2026-01-01");
        assertThat(page.status()).isEqualTo(400);
        assertThat(page.body())
                .contains("There is no status “foo”")
                .contains("“from” is not before “to”")
                .contains("value=\"status:foo evt_1\"")
                .contains("value=\"a.b\"")
                .contains("value=\"2026-02-02\"")
                .contains("Nothing was searched");
        Browser.Page json = admin.get("/dashboard/events.json?cursor=%00%27");
        assertThat(json.status()).isEqualTo(400);
        assertThat(json.json().get("error").textValue()).contains("cursor cannot be read");
    }

    /** One of them would count, and nobody knows which. */
    @Test
    void aFilterThatIsGivenTwiceIsRefused() throws Exception {
        failed("evt_2", "Order not found: 42");
        String twice = "\"status\" is given more than once, and only one can be asked for.";
        Browser.Page page = admin.get("/dashboard/events?status=failed&status=skipped");
        assertThat(page.status()).isEqualTo(400);
        assertThat(page.body()).contains(twice.replace("\"", "&#034;"));
        Browser.Page twin = admin.get("/dashboard/events.json?status=failed&status=failed");
        assertThat(twin.status()).isEqualTo(400);
        assertThat(twin.json().get("error").textValue()).isEqualTo(twice);
        assertThat(admin.post("/dashboard/account", "/dashboard/checks", "a", "1", "a", "2")
                        .status())
                .isEqualTo(400);
        assertThat(admin.get("/dashboard/replay-group?provider=stripe&status=failed&status=dead_lettered")
                        .status())
                .as("a set of statuses")
                .isEqualTo(200);
        assertThat(admin.get("/dashboard/replay-group?provider=stripe&provider=razorpay")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void whatMatchesNothingOffersToClearTheFilters() throws Exception {
        store("evt_1");
        assertThat(admin.get("/dashboard/events?q=nothing").body())
                .contains("No event matches")
                .contains("Clear filters");
        assertThat(admin.get("/dashboard/events?status=failed&range=day").body())
                .contains("No event matches");
    }

    @Test
    void hostileDataStaysInert() throws Exception {
        String hostile = "<script>alert(1)</script>\"'&${7*7}<img src=x onerror=alert(2)>";
        String id = "\"><script>alert(3)</script>'&;%2e/../x.json";
        store(
                id,
                hostile,
                "{\"action\":\"</code><script>alert(4)</script>\",\"note\":\"" + hostile.replace("\"", "\\\"") + "\"}",
                "{\"notes\":{\"<b>\":\"</pre><script>alert(5)</script>\"}}");
        failed("evt_2", "<script>alert(6)</script>");
        String list = admin.get("/dashboard/events?q=" + encoded("type:<script>alert(7)</script>"))
                        .body()
                + admin.get("/dashboard/events").body();
        assertThat(list).contains("&lt;script&gt;").doesNotContain("<script>alert", "<img src=x");
        assertThat(list.replace("${7*7}", "")).doesNotContain(">49<");

        String path = "/dashboard/events/stripe?event_id=" + encoded(id);
        assertThat(list).contains(path.replace("&", "&amp;"));
        Browser.Page page = admin.get(path);
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.body()).contains("&lt;/pre&gt;").doesNotContain("<script>alert", "<img src=x", "<b>");
        assertThat(admin.get("/dashboard/events/stripe/evt_2").body()).doesNotContain("<script>alert");

        Browser.Page json = admin.get("/dashboard/events.json");
        assertThat(json.header("Content-Type")).startsWith("application/json");
        assertThat(json.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(json.json().at("/events/1/event_type").textValue()).isEqualTo(hostile);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evt_1", "a/b", "a;b=c", "a%2Fb", "a%", "..", ".", "x.json", ".json", "a?b#c", "a+b", "\\", "~a-b.c",
                "{\"}"
            })
    void anIdOfAnyFormHasAPage(String id) throws Exception {
        store(id);
        String list = admin.get("/dashboard/events").body();
        int label = list.indexOf("<a href=\"/dashboard/events/stripe");
        String href = list.substring(label + 9, list.indexOf('"', label + 9)).replace("&amp;", "&");
        Browser.Page page = admin.get(href);
        assertThat(page.status()).as(href).isEqualTo(200);
        assertThat(page.body()).contains("Payload");
        String json = href.contains("?") ? href.replace("?", ".json?") : href + ".json";
        assertThat(admin.get(json).json().get("event_id").textValue()).as(json).isEqualTo(id);
    }

    @Test
    void anEventsPageTellsWhyItFailedAndWhatItWouldWriteTo() throws Exception {
        site.execute("INSERT INTO orders (id, total_amount) VALUES (42, 10.00)");
        failed("evt_2", "Order not found: 42");
        assertThat(admin.get("/dashboard/events/stripe/evt_2").body())
                .contains("When it was last tried, the shop had no order 42.")
                .contains("The shop has this order now.")
                .contains("Next attempt by itself")
                .contains("<code>Order not found: 42</code>");
    }

    @Test
    void whatIsNotThereIsNotFound() throws Exception {
        for (String path : List.of(
                "/dashboard/events/stripe/nothing",
                "/dashboard/events/stripe",
                "/dashboard/events/a/b/c",
                "/dashboard/events/stripe/%E4")) {
            int status = admin.get(path).status();
            assertThat(status).as(path).isIn(400, 404);
        }
        assertThat(admin.get("/dashboard/events/stripe/nothing.json").status()).isEqualTo(404);
    }

    @Test
    void personalDataIsMaskedUntilAnOperatorRevealsItForAReason() throws Exception {
        store("evt_1");
        String path = "/dashboard/events/stripe/evt_1";
        assertThat(admin.get(path).body()).contains("[masked: e-mail]").doesNotContain("buyer@example.com");
        assertThat(admin.get(path + ".json").body()).doesNotContain("buyer@example.com");
        assertThat(admin.get(path + "?reason=x&reveal=1").body()).doesNotContain("buyer@example.com");

        Browser viewer = site.signedIn("a_viewer", DashboardSite.PASSWORD);
        assertThat(viewer.get(path).body()).doesNotContain("Reveal").doesNotContain("buyer@example.com");
        Browser.Page forbidden = viewer.post(path, path, "reason", "curiosity");
        assertThat(forbidden.status()).isEqualTo(403);
        assertThat(forbidden.body()).doesNotContain("buyer@example.com");

        Browser operator = site.signedIn("a_operator", DashboardSite.PASSWORD);
        assertThat(operator.postBare(path, "reason", "x").status())
                .as("without the form's token")
                .isEqualTo(403);
        Browser.Page withoutReason = operator.post(path, path, "reason", " ");
        assertThat(withoutReason.status()).isEqualTo(400);
        assertThat(withoutReason.body()).contains("Say why").doesNotContain("buyer@example.com");
        assertThat(site.query("SELECT COUNT(*) FROM audit_log WHERE action = 'payload.revealed'"))
                .isEqualTo("0");

        Browser.Page revealed = operator.post(path, path, "reason", "the customer asks <b>why</b>");
        assertThat(revealed.status()).isEqualTo(200);
        assertThat(revealed.body()).contains("buyer@example.com").contains("Mask it again");
        assertThat(admin.get("/dashboard/audit?action=payload.revealed").body())
                .contains("payload.revealed")
                .doesNotContain("No entry matches");
        assertThat(revealed.header("Cache-Control")).contains("no-store");
        assertThat(site.query("SELECT CONCAT_WS(' ', username, role, target, reason) FROM audit_log"
                        + " WHERE action = 'payload.revealed'"))
                .isEqualTo("a_operator operator stripe/evt_1 the customer asks <b>why</b>");
        assertThat(operator.get(path).body()).as("once").doesNotContain("buyer@example.com");
    }

    @Test
    void aPurgedPayloadIsSaidToBePurged() throws Exception {
        store("evt_1");
        site.execute("UPDATE webhook_events SET payload = NULL, other_payload_at = UTC_TIMESTAMP(6)");
        assertThat(admin.get("/dashboard/events/stripe/evt_1").body())
                .contains("The payload was purged")
                .contains("Another body came under this event’s id")
                .doesNotContain("Reveal once");
    }
}
