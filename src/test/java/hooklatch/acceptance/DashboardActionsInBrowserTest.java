package hooklatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.WaitForSelectorState;
import hooklatch.testing.Browser;
import hooklatch.testing.Chromium;
import hooklatch.testing.DashboardSite;
import hooklatch.testing.InEachLook;
import hooklatch.testing.Look;
import java.net.URI;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/**
 * What support staff and operators do, in a real browser, at a desk and on a telephone, light and dark: sign in, find an event,
 * read it, rehearse and replay it, replay a group, release a lock, sign out. How the pages look is {@link
 * DashboardInBrowserTest}'s.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DashboardActionsInBrowserTest {

    /** The number of the order of the test before; each has one of its own. */
    private final AtomicLong orders = new AtomicLong(400);

    private Chromium chromium;
    private DashboardSite site;
    private Browser admin;
    private RedissonClient other;

    @BeforeAll
    void open() throws Exception {
        chromium = Chromium.getOrSkip();
        site = DashboardSite.open();
        admin = site.admin();
        URI redis = URI.create(site.settings().get("REDIS_URL"));
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.useSingleServer()
                .setAddress("redis://" + redis.getAuthority())
                .setDatabase(Integer.parseInt(redis.getPath().substring(1)));
        other = Redisson.create(config);
    }

    @AfterAll
    void close() {
        if (other != null) {
            other.shutdown();
        }
        if (site != null) {
            site.close();
        }
    }

    private int deliver(String body) throws Exception {
        return site.deliver(body, DashboardSite.STRIPE_SECRET);
    }

    private void placeOrder(long id) throws Exception {
        site.execute("INSERT INTO orders (id, total_amount) VALUES (" + id + ", 49.99)");
    }

    /** A tab in which the admin has signed in. */
    private Chromium.Tab tab(Look look) {
        Chromium.Tab tab = chromium.tab(site.uri(), look);
        tab.take(admin.cookies());
        return tab;
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private static Locator button(Page page, Pattern name) {
        return page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name));
    }

    private static Locator link(Page page, String name) {
        return page.getByRole(
                AriaRole.LINK, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private static String content(Page page) {
        return page.getByRole(AriaRole.MAIN).textContent();
    }

    private static void assertSound(Chromium.Tab tab) {
        assertThat(tab.sidewaysScroll()).isZero();
        assertThat(tab.complaints()).isEmpty();
    }

    /** Puts the next attempt off by an hour, once none is under way that would set it anew. */
    private void leaveItAloneByItself(String event) {
        String row = "webhook_events WHERE event_id = '" + event + "'";
        await().untilAsserted(() -> {
            String attempts = site.query("SELECT attempts FROM " + row);
            site.execute("UPDATE webhook_events SET next_attempt_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR"
                    + " WHERE event_id = '" + event + "'");
            assertThat(site.query(
                            "SELECT CONCAT(attempts, '/', next_attempt_at > UTC_TIMESTAMP(6) + INTERVAL 30 MINUTE)"
                                    + " FROM " + row))
                    .isEqualTo(attempts + "/1");
        });
    }

    @InEachLook
    void signingInLeadsToWhereOneWantedToGoAndSigningOutEndsIt(Look look) {
        try (Chromium.Tab tab = chromium.tab(site.uri(), look)) {
            Page page = tab.open("/dashboard/locks");
            page.getByLabel("User name").fill(DashboardSite.ADMIN);
            page.getByLabel("Password").fill(DashboardSite.PASSWORD);
            button(page, "Sign in").click();
            assertThat(page.url()).endsWith("/dashboard/locks");
            assertThat(page.getByRole(AriaRole.BANNER).textContent()).contains(DashboardSite.ADMIN);
            assertSound(tab);
            button(page, "Sign out").click();
            page.getByLabel("Password").waitFor();
            tab.open("/dashboard/locks");
            assertThat(page.url()).contains("/dashboard/login");
            assertSound(tab);
        }
    }

    @InEachLook
    void anEventIsFoundByTypingAndReadToItsPayload(Look look) throws Exception {
        long order = orders.incrementAndGet();
        String event = "evt_read_" + order;
        placeOrder(order);
        assertThat(deliver(Site.paymentSucceeded(event, "pi_read_" + order, order)))
                .isEqualTo(200);
        try (Chromium.Tab tab = tab(look)) {
            Page page = tab.open("/dashboard/events");
            page.keyboard().press("/");
            page.keyboard().type(event);
            page.keyboard().press("Enter");
            page.waitForURL(url -> url.contains("q=" + event));
            assertThat(page.locator("tbody tr").count()).isEqualTo(1);
            assertSound(tab);
            link(page, event).click();
            page.waitForURL("**/" + event);
            assertThat(content(page)).contains(event, "\"type\": \"payment_intent.succeeded\"");
            link(page, Long.toString(order)).first().click();
            page.waitForURL("**/orders/" + order);
            assertThat(content(page)).contains("PAID because", event);
            assertSound(tab);
        }
    }

    @InEachLook
    void aFailedEventIsFoundRehearsedAndReplayed(Look look) throws Exception {
        long order = orders.incrementAndGet();
        String event = "evt_late_" + order;
        assertThat(deliver(Site.paymentSucceeded(event, "pi_late_" + order, order)))
                .isEqualTo(500);
        // Or it might be tried again between two of our clicks.
        leaveItAloneByItself(event);
        try (Chromium.Tab tab = tab(look)) {
            Page page = tab.open("/dashboard/events");
            page.getByRole(AriaRole.SEARCHBOX).fill(event);
            page.keyboard().press("Enter");
            page.waitForURL(url -> url.contains("q=" + event));
            link(page, event).click();
            page.waitForURL("**/" + event);
            assertThat(content(page)).contains("Order not found: " + order);
            placeOrder(order);
            link(page, "Replay…").click();
            page.waitForURL("**/replay?*");
            assertSound(tab);

            button(page, "Dry run").click();
            page.getByText("everything was rolled back").waitFor();
            assertThat(content(page)).contains("PENDING", "PAID");
            assertThat(state(order)).as("a dry run changes nothing").isEqualTo("PENDING");
            assertSound(tab);
            page.getByLabel("Why").fill("its order came late");
            button(page, Pattern.compile("^Replay( now)?$")).click();
            await().untilAsserted(() -> assertThat(state(order)).isEqualTo("PAID"));
            assertThat(site.query("SELECT COUNT(*) FROM audit_log WHERE target = 'stripe/" + event
                            + "' AND reason = 'its order came late'"))
                    .isEqualTo("1");
            tab.open("/dashboard/orders/" + order);
            assertThat(content(page)).contains("PAID because");
            assertSound(tab);
        }
    }

    private String state(long order) throws Exception {
        return site.query("SELECT payment_status FROM orders WHERE id = " + order);
    }

    @InEachLook
    void aGroupIsReplayedFromTheListOfItsEvents(Look look) throws Exception {
        long order = orders.incrementAndGet();
        for (int i = 0; i < 3; i++) {
            String event = "evt_group_" + order + "_" + i;
            assertThat(deliver(Site.paymentSucceeded(event, "pi_group_" + order + "_" + i, order)))
                    .isEqualTo(500);
            leaveItAloneByItself(event);
        }
        try (Chromium.Tab tab = tab(look)) {
            Page page = tab.open("/dashboard/events?type=payment_intent.succeeded&status=failed&provider=stripe");
            link(page, "Replay these…").click();
            page.waitForURL(url -> url.contains("replay-group"));
            assertSound(tab);
            placeOrder(order);
            page.getByLabel("Why").fill("their order came late");
            button(page, Pattern.compile("^Replay \\d+ events$")).click();
            page.waitForURL(url -> url.contains("/dashboard/replays/"));
            assertSound(tab);
            await().untilAsserted(() -> assertThat(site.query("SELECT COUNT(*) FROM webhook_events WHERE order_id = "
                            + order + " AND status = 'processed'"))
                    .isEqualTo("3"));
            await().untilAsserted(() -> {
                tab.open("/dashboard/events/stripe/evt_group_" + order + "_0");
                assertThat(content(page)).contains("Group replay", "by ada");
            });
            assertSound(tab);
        }
    }

    @InEachLook
    void aLockThatSomebodyBumpedIntoIsListedAndReleased(Look look) throws Exception {
        long order = orders.incrementAndGet();
        String event = "evt_held_" + order;
        placeOrder(order);
        assertThat(other.getLock("webhook:lock:stripe:" + event).tryLock(0, 30, TimeUnit.SECONDS))
                .isTrue();
        String body = Site.paymentSucceeded(event, "pi_held_" + order, order);
        assertThat(deliver(body)).isEqualTo(409);
        try (Chromium.Tab tab = tab(look)) {
            Page page = tab.open("/dashboard/locks");
            await().untilAsserted(() -> {
                page.reload();
                assertThat(content(page)).contains(event);
            });
            assertSound(tab);
            link(page, "Release the lock of " + event).click();
            page.waitForURL("**/locks/release?*");
            page.getByLabel("Why do you release it?").fill("its holder is gone: " + look);
            assertSound(tab);
            button(page, "Release the lock").click();
            page.waitForURL(url -> !url.contains("/release"));
            assertThat(page.locator("#locks").textContent()).doesNotContain(event);
            assertThat(deliver(body)).isEqualTo(200);
            assertThat(site.query("SELECT COUNT(*) FROM payments WHERE payment_id = 'pi_held_" + order + "'"))
                    .isEqualTo("1");
            assertThat(site.query("SELECT COUNT(*) FROM audit_log WHERE reason = 'its holder is gone: " + look + "'"))
                    .isEqualTo("1");
            assertSound(tab);
        }
    }

    /** Looks at what one step leads to, in all four looks, on the way through a flow that needs to be gone once. */
    private static void assertWhole(Chromium.Tab tab, String name) {
        assertThat(tab.faults(name, Look.FOUR)).isEmpty();
    }

    @Test
    void aUserIsChangedAfterItIsExplainedAndForAReason() throws Exception {
        site.execute("INSERT INTO dashboard_users (username, password_hash, role, created_at, password_changed_at)"
                + " SELECT 'dora', password_hash, 'viewer', created_at, password_changed_at FROM dashboard_users"
                + " WHERE username = '" + DashboardSite.ADMIN + "'");
        try (Chromium.Tab tab = tab(Look.PHONE_LIGHT)) {
            Page page = tab.open("/dashboard/users");
            assertWhole(tab, "users-to-change");
            for (String act : List.of("Role…", "Sign out…", "Password…")) {
                page.click("tr:has-text('dora') a:has-text('" + act + "')");
                assertWhole(tab, "user-" + act.replaceAll("\\W", ""));
                page.click("main a:has-text('Cancel')");
            }
            page.click("tr:has-text('dora') a:has-text('Disable…')");
            page.click("button.danger");
            assertThat(page.url()).as("the browser asks for the reason").contains("do=disable");
            page.fill("#reason", "she has left");
            page.click("button.danger");
            assertThat(page.locator(".message.ok").textContent()).contains("The user was disabled");
            assertWhole(tab, "user-disabled");
            tab.open("/dashboard/audit");
            assertThat(page.locator("tbody tr").first().textContent())
                    .contains("user_disabled", "dora", "she has left");
            assertSound(tab);
        }
    }

    @Test
    void aGroupReplayIsStoppedAfterItIsExplainedAndForAReason() throws Exception {
        site.execute("INSERT INTO replay_jobs (id, request_id, filter, events, reason, username, state, created_at,"
                + " lease_until) VALUES (911, 'r911', '{\"status\":[\"failed\"],\"cause\":\"x\"}', 1, 'why',"
                + " 'olga', 'running', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 1 DAY)");
        site.execute("INSERT INTO webhook_replays (job_id, event_row, requested_at) VALUES (911, 1, UTC_TIMESTAMP(6))");
        try (Chromium.Tab tab = tab(Look.PHONE_LIGHT)) {
            Page page = tab.open("/dashboard/replays/911");
            assertThat(page.locator("button.danger").isVisible()).isFalse();
            assertWhole(tab, "replay-to-stop");
            page.click("summary");
            assertWhole(tab, "replay-stop");

            // What nobody can write down is not done, and the page says what is known of it.
            page.fill("#reason", "the wrong cause was chosen");
            try (Connection connection = site.connection();
                    Statement sql = connection.createStatement()) {
                sql.execute("LOCK TABLES audit_log WRITE");
                page.click("button.danger");
                assertThat(page.locator("h1").textContent()).isEqualTo("Whether it was done is not known");
                // The browser itself notes an answer of 503 as an error.
                assertThat(tab.complaints()).allMatch(complaint -> complaint.contains("503"));
                assertWhole(tab, "not-known");
            }
            page.click("main a.primary");
            assertThat(page.locator(".message.warn").textContent())
                    .contains("The reason that you typed is in the form");
            assertThat(page.locator("#reason").inputValue()).isEqualTo("the wrong cause was chosen");
            assertWhole(tab, "replay-stop-again");
            page.click("button.danger");
            assertThat(page.locator(".message.ok").textContent()).contains("The replay was stopped.");
            assertWhole(tab, "replay-stopped");
        }
    }

    @Test
    void aPageThatIsNotRefreshedAnyMoreSaysSo() {
        try (Chromium.Tab tab = tab(Look.PHONE_LIGHT)) {
            Page page = tab.open("/dashboard/events");
            tab.take(Map.of());
            page.getByText("You are not signed in any more. What is shown is of")
                    .waitFor();
            assertWhole(tab, "stale-signed-out");
            assertThat(link(page, "Sign in").getAttribute("href")).endsWith("/dashboard/events");

            tab.take(admin.cookies());
            Locator note = page.locator("#stale");
            note.waitFor(new Locator.WaitForOptions().setState(WaitForSelectorState.DETACHED));

            page.route("**/dashboard/events", Route::abort);
            page.getByText("The server does not answer").waitFor();
            // The browser itself notes a request that failed as an error.
            assertThat(tab.complaints()).allMatch(complaint -> complaint.contains("ERR_FAILED"));
            page.unroute("**/dashboard/events");
            note.waitFor(new Locator.WaitForOptions().setState(WaitForSelectorState.DETACHED));
        }
    }

    /** MySQL may be away while the server is there and says so. */
    @Test
    void whatTheServerSaysOfItsFailureIsShownWithTheNextRefresh() throws Exception {
        String away = "MySQL has been away since noon";
        String failing = admin.get("/dashboard/nothing")
                .body()
                .replace(
                        "<div id=\"banner\" data-live></div>",
                        "<div id=\"banner\" data-live><p class=\"banner\" role=\"status\">" + away + "</p></div>")
                .replace("Nothing here", "MySQL did not answer in time");
        assertThat(failing).contains(away, "<h2>MySQL did not answer in time</h2>");
        try (Chromium.Tab tab = tab(Look.DESK_LIGHT)) {
            Page page = tab.open("/dashboard/overview");
            AtomicInteger asked = new AtomicInteger();
            page.route("**/dashboard/overview", route -> {
                asked.incrementAndGet();
                route.fulfill(new Route.FulfillOptions()
                        .setStatus(503)
                        .setContentType("text/html;charset=UTF-8")
                        .setBody(failing));
            });
            page.getByText("This page could not be loaded again: MySQL did not answer in time. What is shown is of")
                    .waitFor();
            assertThat(asked).as("at once").hasValue(1);
            assertThat(page.locator("#banner").textContent()).contains(away);
            assertThat(page.locator("main.stale #health").count())
                    .as("what was up is not said to be up")
                    .isOne();
            assertThat(tab.complaints()).allMatch(complaint -> complaint.contains("503"));
            assertWhole(tab, "stale-failed");
            tab.show(Look.DESK_LIGHT);

            page.unroute("**/dashboard/overview");
            page.locator("#stale").waitFor(new Locator.WaitForOptions().setState(WaitForSelectorState.DETACHED));
            assertThat(page.locator("main.stale").count()).isZero();
            assertThat(page.locator("#banner").textContent()).doesNotContain(away);

            page.route(
                    "**/dashboard/overview",
                    route -> route.fulfill(
                            new Route.FulfillOptions().setStatus(502).setBody("<h1>Bad gateway</h1>")));
            page.getByText("The server does not answer").waitFor();
        }
    }
}
