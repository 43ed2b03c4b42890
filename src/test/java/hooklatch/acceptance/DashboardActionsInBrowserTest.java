package hooklatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import hooklatch.testing.Chromium;
import hooklatch.testing.DashboardSite;
import hooklatch.testing.Signer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/** What operators do, in a real browser: find an event, rehearse and replay it, release a lock. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DashboardActionsInBrowserTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private Chromium chromium;
    private DashboardSite site;

    @BeforeAll
    void open() throws Exception {
        chromium = Chromium.startOrSkip();
        site = DashboardSite.open();
    }

    @AfterAll
    void close() {
        if (site != null) {
            site.close();
        }
        if (chromium != null) {
            chromium.close();
        }
    }

    private int deliver(String body) throws Exception {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        HttpRequest.Builder request = HttpRequest.newBuilder(site.uri().resolve("webhooks/stripe"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(bytes));
        Signer.stripe(DashboardSite.STRIPE_SECRET, bytes, Instant.now()).forEach(request::header);
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private Page signIn(Chromium.Tab tab, String path) {
        Page page = tab.page();
        page.navigate(site.uri().resolve(path).toString());
        page.fill("input[name=username]", DashboardSite.ADMIN);
        page.fill("input[name=password]", DashboardSite.PASSWORD);
        page.click("main button[type=submit]");
        return page;
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

    @ParameterizedTest
    @CsvSource({"360, DARK, 501", "1440, LIGHT, 502", "2560, LIGHT, 503"})
    void aFailedEventIsFoundRehearsedAndReplayed(int width, ColorScheme scheme, long order) throws Exception {
        String event = "evt_late_" + order;
        String body = Site.paymentSucceeded(event, "pi_late_" + order, order);
        assertThat(deliver(body)).isEqualTo(500);
        // Or it might be tried again between two of our clicks.
        leaveItAloneByItself(event);
        try (Chromium.Tab tab = chromium.tab(width, scheme)) {
            Page page = signIn(tab, "dashboard/events");
            page.fill("#q", event);
            page.keyboard().press("Enter");
            page.waitForURL(url -> url.contains("q=" + event));
            page.locator("tbody a", new Page.LocatorOptions().setHasText(event)).click();
            assertThat(page.locator("main").textContent()).contains("Order not found: " + order);
            tab.screenshot("event-failed-" + width);
            assertThat(tab.sidewaysScroll()).isZero();
            page.navigate(site.uri().resolve("dashboard/failures").toString());
            tab.screenshot("failures-" + width);
            site.execute("INSERT INTO orders (id, total_amount) VALUES (" + order + ", 49.99)");

            page.navigate(site.uri()
                    .resolve("dashboard/replay?provider=stripe&event_id=" + event)
                    .toString());
            assertThat(page.locator("button[value=replay]").count()).isZero();
            isWhole(tab, "before-dry-run-" + width);
            page.click("button[value=dry-run]");
            assertThat(page.locator("#rehearsed").textContent()).contains("PENDING", "PAID");
            tab.screenshot("dry-run-" + width);
            assertThat(tab.accessibilityViolations()).isEmpty();
            page.fill("#reason", "its order came late");
            page.click("button[value=replay]");
            assertThat(site.query("SELECT payment_status FROM orders WHERE id = " + order))
                    .isEqualTo("PAID");
            page.navigate(site.uri().resolve("dashboard/orders/" + order).toString());
            assertThat(page.locator("main").textContent()).contains("PAID because");
            tab.screenshot("order-" + width);
            assertThat(tab.accessibilityViolations()).isEmpty();
            assertThat(tab.sidewaysScroll()).isZero();
            assertThat(tab.complaints()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"360, 701", "1440, 702"})
    void aGroupIsReplayedFromTheListOfItsEventsInTheDark(int width, long order) throws Exception {
        String type = "type=payment_intent.succeeded&status=failed&provider=stripe";
        for (int i = 0; i < 3; i++) {
            String event = "evt_group_" + order + "_" + i;
            assertThat(deliver(Site.paymentSucceeded(event, "pi_group_" + order + "_" + i, order)))
                    .isEqualTo(500);
            leaveItAloneByItself(event);
        }
        try (Chromium.Tab tab = chromium.tab(width, ColorScheme.DARK)) {
            Page page = signIn(tab, "dashboard/events?" + type);
            tab.screenshot("events-to-replay-" + width + "-dark");
            assertThat(tab.accessibilityViolations()).isEmpty();
            page.locator("a.button", new Page.LocatorOptions().setHasText("Replay these…"))
                    .click();
            page.waitForURL(url -> url.contains("replay-group"));
            tab.screenshot("replay-group-" + width + "-dark");
            assertThat(tab.accessibilityViolations()).isEmpty();
            assertThat(tab.sidewaysScroll()).isZero();
            site.execute("INSERT INTO orders (id, total_amount) VALUES (" + order + ", 49.99)");
            page.fill("#reason", "their order came late");
            page.click("main button[type=submit]");
            page.waitForURL(url -> url.contains("/dashboard/replays/"));
            tab.screenshot("replay-running-" + width + "-dark");
            assertThat(tab.accessibilityViolations()).isEmpty();
            await().untilAsserted(() -> assertThat(site.query("SELECT COUNT(*) FROM webhook_events WHERE order_id = "
                            + order + " AND status = 'processed'"))
                    .isEqualTo("3"));
            await().untilAsserted(
                            () -> assertThat(site.query("SELECT COUNT(*) FROM replay_jobs WHERE state = 'running'"))
                                    .isEqualTo("0"));
            page.reload();
            tab.screenshot("replay-done-" + width + "-dark");
            assertThat(tab.accessibilityViolations()).isEmpty();
            assertThat(tab.sidewaysScroll()).isZero();
            await().untilAsserted(() -> {
                page.navigate(site.uri()
                        .resolve("dashboard/events/stripe/evt_group_" + order + "_0")
                        .toString());
                assertThat(page.locator("#timeline-rows").textContent()).contains("Group replay", "by ada");
            });
            tab.screenshot("event-replayed-" + width + "-dark");
            assertThat(tab.accessibilityViolations()).isEmpty();
            assertThat(tab.sidewaysScroll()).isZero();
            assertThat(tab.complaints()).isEmpty();
        }
    }

    private static void isWhole(Chromium.Tab tab, String name) {
        tab.screenshot(name);
        assertThat(tab.accessibilityViolations()).as(name).isEmpty();
        assertThat(tab.sidewaysScroll()).as(name).isZero();
    }

    @ParameterizedTest
    @CsvSource({"360, DARK", "1440, LIGHT"})
    void aUserIsChangedAfterItIsExplainedAndForAReason(int width, ColorScheme scheme) throws Exception {
        String name = "dora" + width;
        site.execute(
                "INSERT INTO dashboard_users (username, password_hash, role, created_at, password_changed_at) SELECT '"
                        + name + "', password_hash, 'viewer', created_at, password_changed_at FROM dashboard_users"
                        + " WHERE username = '" + DashboardSite.ADMIN + "'");
        try (Chromium.Tab tab = chromium.tab(width, scheme)) {
            Page page = signIn(tab, "dashboard/users");
            isWhole(tab, "users-to-change-" + width);
            for (String act : List.of("Role…", "Sign out…", "Password…")) {
                page.click("tr:has-text('" + name + "') a:has-text('" + act + "')");
                isWhole(tab, "user-" + act.replaceAll("\\W", "") + "-" + width);
                page.click("main a:has-text('Cancel')");
            }
            page.click("tr:has-text('" + name + "') a:has-text('Disable…')");
            page.click("button.danger");
            assertThat(page.url()).as("the browser asks for the reason").contains("do=disable");
            page.fill("#reason", "she has left");
            page.click("button.danger");
            assertThat(page.locator(".message.ok").textContent()).contains("The user was disabled");
            isWhole(tab, "user-disabled-" + width);
            page.navigate(site.uri().resolve("dashboard/audit").toString());
            assertThat(page.locator("tbody tr").first().textContent()).contains("user_disabled", name, "she has left");
            assertThat(tab.complaints()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"360, LIGHT, 911", "1440, DARK, 912"})
    void aGroupReplayIsStoppedAfterItIsExplainedAndForAReason(int width, ColorScheme scheme, long job)
            throws Exception {
        site.execute("INSERT INTO replay_jobs (id, request_id, filter, events, reason, username, state, created_at,"
                + " lease_until) VALUES (" + job + ", 'r" + job
                + "', '{\"status\":[\"failed\"],\"cause\":\"x\"}', 1, 'why',"
                + " 'olga', 'running', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 1 DAY)");
        site.execute("INSERT INTO webhook_replays (job_id, event_row, requested_at) VALUES (" + job
                + ", 1, UTC_TIMESTAMP(6))");
        try (Chromium.Tab tab = chromium.tab(width, scheme)) {
            Page page = signIn(tab, "dashboard/replays/" + job);
            assertThat(page.locator("button.danger").isVisible()).isFalse();
            isWhole(tab, "replay-to-stop-" + width);
            page.click("summary");
            isWhole(tab, "replay-stop-" + width);

            // What nobody can write down is not done, and the page says what is known of it.
            page.fill("#reason", "the wrong cause was chosen");
            try (Connection connection = site.connection();
                    Statement sql = connection.createStatement()) {
                sql.execute("LOCK TABLES audit_log WRITE");
                page.click("button.danger");
                assertThat(page.locator("h1").textContent()).isEqualTo("Whether it was done is not known");
                // The browser itself notes an answer of 503 as an error.
                tab.complaints();
                isWhole(tab, "not-known-" + width);
            }
            page.click("main a.primary");
            assertThat(page.locator(".message.warn").textContent())
                    .contains("The reason that you typed is in the form");
            assertThat(page.locator("#reason").inputValue()).isEqualTo("the wrong cause was chosen");
            isWhole(tab, "replay-stop-again-" + width);
            page.click("button.danger");
            assertThat(page.locator(".message.ok").textContent()).contains("The replay was stopped.");
            isWhole(tab, "replay-stopped-" + width);
            assertThat(tab.complaints()).isEmpty();
        }
    }

    @Test
    void aLockThatSomebodyBumpedIntoIsListedAndReleased() throws Exception {
        site.execute("INSERT INTO orders (id, total_amount) VALUES (601, 49.99)");
        URI redis = URI.create(site.settings().get("REDIS_URL"));
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.useSingleServer()
                .setAddress("redis://" + redis.getAuthority())
                .setDatabase(Integer.parseInt(redis.getPath().substring(1)));
        RedissonClient other = Redisson.create(config);
        try (Chromium.Tab tab = chromium.tab(1440, ColorScheme.LIGHT)) {
            assertThat(other.getLock("webhook:lock:stripe:evt_held").tryLock(0, 30, TimeUnit.SECONDS))
                    .isTrue();
            String body = Site.paymentSucceeded("evt_held", "pi_held", 601);
            assertThat(deliver(body)).isEqualTo(409);
            Page page = signIn(tab, "dashboard/locks");
            await().untilAsserted(() -> {
                page.reload();
                assertThat(page.locator("#locks").textContent()).contains("evt_held");
            });
            tab.screenshot("locks-held-1440");
            page.locator("#locks a.button").click();
            tab.screenshot("lock-release-1440");
            assertThat(tab.accessibilityViolations()).isEmpty();
            page.fill("#reason", "its holder is gone");
            page.click("button.danger");
            assertThat(page.locator("#locks").textContent()).doesNotContain("evt_held");
            assertThat(deliver(body)).isEqualTo(200);
            assertThat(site.query("SELECT COUNT(*) FROM payments WHERE payment_id = 'pi_held'"))
                    .isEqualTo("1");
            assertThat(site.query("SELECT COUNT(*) FROM audit_log WHERE reason = 'its holder is gone'"))
                    .isEqualTo("1");
            assertThat(tab.complaints()).isEmpty();
        } finally {
            other.shutdown();
        }
    }

    @Test
    void hostileDataStaysInert() throws Exception {
        String markup = "<script>window.pwned=1</script><img src=x onerror='window.pwned=1'>\\\"'";
        assertThat(deliver("{\"id\":\"evt_'\\\"><b>hostile\",\"object\":\"event\",\"type\":\"" + markup
                        + "\",\"data\":{\"object\":{\"note\":\"" + markup + "\"}}}"))
                .isEqualTo(200);
        assertThat(deliver(Site.paymentSucceeded("evt_hostile_order", "pi_'\\\"><i>", 1)
                        .replace("\"order_id\":\"1\"", "\"order_id\":\"" + markup + "\"")))
                .isEqualTo(500);
        try (Chromium.Tab tab = chromium.tab(1440, ColorScheme.LIGHT)) {
            Page page = signIn(tab, "dashboard/events");
            assertThat(page.locator("main").textContent()).contains("<script>window.pwned=1</script>");
            List<String> events = page.locator("tbody td[data-label=Event] a").all().stream()
                    .map(link -> link.getAttribute("href"))
                    .toList();
            assertThat(events).hasSizeGreaterThanOrEqualTo(2);
            for (String path : events) {
                page.navigate(site.uri().resolve(path).toString());
                assertThat(page.locator("h1").count()).isEqualTo(1);
                assertThat(page.evaluate("() => window.pwned")).isNull();
            }
            for (String path : List.of(
                    "dashboard/failures", "dashboard/checks", "dashboard/audit", "dashboard/events?q=%3Cscript%3E")) {
                page.navigate(site.uri().resolve(path).toString());
                assertThat(page.evaluate("() => window.pwned")).as(path).isNull();
            }
            assertThat(tab.complaints()).isEmpty();
        }
    }
}
