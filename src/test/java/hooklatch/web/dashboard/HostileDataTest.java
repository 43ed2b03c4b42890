package hooklatch.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.EventKey;
import hooklatch.domain.InvariantCheck;
import hooklatch.domain.Json;
import hooklatch.lock.EventLocks;
import hooklatch.testing.Browser;
import hooklatch.testing.Chromium;
import hooklatch.testing.DashboardSite;
import hooklatch.testing.HostileText;
import hooklatch.testing.LockNode;
import hooklatch.testing.Look;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/**
 * Every page, rendered with data that means harm. Who adds a page adds it to {@link PageList}, or a test here fails, and adds
 * what {@link #fill} must store for it. What this cannot store is elsewhere: held locks, which are in Redis, in {@link
 * LivePagesTest}; event ids of any form in {@link EventPagesTest}; the form of a group replay in {@link ReplayPagesTest}.
 */
class HostileDataTest {
    private static DashboardSite site;
    private static Browser admin;

    private static final List<String> USER_CHANGES = List.of("role", "disable", "enable", "password", "sign-out");

    @BeforeAll
    static void start() throws Exception {
        site = DashboardSite.open();
        admin = site.admin();
        fill();
        fillEvents();
        fillFacts();
    }

    @AfterAll
    static void stop() {
        site.close();
    }

    private static void fill() throws Exception {
        String text = HostileText.sql();
        for (String role : new String[] {"viewer", "operator", "admin"}) {
            site.execute("INSERT INTO dashboard_users (username, password_hash, role, created_at, password_changed_at)"
                    + " VALUES (LOWER(CONCAT('" + role.charAt(0) + "', LEFT(" + text + ", 60))), '', '" + role
                    + "', NOW(6), NOW(6))");
        }
        site.execute("INSERT INTO audit_log (at, username, role, action, target, reason, details, source_address, node)"
                + " VALUES (NOW(6), LEFT(" + text + ", 64), 'viewer', LEFT(" + text + ", 64), " + text + ", " + text
                + ", JSON_OBJECT(" + text + ", " + text + "), LEFT(" + text + ", 64), LEFT(" + text + ", 64))");
    }

    /** What providers, shops and people might have sent, in every column that a page shows. */
    private static void fillEvents() throws Exception {
        String text = HostileText.sql();
        String id = HostileText.asciiSql();
        String events =
                "INSERT INTO webhook_events (id, provider, event_id, event_type, status, result, error, error_cause,"
                        + " attempts, order_id, payment_id, payload, payload_sha256, received_at, processed_at) VALUES ";
        String payload = "JSON_OBJECT(" + text + ", " + text + "), UNHEX(SHA2('', 256)), UTC_TIMESTAMP(6)";
        String result = "JSON_OBJECT('action', 'payment_success', 'order_id', 42, 'payment_id', " + id
                + ", 'refund_id', " + id + ", 'dispute_id', " + id + ", 'amount', 1, 'currency', " + text
                + ", 'status', 'skipped', 'message', " + text + ", " + text + ", " + text + ")";
        site.execute(events + "(1, 'stripe', 'evt_1', " + text + ", 'failed', NULL, " + text + ", LEFT(" + text
                + ", 120), 1, 42, " + id + ", " + payload + ", NULL)");
        site.execute(events + "(2, 'stripe', 'evt_2', " + text + ", 'processed', " + result + ", NULL, NULL, 1, 42, "
                + id + ", " + payload + ", UTC_TIMESTAMP(6))");
        site.execute(events + "(3, 'stripe', " + id + ", " + text + ", 'skipped', " + result + ", NULL, NULL, 1, 43, "
                + id + ", " + payload + ", UTC_TIMESTAMP(6))");
        for (String event : new String[] {"'evt_1'", "'evt_2'", id}) {
            site.execute("INSERT INTO webhook_deliveries (provider, event_id, received_at, outcome, http_status,"
                    + " duration_us, node) VALUES ('stripe', " + event + ", UTC_TIMESTAMP(6), LEFT(" + id
                    + ", 32), 200, 1, LEFT(" + text + ", 128)), ('stripe', " + event
                    + ", UTC_TIMESTAMP(6), 'duplicate', 200, 1, LEFT(" + text + ", 128))");
            site.execute("INSERT INTO webhook_attempts (provider, event_id, started_at, origin, replay_id, outcome,"
                    + " duration_us, node) VALUES ('stripe', " + event + ", UTC_TIMESTAMP(6), 'retry', NULL, LEFT(" + id
                    + ", 32), 1, LEFT(" + text + ", 128)), ('stripe', " + event
                    + ", UTC_TIMESTAMP(6), 'replay', 1, LEFT(" + id + ", 32), 1, LEFT(" + text + ", 128)), ('stripe', "
                    + event + ", UTC_TIMESTAMP(6), 'replay', 2, 'refused', 1, LEFT(" + text + ", 128))");
        }
        site.execute("INSERT INTO replay_jobs (id, request_id, filter, events, reason, username, state, created_at,"
                + " finished_at, canceled_by, node, lease_until) VALUES (1, 'r', JSON_OBJECT('status', JSON_ARRAY('failed'),"
                + " 'type', " + text + ", 'cause', " + text + "), 1, " + text + ", LEFT(" + text
                + ", 64), 'canceled', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), LEFT(" + text + ", 64), LEFT(" + text
                + ", 128), UTC_TIMESTAMP(6))");
        site.execute(
                "INSERT INTO webhook_replays (id, job_id, event_row, outcome, message, username, reason, requested_at,"
                        + " finished_at, node) VALUES (1, NULL, 1, 'refused', " + text + ", LEFT(" + text + ", 64), "
                        + text
                        + ", UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), LEFT(" + text + ", 128)), (2, 1, 3, 'refused', " + text
                        + ", NULL, NULL, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), LEFT(" + text + ", 128))");
        site.execute("INSERT INTO webhook_rejections (provider, received_at, cause, http_status, source_address, node)"
                + " VALUES (LEFT(" + text + ", 64), UTC_TIMESTAMP(6), LEFT(" + id + ", 64), 401, LEFT(" + id
                + ", 45), LEFT(" + text + ", 128))");
    }

    private static void fillFacts() throws Exception {
        String text = HostileText.sql();
        String id = HostileText.asciiSql();
        site.execute("INSERT INTO orders (id, total_amount, payment_status) VALUES (42, 49.99, 'PAID')");
        site.execute(
                "INSERT INTO payments (provider, payment_id, order_id, status, amount_minor, currency, amount) VALUES"
                        + " ('stripe', " + id + ", 42, 'completed', 4999, LEFT(" + id + ", 16), 49.99),"
                        + " ('stripe', 'pi_1', 42, 'completed', 4999, 'USD', 49.99)");
        site.execute("INSERT INTO refunds (provider, refund_id, payment_id, order_id, status, amount_minor, currency,"
                + " amount) VALUES ('stripe', " + id + ", " + id + ", 42, 'succeeded', 100, LEFT(" + id
                + ", 16), 1.00)");
        site.execute("INSERT INTO disputes (provider, dispute_id, payment_id, order_id, status, outcome, amount_minor,"
                + " currency, amount) VALUES ('stripe', " + id + ", " + id + ", 42, 'open', LEFT(" + text
                + ", 64), 100, LEFT(" + id + ", 16), 1.00)");
        for (String target : new String[] {"'stripe/evt_1'", "CONCAT('stripe/', " + id + ")"}) {
            site.execute("INSERT INTO audit_log (at, username, role, action, target, reason, details, node) VALUES"
                    + " (UTC_TIMESTAMP(6), LEFT(" + text + ", 64), 'operator', LEFT(" + text + ", 64), " + target + ", "
                    + text + ", JSON_OBJECT('outcome', " + text + "), LEFT(" + text + ", 64))");
        }
        String check = "'" + InvariantCheck.ORDER_STATE_DIFFERS.label() + "'";
        site.execute(
                "INSERT INTO hooklatch_check_runs (id, node, started_at, finished_at, violations, notices, events_seen,"
                        + " orders_seen, facts_seen) VALUES (999, LEFT(" + text
                        + ", 128), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 1, 0,"
                        + " 1, 1, 1)");
        site.execute("INSERT INTO hooklatch_check_counts (run_id, check_name, found) VALUES (999, " + check + ", 1)");
        site.execute("INSERT INTO hooklatch_check_findings (run_id, check_name, position, provider, event_id, order_id,"
                + " payment_id, fact_id, detail) VALUES (999, " + check + ", 1, 'stripe', " + id + ", 42, " + id + ", "
                + id
                + ", " + text + ")");
    }

    static List<String> pages() {
        String text = URLEncoder.encode(HostileText.TEXT, StandardCharsets.UTF_8);
        String id = URLEncoder.encode(HostileText.ASCII, StandardCharsets.UTF_8);
        List<String> pages = new ArrayList<>(PageList.addresses());
        pages.add("/dashboard/nothing");
        for (String act : USER_CHANGES) {
            pages.add(UserChangeServlet.PATH + "?id=2&do=" + act);
        }
        pages.add("/dashboard/events/stripe/evt_2");
        pages.add("/dashboard/events/stripe?event_id=" + id);
        pages.add("/dashboard/replay?provider=stripe&event_id=" + id);
        pages.add("/dashboard/replay-group?cause=" + text);
        for (String address : PageList.addresses()) {
            for (String parameter : new String[] {
                "q",
                "provider",
                "status",
                "type",
                "cause",
                "from",
                "range",
                "view",
                "cursor",
                "check",
                "holder",
                "event_id",
                "released",
                "done",
                "timeline"
            }) {
                pages.add(address + (address.contains("?") ? "&" : "?") + parameter + "=" + text);
            }
        }
        for (String parameter : new String[] {"user", "action", "target", "from", "to", "cursor", "done"}) {
            pages.add("/dashboard/audit?" + parameter + "=" + text);
        }
        pages.add("/dashboard/account?done=" + text);
        pages.add("/dashboard/users?done=" + text);
        return pages;
    }

    @ParameterizedTest
    @MethodSource("pages")
    void thePageStaysInert(String path) throws Exception {
        Browser.Page page = admin.get(path);
        assertThat(page.header("Content-Type")).startsWithIgnoringCase("text/html");
        assertThat(page.header("Content-Security-Policy")).contains("default-src 'self'");
        HostileText.assertInert(page.body());
    }

    @Test
    void everyRegisteredPageIsLookedAt() {
        assertThat(PageList.known()).isEqualTo(PageList.registered(site.mappings()));
    }

    /** What is below a path is named with its ending by the path's own servlet; signing out tells nothing. */
    @Test
    void everyPageHasATwin() {
        Set<String> mappings = site.mappings();
        for (String path : PageList.registered(mappings)) {
            if (!path.endsWith("/*") && !path.equals("/dashboard/logout")) {
                assertThat(mappings).contains(path + ".json");
            }
        }
    }

    @Test
    void whatMeansHarmIsShown() throws Exception {
        String shown = "&lt;script&gt;alert(";
        for (String address : PageList.addresses()) {
            boolean showsNoData = address.equals("/dashboard/overview")
                    || address.startsWith("/dashboard/locks")
                    || address.equals("/dashboard/account")
                    // Of the admin who looks; of others see below.
                    || address.startsWith(UserChangeServlet.PATH)
                    || address.equals("/dashboard/logout")
                    || address.startsWith("/dashboard/replay-group")
                    || address.startsWith("/dashboard/orders?");
            Browser.Page page = admin.get(address);
            if (!showsNoData) {
                assertThat(page.body()).as(address).contains(shown);
            }
        }
        for (String act : USER_CHANGES) {
            assertThat(admin.get(UserChangeServlet.PATH + "?id=2&do=" + act).body())
                    .as(act)
                    .contains(shown);
        }
    }

    @Test
    void theSignInFormStaysInert() throws Exception {
        Browser stranger = site.browser();
        HostileText.assertInert(
                stranger.signIn(HostileText.TEXT, HostileText.TEXT).body());
        HostileText.assertInert(stranger.get("/dashboard/login?next="
                        + URLEncoder.encode("/dashboard/" + HostileText.TEXT, StandardCharsets.UTF_8))
                .body());
    }

    @Test
    void formsThatAreWrongStayInert() throws Exception {
        String text = HostileText.TEXT;
        for (String act : new String[] {"create", "role", "password", text}) {
            HostileText.assertInert(admin.post(
                            "/dashboard/users",
                            "/dashboard/users",
                            "do",
                            act,
                            "username",
                            text,
                            "password",
                            "x",
                            "role",
                            text,
                            "id",
                            text)
                    .body());
            HostileText.assertInert(admin.post(
                            "/dashboard/users",
                            UserChangeServlet.PATH,
                            "do",
                            act,
                            "role",
                            text,
                            "password",
                            "x",
                            "id",
                            "2",
                            "reason",
                            text)
                    .body());
        }
    }

    @Test
    void theHarnessSeesWhatIsNotInert() {
        for (String raw : HostileText.NEEDLES) {
            assertThat(HostileText.isInert("<p>" + raw + "</p>")).as(raw).isFalse();
        }
        assertThat(HostileText.isInert("<p>&lt;script&gt;</p>")).isTrue();
    }

    /**
     * The same in a browser that would obey, at the width of a telephone, to somebody whose very name means harm: nothing runs,
     * nothing is asked for elsewhere, and nothing is too wide to be read.
     */
    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class InABrowser {
        private Chromium.Tab tab;
        private LockNode holder;

        @BeforeAll
        void signInAsSomebodyWhoMeansHarm() throws Exception {
            Chromium chromium = Chromium.getOrSkip();
            site.execute("UPDATE dashboard_users SET password_hash = (SELECT password_hash FROM dashboard_users WHERE"
                    + " username = '" + DashboardSite.ADMIN + "') WHERE username LIKE 'a<script>%'");
            String name = site.query("SELECT username FROM dashboard_users WHERE username LIKE 'a<script>%'");
            tab = chromium.tab(site.uri(), Look.PHONE_DARK);
            tab.take(site.signedIn(name, DashboardSite.PASSWORD).cookies());
            holder = new LockNode(redis(), HostileText.ASCII);
        }

        private RedissonClient redis() {
            URI url = URI.create(site.settings().get("REDIS_URL"));
            Config config = new Config();
            config.setCodec(StringCodec.INSTANCE);
            config.useSingleServer()
                    .setAddress("redis://" + url.getAuthority())
                    .setDatabase(Integer.parseInt(url.getPath().substring(1)));
            return Redisson.create(config);
        }

        @AfterAll
        void end() {
            if (holder != null) {
                holder.kill();
            }
            if (tab != null) {
                tab.close();
            }
        }

        static List<String> pages() {
            String id = URLEncoder.encode(HostileText.ASCII, StandardCharsets.UTF_8);
            String text = URLEncoder.encode(HostileText.TEXT, StandardCharsets.UTF_8);
            List<String> pages = new ArrayList<>(PageList.addresses());
            pages.add("/dashboard/events/stripe/evt_2");
            pages.add("/dashboard/events/stripe?event_id=" + id);
            pages.add("/dashboard/replay?provider=stripe&event_id=" + id);
            pages.add("/dashboard/replay-group?cause=" + text);
            for (String path : List.of("events?q=", "orders?q=", "audit?user=", "login?next=")) {
                pages.add("/dashboard/" + path + text);
            }
            return pages;
        }

        @ParameterizedTest
        @MethodSource("pages")
        void thePageStaysInertAndReadable(String path) {
            tab.open(path);
            assertInertAndReadable(path);
        }

        @Test
        void theBoardOfLocksAndAReleaseStayInertAndReadable() {
            assertThat(holder.locks().acquire(new EventKey("stripe", HostileText.ASCII), Duration.ZERO))
                    .isInstanceOf(EventLocks.Attempt.Held.class);
            await().untilAsserted(() -> assertThat(
                            tab.open("/dashboard/locks").locator("#locks").textContent())
                    .contains("<script>alert("));
            assertInertAndReadable("locks");
            tab.page().locator("#locks a.button").first().click();
            tab.page().waitForURL("**/locks/release?*");
            assertThat(tab.page().locator("main").textContent()).contains("<script>alert(");
            assertInertAndReadable("release");
        }

        @Test
        void aPayloadThatIsRevealedAndADryRunStayInertAndReadable() throws Exception {
            assertThat(deliverAnOrderThatMeansHarm()).isEqualTo(500);
            tab.open("/dashboard/events/stripe/evt_harm");
            tab.page().getByLabel("Reveal personal data").fill(HostileText.TEXT);
            tab.page().locator("form.reveal button").click();
            tab.page().getByText("Personal data is shown").waitFor();
            assertThat(tab.page().locator("pre.payload").textContent()).contains("<script>alert(");
            assertInertAndReadable("revealed");
            tab.open("/dashboard/replay?provider=stripe&event_id=evt_harm");
            tab.page().locator("button[value=dry-run]").click();
            tab.page().locator("#rehearsed").waitFor();
            assertInertAndReadable("rehearsed");
        }

        private static int deliverAnOrderThatMeansHarm() throws Exception {
            ObjectNode payment = Json.object()
                    .put("id", HostileText.ASCII)
                    .put("object", "payment_intent")
                    .put("amount_received", 4999)
                    .put("amount", 4999)
                    .put("currency", "usd")
                    .put("description", HostileText.TEXT);
            payment.putObject("metadata").put("order_id", HostileText.TEXT);
            ObjectNode event =
                    Json.object().put("id", "evt_harm").put("object", "event").put("type", "payment_intent.succeeded");
            event.putObject("data").set("object", payment);
            return site.deliver(Json.write(event), DashboardSite.STRIPE_SECRET);
        }

        private void assertInertAndReadable(String path) {
            assertThat(tab.page().locator("h1").count()).as(path).isEqualTo(1);
            assertThat(tab.page().locator("body").textContent()).contains("<script>alert(");
            assertThat((int) tab.page()
                            .evaluate("() => document.querySelectorAll("
                                    + "'body script, img, iframe, [data-hx], [onerror], [style]').length"))
                    .as("elements that no page of ours has")
                    .isZero();
            assertThat(tab.sidewaysScroll()).as("pixels wider than the window").isZero();
            // What is answered with an error is noted by the browser itself as one.
            assertThat(tab.complaints())
                    .allMatch(complaint -> complaint.matches(
                            "Failed to load resource: the server responded with a status of 40[04] .*"));
        }
    }
}
