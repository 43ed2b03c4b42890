package hooklatch.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.testing.Browser;
import hooklatch.testing.DashboardSite;
import hooklatch.testing.Signer;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The pages of failures and replays, in the whole application. */
class ReplayPagesTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static DashboardSite site;
    private static int tests;

    @BeforeAll
    static void open() throws Exception {
        site = DashboardSite.open();
        for (String role : new String[] {"viewer", "operator"}) {
            site.execute("INSERT INTO dashboard_users (username, password_hash, role, created_at, password_changed_at)"
                    + " SELECT '" + role + "', password_hash, '" + role + "', created_at, password_changed_at"
                    + " FROM dashboard_users WHERE username = 'ada'");
        }
    }

    @AfterAll
    static void close() {
        site.close();
    }

    /** Nodes remember events: each test has its own. */
    private static String id(int number) {
        return "evt_" + tests + "_" + number;
    }

    @BeforeEach
    void empty() throws Exception {
        tests++;
        for (String table :
                new String[] {"webhook_events", "orders", "payments", "payment_refs", "replay_jobs", "webhook_replays"
                }) {
            site.execute("DELETE FROM " + table);
        }
    }

    private static Browser signedIn(String role) throws Exception {
        return site.signedIn(role, DashboardSite.PASSWORD);
    }

    private static void deliver(String id, String order) throws Exception {
        String body = "{\"id\":\"" + id
                + "\",\"type\":\"payment_intent.succeeded\",\"livemode\":false,\"data\":{\"object\":{"
                + "\"id\":\"pi_" + id + "\",\"object\":\"payment_intent\",\"amount\":4999,\"amount_received\":4999,"
                + "\"currency\":\"usd\",\"status\":\"succeeded\",\"metadata\":{\"order_id\":\"" + order + "\"}}}}";
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        HttpRequest.Builder building = HttpRequest.newBuilder(URI.create(site.uri() + "webhooks/stripe"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(bytes));
        Signer.stripe(DashboardSite.STRIPE_SECRET, bytes, Instant.now()).forEach(building::header);
        HttpRequest request = building.build();
        assertThat(CLIENT.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(500);
        // Not tried again behind the test's back.
        site.execute("UPDATE webhook_events SET next_attempt_at = NULL");
    }

    private static String page(String id) {
        return "/dashboard/replay?provider=stripe&event_id=" + URLEncoder.encode(id, StandardCharsets.UTF_8);
    }

    private static String status(String id) throws Exception {
        return site.query("SELECT status FROM webhook_events WHERE event_id = '" + id + "'");
    }

    @Test
    void retriesAndReplaysAreListedWithTheEvent() throws Exception {
        deliver(id(1), "42");
        site.execute("UPDATE webhook_events SET next_attempt_at = '2026-01-01'");
        await().untilAsserted(() -> assertThat(site.query(
                        "SELECT outcome FROM webhook_attempts WHERE origin = 'retry' AND event_id = '" + id(1) + "'"))
                .isEqualTo("failed"));
        site.execute("UPDATE webhook_events SET next_attempt_at = NULL");
        site.execute("INSERT INTO orders (id, total_amount) VALUES (42, 49.99)");
        Browser operator = signedIn("operator");
        Browser.Page done = operator.post(
                page(id(1)),
                "/dashboard/replay",
                "provider",
                "stripe",
                "event_id",
                id(1),
                "action",
                "replay",
                "reason",
                "order is there");
        assertThat(done.status()).isEqualTo(303);
        await().untilAsserted(() -> assertThat(site.query(
                        "SELECT outcome FROM webhook_attempts WHERE origin = 'replay' AND event_id = '" + id(1) + "'"))
                .isEqualTo("processed"));

        String replay = site.query("SELECT MAX(id) FROM webhook_replays");
        assertThat(operator.get("/dashboard/events/stripe/" + id(1)).body().replaceAll("\\s+", " "))
                .contains("1 delivery, 2 retries and replays")
                .contains("> Retry <")
                .contains("event_id=" + id(1) + "&amp;done=" + replay + "\">Replay</a>")
                .contains("by operator");
        JsonNode told =
                operator.get("/dashboard/events/stripe/" + id(1) + ".json").json();
        assertThat(told.path("deliveries")).hasSize(1);
        assertThat(told.path("attempts")).hasSize(2);
        assertThat(told.path("attempts").path(1).path("origin").textValue()).isEqualTo("replay");
        assertThat(told.path("attempts").path(1).path("user").textValue()).isEqualTo("operator");
        assertThat(operator.get("/dashboard/replay?provider=stripe&event_id=" + id(1) + "&done=" + replay)
                        .body())
                .contains("The event was replayed and has had its effect.");
    }

    @Test
    void anOperatorSeesTheCauseTriesDryAndReplays() throws Exception {
        deliver(id(1), "42");
        Browser operator = signedIn("operator");

        assertThat(operator.get("/dashboard/failures").body())
                .contains("Order not found")
                .contains("The events name orders that the shop does not have.")
                .contains(id(1))
                .contains("provider=stripe&amp;event_id=" + id(1));
        assertThat(operator.get(page(id(1))).body()).contains("Dry run").doesNotContain("Replay now");
        Browser.Page refused = operator.post(
                page(id(1)), "/dashboard/replay", "provider", "stripe", "event_id", id(1), "action", "dry-run");
        assertThat(refused.status()).isEqualTo(200);
        assertThat(refused.body()).contains("Replay now");
        assertThat(refused.body()).contains("A replay would be refused again: Order not found: 42");

        site.execute("INSERT INTO orders (id, total_amount) VALUES (42, 49.99)");
        Browser.Page dry = operator.post(
                page(id(1)), "/dashboard/replay", "provider", "stripe", "event_id", id(1), "action", "dry-run");
        assertThat(dry.body())
                .contains("A replay would succeed")
                .contains("nothing has changed")
                .containsPattern("payment_status</th>\\s*<td>PENDING</td>\\s*<td>\\s*<strong>PAID</strong>");
        assertThat(status(id(1))).isEqualTo("failed");

        Browser.Page done = operator.post(
                page(id(1)),
                "/dashboard/replay",
                "provider",
                "stripe",
                "event_id",
                id(1),
                "action",
                "replay",
                "reason",
                "order was late");
        assertThat(done.status()).isEqualTo(303);
        assertThat(status(id(1))).isEqualTo("processed");
        String after = operator.get(done.header("Location")).body();
        assertThat(after)
                .contains("The event was replayed and has had its effect.")
                .contains("its effect stands")
                .contains("order was late")
                .doesNotContain("Replay now");
        Browser.Page again = operator.post(
                "/dashboard/replays",
                "/dashboard/replay",
                "provider",
                "stripe",
                "event_id",
                id(1),
                "action",
                "replay",
                "reason",
                "to be sure");
        assertThat(operator.get(again.header("Location")).body()).contains("had its effect before. Nothing was done");
        assertThat(site.query(
                        "SELECT GROUP_CONCAT(action ORDER BY id) FROM audit_log WHERE target = 'stripe/" + id(1) + "'"))
                .isEqualTo("event_dry_run,event_dry_run,event_replayed,event_replayed");
        String replayed = "stripe/" + id(1) + " – ";
        assertThat(operator.get("/dashboard/orders/42").body())
                .contains(replayed + "Would be refused again<")
                .contains(replayed + "Would be processed<")
                .contains(replayed + "Processed – order was late<")
                .contains(replayed + "Had its effect before – to be sure<");
        assertThat(site.admin().get("/dashboard/audit?action=event_replayed").body())
                .contains("outcome: processed")
                .contains("outcome: effect_stands");
        assertThat(operator.get("/dashboard/failures").body()).contains("Nothing has failed");
    }

    @Test
    void aProgramWithTheTokenIsToldWhatWasDoneAndNotByWhomNorWhy() throws Exception {
        deliver(id(1), "42");
        site.execute("INSERT INTO orders (id, total_amount) VALUES (42, 49.99)");
        Browser operator = signedIn("operator");
        operator.post(
                "/dashboard/replays",
                "/dashboard/replay",
                "provider",
                "stripe",
                "event_id",
                id(1),
                "action",
                "replay",
                "reason",
                "frau schmidt called");
        site.execute("INSERT INTO replay_jobs (id, request_id, filter, events, reason, username, state, created_at,"
                + " finished_at, canceled_by, lease_until) VALUES (901, 'r', '{\"status\":[\"failed\"],\"cause\":\"x\"}', 1,"
                + " 'frau schmidt called', 'operator', 'canceled', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 'operator',"
                + " UTC_TIMESTAMP(6))");
        String event = "/dashboard/events/stripe/" + id(1) + ".json";
        await().untilAsserted(() ->
                assertThat(operator.get(event).json().path("attempts")).hasSize(1));
        Browser token = site.browser().with("Authorization", "Bearer " + DashboardSite.TOKEN);
        for (String twin : new String[] {
            "/dashboard/replay.json?provider=stripe&event_id=" + id(1),
            "/dashboard/replays.json",
            "/dashboard/replays/901.json",
            event,
            "/dashboard/orders/42.json"
        }) {
            assertThat(operator.get(twin).body()).as(twin).contains("operator");
            assertThat(token.get(twin).status()).as(twin).isEqualTo(200);
            assertThat(token.get(twin).body())
                    .as(twin)
                    .doesNotContain("operator replayed", "schmidt", "\"user\"", "\"canceled_by\"");
        }
        assertThat(token.get("/dashboard/orders/42.json").body()).contains("Somebody replayed the event");
    }

    @Test
    void aReplayWithoutAReasonIsAskedForOneAndNothingThatWasShownIsLost() throws Exception {
        deliver(id(1), "42");
        site.execute("INSERT INTO orders (id, total_amount) VALUES (42, 49.99)");
        Browser operator = signedIn("operator");
        String tooLong = "x".repeat(1001);
        for (String reason : new String[] {"", "  ", tooLong}) {
            Browser.Page asked = operator.post(
                    page(id(1)),
                    "/dashboard/replay",
                    "provider",
                    "stripe",
                    "event_id",
                    id(1),
                    "action",
                    "replay",
                    "reason",
                    reason);
            assertThat(asked.status()).isEqualTo(400);
            assertThat(asked.body())
                    .contains(
                            reason.equals(tooLong)
                                    ? "The reason is longer than 1000 characters."
                                    : "Say why you replay the event")
                    .contains("A replay would succeed", "Replay now", "value=\"" + reason + "\"");
        }
        assertThat(status(id(1))).isEqualTo("failed");
        assertThat(site.query("SELECT COUNT(*) FROM webhook_replays")).isEqualTo("0");
        assertThat(site.query("SELECT COUNT(*) FROM audit_log WHERE action = 'event_replayed' AND target = 'stripe/"
                        + id(1) + "'"))
                .isEqualTo("0");
    }

    @Test
    void aGroupIsCountedExplainedConfirmedAndItsProgressSurvivesAReload() throws Exception {
        for (int i = 1; i <= 12; i++) {
            deliver(id(i), "" + i);
        }
        site.execute("INSERT INTO orders (id, total_amount) SELECT seq, 49.99 FROM seq_1_to_10");
        Browser operator = signedIn("operator");
        Matcher link = Pattern.compile("href=\"([^\"]*replay-group[^\"]*)\"")
                .matcher(operator.get("/dashboard/failures").body());
        assertThat(link.find()).isTrue();
        Browser.Page asked = operator.get(link.group(1).replace("&amp;", "&"));
        assertThat(asked.body()).contains("12 events").contains("cause “Order not found”");
        String newest = hidden(asked, "newest");
        String request = hidden(asked, "request");

        Browser.Page withoutReason = operator.postBare(
                "/dashboard/replay-group",
                "csrf",
                asked.token(),
                "cause",
                "Order not found",
                "newest",
                newest,
                "request",
                request,
                "reason",
                " ");
        assertThat(withoutReason.status()).isEqualTo(400);
        assertThat(withoutReason.body()).contains("Say why");
        Browser.Page confirmed = operator.postBare(
                "/dashboard/replay-group",
                "csrf",
                asked.token(),
                "cause",
                "Order not found",
                "newest",
                newest,
                "request",
                request,
                "reason",
                "orders are there");
        assertThat(confirmed.status()).isEqualTo(303);
        Browser.Page twice = operator.postBare(
                "/dashboard/replay-group",
                "csrf",
                asked.token(),
                "cause",
                "Order not found",
                "newest",
                newest,
                "request",
                request,
                "reason",
                "orders are there");
        String job = confirmed.header("Location");
        assertThat(twice.header("Location")).isEqualTo(job);

        await().atMost(Duration.ofSeconds(30))
                .until(() -> operator.get(job + ".json")
                        .json()
                        .get("state")
                        .textValue()
                        .equals("done"));
        JsonNode json = operator.get(job + ".json").json();
        assertThat(json.at("/ended/processed").intValue()).isEqualTo(10);
        assertThat(json.at("/ended/refused").intValue()).isEqualTo(2);
        assertThat(json.get("left").intValue()).isZero();
        assertThat(json.get("refused").findValuesAsText("message"))
                .containsExactly("Order not found: 12", "Order not found: 11");
        assertThat(json.at("/refused/1/event_id").textValue()).isEqualTo(id(11));
        assertThat(operator.get(job).body())
                .contains("12 of 12 events")
                .contains("Order not found: 11")
                .contains("orders are there")
                .doesNotContain("Stop this replay");
        assertThat(operator.get("/dashboard/replays").body()).contains(job).contains("Done");
        assertThat(operator.get(page(id(3))).body()).contains("group replay");
        assertThat(operator.get("/dashboard/orders/3").body())
                .contains("operator had the event replayed in&#32;<a href=\"" + job + "\">group replay no.")
                .contains("Processed – orders are there")
                .doesNotContain(" stopped ");
        JsonNode first =
                operator.get("/dashboard/orders/3.json").json().get("timeline").get(0);
        assertThat(first.get("group_replay").asText()).isEqualTo(job.substring(job.lastIndexOf('/') + 1));
        assertThat(first.get("event_id").textValue()).isEqualTo(id(3));
        Browser.Page late = operator.post("/dashboard/replays", job, "reason", "too late");
        assertThat(operator.get(late.header("Location")).body()).contains("over already");
    }

    @Test
    void ofAGroupWhoseNodeIsGoneItIsSaidSinceWhenAndThatAnotherTakesOver() throws Exception {
        deliver(id(1), "42");
        site.execute("INSERT INTO replay_jobs (id, request_id, filter, events, reason, username, state, created_at,"
                + " started_at, runner, node, lease_until)"
                + " VALUES (901, 'silent', '{\"status\":[\"failed\"],\"cause\":\"x\"}', 6, 'why', 'olga', 'running',"
                + " UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE, UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE, 'r', 'node-that-died',"
                + " UTC_TIMESTAMP(6) + INTERVAL 59 SECOND)");
        for (int i = 0; i < 6; i++) {
            site.execute("INSERT INTO webhook_replays (job_id, event_row, requested_at, outcome) SELECT 901, id,"
                    + " UTC_TIMESTAMP(6), " + (i == 0 ? "NULL" : "'processed'") + " FROM webhook_events LIMIT 1");
        }
        Browser viewer = signedIn("viewer");
        String job = "/dashboard/replays/901";
        assertThat(viewer.get(job).body())
                .as("heard of a second ago")
                .contains("It takes ")
                .doesNotContain("not been heard of");

        site.execute("UPDATE replay_jobs SET lease_until = lease_until - INTERVAL 20 SECOND WHERE id = 901");
        assertThat(viewer.get(job).body())
                .contains("node-that-died, has not been heard of since ")
                .containsPattern("another node takes over by itself in 3\\d s\\.")
                .doesNotContain("It takes ");
        assertThat(viewer.get(job + ".json").json().get("heard_at").textValue()).startsWith("20");

        site.execute("UPDATE replay_jobs SET runner = NULL WHERE id = 901");
        assertThat(viewer.get(job).body())
                .as("one that stopped in order gave it back")
                .contains("none at the moment")
                .doesNotContain("not been heard of");
        site.execute("UPDATE replay_jobs SET state = 'canceled', finished_at = created_at WHERE id = 901");
    }

    @Test
    void aRunningGroupIsStopped() throws Exception {
        deliver(id(1), "42");
        site.execute(
                "INSERT INTO replay_jobs (id, request_id, filter, events, reason, username, state, created_at, lease_until)"
                        + " VALUES (900, 'r', '{\"status\":[\"failed\"],\"cause\":\"x\"}', 1, 'why', 'olga', 'running',"
                        + " UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 1 DAY)");
        site.execute(
                "INSERT INTO webhook_replays (job_id, event_row, requested_at) SELECT 900, id, UTC_TIMESTAMP(6) FROM webhook_events");
        Browser operator = signedIn("operator");

        assertThat(operator.get("/dashboard/replays/900").body())
                .contains("0 of 1 events")
                .contains("It cannot be taken up again.")
                .containsPattern("<details class=\"card consequences\"><summary>Stop this replay…");
        Browser.Page asked = operator.post("/dashboard/replays/900", "/dashboard/replays/900", "reason", " ");
        assertThat(asked.status()).isEqualTo(400);
        assertThat(asked.body()).contains("Say why you stop the replay", "<details class=\"card consequences\" open>");
        assertThat(site.query("SELECT state FROM replay_jobs WHERE id = 900")).isEqualTo("running");
        Browser.Page stopped =
                operator.post("/dashboard/replays/900", "/dashboard/replays/900", "reason", "wrong cause");

        assertThat(stopped.status()).isEqualTo(303);
        assertThat(operator.get(stopped.header("Location")).body())
                .contains("was stopped")
                .contains("by operator");
        assertThat(site.query(
                        "SELECT CONCAT(username, ': ', reason) FROM audit_log WHERE action = 'group_replay_canceled'"))
                .isEqualTo("operator: wrong cause");
        assertThat(site.admin()
                        .get("/dashboard/audit?action=group_replay_canceled")
                        .body())
                .contains("wrong cause");
        assertThat(status(id(1))).isEqualTo("failed");
        site.execute("INSERT INTO orders (id, total_amount) VALUES (42, 49.99)");
        String link = "<a href=\"/dashboard/replays/900\">group replay no.&#160;900</a>";
        assertThat(operator.get("/dashboard/orders/42").body())
                .contains("olga asked for a replay of the event in&#32;" + link)
                .contains("it was stopped before the event’s turn – why")
                .contains("operator stopped&#32;" + link)
                .contains("without a turn for one event of this order");
    }

    @Test
    void withoutAFilterAGroupIsDisabledAndAnUnknownFilterIsRefused() throws Exception {
        deliver(id(1), "42");
        Browser operator = signedIn("operator");

        assertThat(operator.get("/dashboard/replay-group").body())
                .contains("needs a filter besides the status")
                .contains("disabled")
                .doesNotContain("name=\"request\"");
        assertThat(operator.get("/dashboard/replay-group?status=failed").body()).contains("needs a filter");
        assertThat(operator.get("/dashboard/replay-group").body())
                .as("what was not counted is not told")
                .contains("Set a filter first")
                .doesNotContain("0 events", "These are all events with");
        assertThat(operator.get("/dashboard/replay-group.json")
                        .json()
                        .get("events")
                        .isNull())
                .isTrue();
        assertThat(operator.get("/dashboard/replay-group?cause=Order+not+found&q=order:42")
                        .status())
                .isEqualTo(400);
        assertThat(operator.get("/dashboard/replay-group?cause=x&status=processed")
                        .status())
                .isEqualTo(400);
        assertThat(operator.post(
                                "/dashboard/replay-group?cause=Order+not+found",
                                "/dashboard/replay-group",
                                "newest",
                                "999",
                                "request",
                                "00000000-0000-0000-0000-000000000000",
                                "reason",
                                "all!")
                        .status())
                .isEqualTo(400);
        assertThat(operator.get("/dashboard/replay-group?cause=nothing+like+it").body())
                .contains("Nothing matches");
        assertThat(site.query("SELECT COUNT(*) FROM replay_jobs")).isEqualTo("0");
    }

    @Test
    void viewersReadAndCannotActAndFormsFromElsewhereAreRefused() throws Exception {
        deliver(id(1), "42");
        site.execute("INSERT INTO orders (id) VALUES (42)");
        Browser viewer = signedIn("viewer");
        Browser operator = signedIn("operator");

        assertThat(viewer.get("/dashboard/failures").status()).isEqualTo(200);
        assertThat(viewer.get(page(id(1))).body())
                .contains("needs the role operator")
                .doesNotContain("Replay now");
        for (String path : new String[] {"/dashboard/replay", "/dashboard/replay-group", "/dashboard/replays/1"}) {
            String[] form = {
                "provider",
                "stripe",
                "event_id",
                id(1),
                "action",
                "replay",
                "cause",
                "Order not found",
                "newest",
                "9",
                "request",
                "00000000-0000-0000-0000-000000000000",
                "reason",
                "x"
            };
            assertThat(viewer.post("/dashboard/failures", path, form).status())
                    .as(path)
                    .isEqualTo(403);
            assertThat(operator.postBare(path, form).status()).as(path).isEqualTo(403);
            assertThat(site.browser().postBare(path, form).status()).as(path).isIn(303, 401, 403);
        }
        assertThat(status(id(1))).isEqualTo("failed");
        assertThat(site.query("SELECT COUNT(*) FROM replay_jobs")).isEqualTo("0");
        Browser token = site.browser().with("Authorization", "Bearer " + DashboardSite.TOKEN);
        assertThat(token.get("/dashboard/failures.json")
                        .json()
                        .at("/causes/0/cause")
                        .textValue())
                .isEqualTo("Order not found");
        assertThat(token.get("/dashboard/replay.json?provider=stripe&event_id=" + id(1))
                        .json()
                        .get("obstacle")
                        .isNull())
                .isTrue();
        assertThat(token.get("/dashboard/replay-group.json?cause=Order+not+found")
                        .json()
                        .get("events")
                        .intValue())
                .isEqualTo(1);
        assertThat(token.get("/dashboard/replays.json").json().get("replays")).isEmpty();
        assertThat(site.browser().get("/dashboard/failures.json").status()).isEqualTo(401);
    }

    @Test
    void whatIsHostileStaysInert() throws Exception {
        String id = "</td><script>alert('1')</script>\\\"'&;%2f/../x";
        site.execute(
                "INSERT INTO webhook_events (provider, event_id, event_type, status, error, error_cause, attempts, payload,"
                        + " payload_sha256, received_at) VALUES ('stripe', '"
                        + id.replace("\\", "\\\\").replace("'", "''")
                        + "', '<img src=x onerror=alert(1)>', 'failed', '<script>alert(2)</script>', '<script>alert(3)</script>', 1,"
                        + " '{}', UNHEX(REPEAT('00', 32)), UTC_TIMESTAMP(6))");
        Browser operator = signedIn("operator");
        String link = page(id);
        for (String path : new String[] {
            "/dashboard/failures",
            link,
            "/dashboard/replay-group?cause=" + URLEncoder.encode("<script>alert(3)</script>", StandardCharsets.UTF_8)
        }) {
            Browser.Page page = operator.get(path);
            assertThat(page.status()).as(path).isEqualTo(200);
            assertThat(page.body()).doesNotContain("<script>alert").doesNotContain("<img src=x");
        }
        Browser.Page dry =
                operator.post(link, "/dashboard/replay", "provider", "stripe", "event_id", id, "action", "dry-run");
        assertThat(dry.status()).isEqualTo(200);
        assertThat(dry.body()).contains("can no longer be read").doesNotContain("<script>alert");
        assertThat(operator.get("/dashboard/replay?provider=stripe&event_id=%0a")
                        .status())
                .isEqualTo(400);
        assertThat(operator.get("/dashboard/replay?provider=%3Cb&event_id=1").body())
                .doesNotContain("%3Cb")
                .doesNotContain("<b\"");
        assertThat(operator.get(page("evt_none")).status()).isEqualTo(404);
        assertThat(operator.get("/dashboard/replays/77").status()).isEqualTo(404);
        assertThat(operator.get("/dashboard/replays/x").status()).isEqualTo(404);
    }

    private static String hidden(Browser.Page page, String name) {
        Matcher field =
                Pattern.compile("name=\"" + name + "\" value=\"([^\"]*)\"").matcher(page.body());
        assertThat(field.find()).as(name).isTrue();
        return field.group(1);
    }
}
