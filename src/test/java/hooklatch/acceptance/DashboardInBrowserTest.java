package hooklatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.options.AriaRole;
import hooklatch.dev.DemoShop;
import hooklatch.domain.EventKey;
import hooklatch.domain.InvariantCheck;
import hooklatch.lock.EventLocks;
import hooklatch.testing.Browser;
import hooklatch.testing.Chromium;
import hooklatch.testing.DashboardSite;
import hooklatch.testing.FreePort;
import hooklatch.testing.LockNode;
import hooklatch.testing.Look;
import java.net.URI;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/**
 * Every page in every state that a person can come upon, in a real browser: with a shop's minute in it, with nothing yet, while
 * MySQL hangs and while Redis is away. Each is loaded once and looked at at a desk and on a telephone, light and dark. What
 * people do on them is {@link DashboardActionsInBrowserTest}'s.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DashboardInBrowserTest {
    private static final String VIEWER = "vera";

    private Chromium chromium;
    private DashboardSite shop;
    private Chromium.Tab admin;
    private Chromium.Tab viewer;
    private Chromium.Tab stranger;
    /** Nothing was ever delivered here, and there is no Redis. */
    private DashboardSite bare;

    private Chromium.Tab bareAdmin;
    /** Two tabs that were opened while MySQL hung, and show what came of it. */
    private Chromium.Tab hungEvents;

    private Chromium.Tab hungOverview;
    /** Ends with the node that dies. */
    private RedissonClient redisson;

    private RedissonClient livingRedisson;
    private @Nullable LockNode otherNode;
    private @Nullable LockNode livingNode;

    /** How a page is brought into a state. */
    private interface Opening {
        void open(Chromium.Tab tab) throws Exception;
    }

    /**
     * A page in a state.
     *
     * @param says something that is to be read there in this state only
     */
    private record Face(String name, Chromium.Tab tab, String says, Opening opening) {
        @Override
        public String toString() {
            return name;
        }
    }

    @BeforeAll
    void openBoth() throws Exception {
        chromium = Chromium.getOrSkip();
        bare = DashboardSite.open("/", Map.of("REDIS_URL", "redis://127.0.0.1:" + FreePort.find()));
        shop = DashboardSite.open("/", DemoShop.SECRETS);
        Map<String, String> cookies = bare.admin().cookies();
        bareAdmin = chromium.tab(bare.uri(), Look.DESK_LIGHT);
        hungEvents = chromium.tab(bare.uri(), Look.DESK_LIGHT);
        hungOverview = chromium.tab(bare.uri(), Look.DESK_LIGHT);
        for (Chromium.Tab tab : List.of(bareAdmin, hungEvents, hungOverview)) {
            tab.take(cookies);
        }
        try (Connection hanging = bare.connection();
                Statement sql = hanging.createStatement()) {
            sql.execute("LOCK TABLES "
                    + bare.query("SELECT GROUP_CONCAT(CONCAT(TABLE_NAME, ' WRITE')) FROM information_schema.TABLES"
                            + " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT LIKE 'dashboard%'"));
            hungEvents.beginToOpen("/dashboard/events");
            hungOverview.beginToOpen("/dashboard/overview");
            // They wait, and meanwhile:
            DemoShop.minute(shop.uri(), shop.settings());
            hungEvents.page().getByText("Failed to load").first().waitFor();
            hungOverview.page().getByText("Failed to load").first().waitFor();
        }
        for (Chromium.Tab tab : List.of(hungEvents, hungOverview)) {
            tab.complaints();
            // Marked text pauses the refresh, which would find MySQL there again. It is a blank that is marked.
            tab.page()
                    .evaluate(
                            "() => getSelection().setBaseAndExtent("
                                    + "document.querySelector('main').firstChild, 0, document.querySelector('main').firstChild, 1)");
        }

        shop.execute("INSERT INTO dashboard_users (username, password_hash, role, created_at, password_changed_at)"
                + " SELECT '" + VIEWER + "', password_hash, 'viewer', created_at, password_changed_at"
                + " FROM dashboard_users WHERE username = '" + DashboardSite.ADMIN + "'");
        admin = signedIn(shop.admin());
        viewer = signedIn(shop.signedIn(VIEWER, DashboardSite.PASSWORD));
        stranger = chromium.tab(shop.uri(), Look.DESK_LIGHT);
        redisson = client();
        livingRedisson = client();
    }

    private RedissonClient client() {
        URI redis = URI.create(shop.settings().get("REDIS_URL"));
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.useSingleServer()
                .setAddress("redis://" + redis.getAuthority())
                .setDatabase(Integer.parseInt(redis.getPath().substring(1)));
        return Redisson.create(config);
    }

    private Chromium.Tab signedIn(Browser browser) {
        Chromium.Tab tab = chromium.tab(shop.uri(), Look.DESK_LIGHT);
        tab.take(browser.cookies());
        return tab;
    }

    @AfterAll
    void close() {
        for (LockNode node : new LockNode[] {otherNode, livingNode}) {
            if (node != null) {
                node.close();
            }
        }
        for (RedissonClient client : new RedissonClient[] {redisson, livingRedisson}) {
            if (client != null) {
                client.shutdown();
            }
        }
        for (Chromium.Tab tab : new Chromium.Tab[] {admin, viewer, stranger, bareAdmin, hungEvents, hungOverview}) {
            if (tab != null) {
                tab.close();
            }
        }
        for (DashboardSite site : new DashboardSite[] {shop, bare}) {
            if (site != null) {
                site.close();
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"listsAndOrders", "events", "actions", "people", "refusedForms", "nothingYet", "whatIsAway"})
    void aPageIsWholeReadableAndAccessibleOnEveryScreen(Face face) throws Exception {
        face.tab.show(Look.DESK_LIGHT);
        // The page before may have refreshed itself once more, and may have been one that is answered with an error.
        face.tab.complaints();
        face.opening.open(face.tab);
        assertThat(face.tab.page().locator("body").textContent()).contains(face.says);
        assertThat(face.tab.page().locator("main h2").allTextContents())
                .as("what the page's heading says is not said again")
                .doesNotContain(face.tab.page().locator("main h1").textContent());
        assertThat(face.tab.faults(face.name, List.of(Look.values()))).isEmpty();
    }

    private Face page(String name, String path, String says) {
        return new Face(name, admin, says, tab -> tab.open(path));
    }

    private Face nothingYet(String name, String says) {
        return new Face("bare-" + name, bareAdmin, says, tab -> tab.open("/dashboard/" + name));
    }

    /** One that is answered with an error, which the browser itself notes as one. */
    private static Face refused(String name, Chromium.Tab tab, String path, int status, String says) {
        return new Face(name, tab, says, opened -> {
            Response response = opened.page().navigate(path);
            assertThat(response.status()).isEqualTo(status);
            assertThat(opened.complaints()).allMatch(complaint -> complaint.startsWith("Failed to load resource"));
        });
    }

    private Face event(String name, String condition, String says) {
        return new Face("event-" + name, admin, says, tab -> tab.open(event(condition)));
    }

    private String event(String condition) throws Exception {
        return "/dashboard/events/stripe/" + eventId(condition);
    }

    private String replay(String condition) throws Exception {
        return "/dashboard/replay?provider=stripe&event_id=" + eventId(condition);
    }

    private String eventId(String condition) throws Exception {
        String id = shop.query("SELECT event_id FROM webhook_events WHERE provider = 'stripe' AND " + condition
                + " ORDER BY id DESC LIMIT 1");
        assertThat(id).as("an event with " + condition).isNotEmpty();
        return id;
    }

    List<Face> listsAndOrders() throws Exception {
        String order = shop.query("SELECT order_id FROM disputes WHERE order_id IS NOT NULL ORDER BY id LIMIT 1");
        String refunded = shop.query("SELECT order_id FROM refunds WHERE order_id IS NOT NULL ORDER BY id LIMIT 1");
        String missing = shop.query("SELECT order_id FROM webhook_events WHERE status = 'failed' AND order_id > 7000000"
                + " ORDER BY id DESC LIMIT 1");
        String declined = shop.query("SELECT order_id FROM payments WHERE status = 'failed' AND order_id NOT IN"
                + " (SELECT order_id FROM payments WHERE order_id IS NOT NULL AND status <> 'failed') LIMIT 1");
        String gone = shop.query("SELECT MAX(order_id) FROM payments WHERE status = 'completed' AND order_id NOT IN ("
                + order + ", " + refunded + ")");
        shop.execute("DELETE FROM orders WHERE id = " + gone);
        return List.of(
                page("overview", "/dashboard/overview", "Health"),
                page("events", "/dashboard/events", "payment_intent.succeeded"),
                page("events-failed", "/dashboard/events?status=failed", "Clear filters"),
                page("events-dead-lettered", "/dashboard/events?status=dead_lettered", "Clear filters"),
                page("events-duplicates", "/dashboard/events?view=duplicates", "×"),
                page("events-nothing-matches", "/dashboard/events?q=nothing", "No event matches"),
                refused(
                        "events-not-understood",
                        admin,
                        "/dashboard/events?q=status:foo&type=charge",
                        400,
                        "Nothing was searched"),
                new Face("events-keys", admin, "show these keys", tab -> {
                    tab.open("/dashboard/events?status=failed").keyboard().press("?");
                    tab.page().getByRole(AriaRole.DIALOG).waitFor();
                }),
                page("orders", "/dashboard/orders", "Which order?"),
                refused(
                        "orders-nothing-found",
                        admin,
                        "/dashboard/orders?q=pi_nothing",
                        404,
                        "No order belongs to this id"),
                page("order-disputed", "/dashboard/orders/" + order, "Disputes"),
                page("order-refunded", "/dashboard/orders/" + refunded, "Refunds"),
                page("order-declined", "/dashboard/orders/" + declined, "The reason given"),
                refused("order-gone", admin, "/dashboard/orders/" + gone, 404, "It had one"),
                refused("order-missing", admin, "/dashboard/orders/" + missing, 404, "Let the shop make the order"),
                refused("order-unknown", admin, "/dashboard/orders/6999999", 404, "Is the number right?"),
                page("failures", "/dashboard/failures", "Replay all of this cause"),
                page("rejected", "/dashboard/rejected", "What to do"),
                page(
                        "rejected-nothing-matches",
                        "/dashboard/rejected?to=2020-01-01T00:00:00",
                        "No rejected delivery matches"),
                page("checks", "/dashboard/checks", "All checks."),
                page("check", "/dashboard/checks?check=" + InvariantCheck.ORDER_STATE_DIFFERS.label(), "What to do:"));
    }

    List<Face> events() {
        return List.of(
                event("processed", "status = 'processed'", "What it wrote"),
                event("failed", "status = 'failed'", "Next attempt by itself"),
                event("skipped", "status = 'skipped'", "it was skipped"),
                event("dead-lettered", "status = 'dead_lettered'", "Technical error"),
                new Face("event-long-error", admin, "Technical error", tab -> {
                    shop.execute("UPDATE webhook_events SET error = CONCAT('Order not found: ', REPEAT('x', 200))"
                            + " WHERE event_id = '" + eventId("status = 'failed'") + "'");
                    tab.open(event("error LIKE '%xxxx'"));
                }),
                new Face("event-two-bodies", admin, "Another body came", tab -> {
                    String body = Site.paymentSucceeded("evt_two", "pi_two", 6_000_002);
                    assertThat(deliver(body)).isEqualTo(500);
                    assertThat(deliver(body.replace("4999", "4998"))).isEqualTo(500);
                    tab.open(event("event_id = 'evt_two'"));
                }),
                new Face("event-purged", admin, "The payload was purged", tab -> {
                    String id = eventId("status = 'skipped'");
                    shop.execute("UPDATE webhook_events SET payload = NULL WHERE event_id = '" + id + "'");
                    tab.open(event("payload IS NULL"));
                }),
                new Face("event-revealed", admin, "audit log", tab -> {
                    Page page = tab.open(event("status = 'processed'"));
                    page.getByLabel("Reveal personal data").fill("A customer asks what was sent.");
                    button(page, "Reveal once");
                    page.getByText("Personal data is shown").waitFor();
                }),
                refused("event-unknown", admin, "/dashboard/events/stripe/evt_none", 404, "Nothing here"));
    }

    List<Face> actions() {
        return List.of(
                new Face("replay", admin, "Dry run", tab -> tab.open(replay("status = 'failed'"))),
                new Face("replay-rehearsed", admin, "everything was rolled back", tab -> {
                    button(tab.open(replay("status = 'failed'")), "Dry run");
                    tab.page().getByText("everything was rolled back").waitFor();
                }),
                new Face("replay-rehearsed-with-effect", admin, "PAID", tab -> {
                    assertThat(deliver(Site.paymentSucceeded("evt_late", "pi_late", 6_000_001)))
                            .isEqualTo(500);
                    shop.execute("INSERT INTO orders (id, total_amount) VALUES (6000001, 49.99)");
                    button(tab.open(replay("event_id = 'evt_late'")), "Dry run");
                    tab.page().getByText("everything was rolled back").waitFor();
                }),
                new Face(
                        "replay-done",
                        admin,
                        "Replays of this event",
                        tab -> tab.open(replay("id IN (SELECT event_row FROM webhook_replays)"))),
                new Face("replay-impossible", admin, "purged", tab -> {
                    shop.execute("UPDATE webhook_events SET payload = NULL WHERE event_id = '"
                            + eventId("status = 'skipped'") + "'");
                    tab.open(replay("payload IS NULL"));
                }),
                page("replay-group", "/dashboard/replay-group?provider=stripe", "These are all events with"),
                page("replay-group-nothing", "/dashboard/replay-group?type=nothing", "Nothing matches"),
                page("replay-group-unset", "/dashboard/replay-group", "needs a filter"),
                page("replays", "/dashboard/replays", "Confirmed"),
                new Face(
                        "replay-job",
                        admin,
                        "What was asked for",
                        tab -> tab.open("/dashboard/replays/" + shop.query("SELECT MAX(id) FROM replay_jobs"))),
                new Face(
                        "locks-none",
                        admin,
                        "No lock is held",
                        tab -> await().untilAsserted(() -> assertThat(tab.open("/dashboard/locks")
                                        .locator("main")
                                        .textContent())
                                .contains("No lock is held"))),
                new Face("locks", admin, "not alive", tab -> {
                    LockNode node = new LockNode(redisson, "node-that-dies");
                    otherNode = node;
                    hold(node, "evt_held");
                    hold(node, "evt_held_too");
                    listed(tab, "evt_held_too");
                    node.kill();
                    listed(tab, "not alive");
                }),
                new Face("lock-release", admin, "What will happen", tab -> {
                    listed(tab, "evt_held_too");
                    tab.page()
                            .getByRole(AriaRole.LINK, named("Release the lock of evt_held_too"))
                            .click();
                    tab.page().waitForURL("**/locks/release?*");
                }),
                page(
                        "lock-release-gone",
                        "/dashboard/locks/release?provider=stripe&event_id=evt_held"
                                + "&holder=00000000-0000-0000-0000-000000000000%3A1",
                        "not held by that holder any more"));
    }

    private void hold(LockNode node, String event) throws Exception {
        assertThat(node.locks().acquire(new EventKey("stripe", event), Duration.ZERO))
                .isInstanceOf(EventLocks.Attempt.Held.class);
        assertThat(deliver(Site.paymentSucceeded(event, "pi_" + event, 1))).isEqualTo(409);
    }

    private static void listed(Chromium.Tab tab, String text) {
        await().untilAsserted(() -> assertThat(
                        tab.open("/dashboard/locks").locator("#locks").textContent())
                .contains(text));
    }

    private int deliver(String body) throws Exception {
        return shop.deliver(body, DemoShop.STRIPE_SECRET);
    }

    private static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name).setExact(true);
    }

    private static void button(Page page, String name) {
        page.getByRole(AriaRole.BUTTON, named(name)).click();
    }

    List<Face> people() {
        return List.of(
                page("users", "/dashboard/users", VIEWER),
                page("audit", "/dashboard/audit", "sign_in"),
                page("audit-nothing-matches", "/dashboard/audit?user=nobody", "No entry matches"),
                page("account", "/dashboard/account", "Change your password"),
                page("logout", "/dashboard/logout", "You are signed in as"),
                refused("not-found", admin, "/dashboard/nothing", 404, "There is no page at this address."),
                refused("bad-request", admin, "/dashboard/audit?from=yesterday", 400, "not understood"),
                refused("forbidden", viewer, "/dashboard/users", 403, "Not allowed"),
                new Face("viewer-event", viewer, "Payload", tab -> tab.open(event("status = 'failed'"))),
                new Face(
                        "viewer-replay",
                        viewer,
                        "needs the role operator",
                        tab -> tab.open(replay("status = 'failed'"))),
                new Face(
                        "viewer-group", viewer, "operator", tab -> tab.open("/dashboard/replay-group?provider=stripe")),
                new Face("sign-in", stranger, "User name", tab -> tab.open("/dashboard/overview")),
                new Face("sign-in-refused", stranger, "wrong", tab -> {
                    Page page = tab.open("/dashboard/overview");
                    page.getByLabel("User name").fill("mallory");
                    page.getByLabel("Password").fill("a guess of hers");
                    button(page, "Sign in");
                    page.getByRole(AriaRole.ALERT).waitFor();
                    assertThat(tab.complaints()).allMatch(complaint -> complaint.startsWith("Failed to load resource"));
                }));
    }

    /** Forms whose answer is what is wrong with them, past what the browser itself would have asked for. */
    List<Face> refusedForms() {
        return List.of(
                refusedForm("replay-refused", tab -> {
                    button(tab.open(replay("event_id = 'evt_two'")), "Dry run");
                    tab.page().getByText("everything was rolled back").waitFor();
                    submit(tab, "button[value=replay]");
                }),
                refusedForm("lock-release-refused", tab -> {
                    LockNode node = new LockNode(livingRedisson, "node-that-lives");
                    livingNode = node;
                    hold(node, "evt_held_long");
                    listed(tab, "evt_held_long");
                    tab.page()
                            .getByRole(AriaRole.LINK, named("Release the lock of evt_held_long"))
                            .click();
                    tab.page().waitForURL("**/locks/release?*");
                    submit(tab, "button.danger");
                }),
                refusedForm("users-refused", tab -> {
                    Page page = tab.open("/dashboard/users");
                    page.locator("[name=username]").fill("carla");
                    page.locator("[name=password]").fill("short");
                    submit(tab, "button[value=create]");
                }),
                refusedForm("account-refused", tab -> {
                    Page page = tab.open("/dashboard/account");
                    page.locator("main input[type=password]").all().forEach(field -> field.fill("not the present one"));
                    submit(tab, "button[value=password]");
                }));
    }

    private Face refusedForm(String name, Opening opening) {
        return new Face(name, admin, "", tab -> {
            opening.open(tab);
            tab.page().getByRole(AriaRole.ALERT).first().waitFor();
            assertThat(tab.complaints()).allMatch(complaint -> complaint.startsWith("Failed to load resource"));
        });
    }

    private static void submit(Chromium.Tab tab, String button) {
        tab.page()
                .evaluate("() => document.querySelectorAll('main form').forEach(form => { form.noValidate = true; })");
        tab.page().locator(button).first().click();
    }

    List<Face> nothingYet() {
        return List.of(
                nothingYet("overview", "Nothing has been delivered yet"),
                nothingYet("events", "Nothing has been delivered yet"),
                nothingYet("failures", "Nothing has failed"),
                nothingYet("replays", "No group has been replayed yet"),
                nothingYet("rejected", "Nothing has been rejected"),
                nothingYet("locks", "This node holds no lock"),
                nothingYet("checks", "All checks."));
    }

    List<Face> whatIsAway() {
        return List.of(
                new Face("failed-events", hungEvents, "MySQL did not answer in time", tab -> {}),
                new Face("failed-overview", hungOverview, "MySQL did not answer in time", tab -> {}),
                new Face("check-findings", admin, "What to do:", tab -> {
                    shop.execute("UPDATE orders SET payment_status = 'PENDING' WHERE payment_status = 'PAID' LIMIT 3");
                    tab.open("/dashboard/checks")
                            .evaluate("() => fetch('/dashboard/checks.json?run=now').then(answer => answer.text())");
                    tab.open("/dashboard/checks?check=order_state_differs");
                    assertThat(tab.page().locator("main tbody tr").count()).isPositive();
                }),
                new Face("broken", bareAdmin, "Something unforeseen happened", tab -> {
                    bare.execute("ALTER TABLE audit_log RENAME COLUMN target TO aim");
                    assertThat(tab.page().navigate("/dashboard/audit").status()).isEqualTo(500);
                    assertThat(tab.complaints()).allMatch(complaint -> complaint.startsWith("Failed to load resource"));
                }));
    }
}
