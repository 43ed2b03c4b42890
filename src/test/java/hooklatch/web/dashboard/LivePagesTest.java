package hooklatch.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.domain.EventKey;
import hooklatch.domain.Json;
import hooklatch.lock.EventLocks;
import hooklatch.testing.Browser;
import hooklatch.testing.DashboardSite;
import hooklatch.testing.FreePort;
import hooklatch.testing.LockNode;
import hooklatch.testing.RedisServer;
import hooklatch.testing.TestServers;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/** Overview, held locks and rejected deliveries, as a person and a script see them. */
class LivePagesTest {
    private static final String MICROSECONDS = "[0-9-]{10}T[0-9:]{8}\\.[0-9]{6}Z";

    private static final String HOSTILE_ID = "evt_\"'><script>alert(1)</script>";
    private static final String HOSTILE_TYPE = "<script>alert(2)</script>";

    private final String redis = TestServers.get().newRedisUrl();
    private final List<RedissonClient> clients = new ArrayList<>();

    private final List<LockNode> nodes = new ArrayList<>();

    private LockNode node(RedissonClient redis, String name) {
        LockNode node = new LockNode(redis, name);
        nodes.add(node);
        return node;
    }

    @AfterEach
    void closeClients() {
        nodes.forEach(LockNode::close);
        clients.forEach(RedissonClient::shutdown);
    }

    private DashboardSite site() throws Exception {
        return DashboardSite.open("/", Map.of("REDIS_URL", redis, "NODE_NAME", "node-a"));
    }

    private RedissonClient client() {
        return client(redis);
    }

    private RedissonClient client(String redis) {
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.setNettyThreads(2);
        config.setThreads(2);
        int slash = redis.lastIndexOf('/');
        config.useSingleServer()
                .setAddress(redis.substring(0, slash))
                .setDatabase(Integer.parseInt(redis.substring(slash + 1)))
                .setConnectionMinimumIdleSize(1)
                .setConnectionPoolSize(4);
        RedissonClient client = Redisson.create(config);
        clients.add(client);
        return client;
    }

    private static int deliver(DashboardSite site, String id, String type, String secret)
            throws IOException, InterruptedException {
        String json = Json.write(Json.object()
                .put("id", id)
                .put("object", "event")
                .put("type", type)
                .set("data", Json.object().set("object", Json.object())));
        return site.deliver(json, secret);
    }

    private static int deliver(DashboardSite site, String id) throws IOException, InterruptedException {
        return deliver(site, id, "customer.created", DashboardSite.STRIPE_SECRET);
    }

    private static JsonNode withToken(DashboardSite site, String path) throws IOException, InterruptedException {
        Browser.Page page = site.browser()
                .with("Authorization", "Bearer " + DashboardSite.TOKEN)
                .get(path);
        assertThat(page.status()).as(page.body()).isEqualTo(200);
        return page.json();
    }

    private static void assertInert(Browser.Page page) {
        assertThat(page.body().replaceAll("<script src=\"[^\"]*\" defer></script>", ""))
                .doesNotContain("<script")
                .doesNotContain("\"'>")
                .doesNotContainPattern("<[^>]* on[a-z]+=")
                .doesNotContain(" style=");
    }

    @Test
    void whereNothingIsYetEachPageSaysSoAndWhatToDo() throws Exception {
        try (DashboardSite site = site()) {
            Browser admin = site.admin();
            assertThat(admin.get("/dashboard/overview").body())
                    .contains("Nothing has been delivered yet")
                    .contains("/webhooks/stripe</code>")
                    .contains("exec:java@send")
                    .contains("node-a");
            assertThat(admin.get("/dashboard/locks").body()).contains("No lock is held");
            assertThat(admin.get("/dashboard/rejected").body()).contains("Nothing has been rejected");
            assertThat(admin.get("/dashboard/rejected?cause=busy&provider=stripe&from=2026-01-01")
                            .body())
                    .contains("No rejected delivery matches")
                    .contains("Clear filters")
                    .contains("<option value=\"busy\" selected>");
            for (String wrong : List.of(
                    "overview?range=year", "rejected?cause=NO%20CAUSE", "rejected?cursor=1", "rejected?from=x")) {
                assertThat(admin.get("/dashboard/" + wrong).status()).as(wrong).isEqualTo(400);
                assertThat(admin.get("/dashboard/" + wrong.replace("?", ".json?"))
                                .status())
                        .as(wrong)
                        .isEqualTo(400);
            }
        }
    }

    @Test
    void theOverviewShowsWhatWasDeliveredAndRefused() throws Exception {
        try (DashboardSite site = site()) {
            assertThat(deliver(site, "evt_1")).isEqualTo(200);
            assertThat(deliver(site, "evt_1")).isEqualTo(200);
            assertThat(deliver(site, "evt_2", "payment_intent.succeeded", DashboardSite.STRIPE_SECRET))
                    .isEqualTo(500);
            assertThat(deliver(site, "evt_3", "x", "whsec_wrong")).isEqualTo(401);

            await().untilAsserted(() -> {
                JsonNode traffic = withToken(site, "/dashboard/overview.json").get("traffic");
                assertThat(traffic.get("deliveries").asInt()).isEqualTo(3);
                assertThat(traffic.get("failures").asInt()).isEqualTo(1);
                assertThat(traffic.get("rejected").asInt()).isEqualTo(1);
            });
            JsonNode overview = withToken(site, "/dashboard/overview.json?range=week");
            assertThat(overview.get("failed").asInt()).isEqualTo(1);
            assertThat(overview.get("redis").asText()).isEqualTo("up");
            assertThat(overview.get("degraded_since").isNull()).isTrue();
            assertThat(overview.get("traffic").get("bars")).hasSize(84);
            assertThat(overview.get("nodes").get(0).get("node").asText()).isEqualTo("node-a");
            assertThat(overview.get("nodes").get(0).get("alive").asBoolean()).isTrue();
            assertThat(overview.get("nodes").get(0).get("started_at").asText()).matches(MICROSECONDS);
            assertThat(overview.get("traffic").get("bars").get(0).get("from").asText())
                    .matches(MICROSECONDS);
            assertThat(overview.get("nodes").get(0).get("version").asText()).matches("\\d+\\.\\d+.*");

            Browser admin = site.admin();
            Browser.Page page = admin.get("/dashboard/overview");
            assertThat(page.body())
                    .contains("<svg class=\"bars\" viewBox=\"0 0 960 200\"")
                    .contains("<rect class=\"s-processed\"")
                    .contains("<rect class=\"s-duplicate\"")
                    .contains("<rect class=\"s-failed\"")
                    .contains("The chart in numbers")
                    .contains("33.3 %")
                    .contains("1 event was refused and is tried again by itself")
                    .contains("mostly: the signature does not match");
            assertInert(page);
            assertThat(admin.get("/dashboard/rejected").body())
                    .contains("The signature does not match")
                    .contains("compare the signing secret")
                    .contains("127.0.0.1");
            assertThat(withToken(site, "/dashboard/rejected.json").get("rejections"))
                    .singleElement()
                    .satisfies(one -> {
                        assertThat(one.get("cause").asText()).isEqualTo("signature_mismatch");
                        assertThat(one.get("http_status").asInt()).isEqualTo(401);
                        assertThat(one.get("body_bytes").asInt()).isPositive();
                    });

            assertThat(withToken(site, "/dashboard/checks.json?run=now")
                            .get("violations")
                            .asInt())
                    .isZero();
            assertThat(admin.get("/dashboard/checks").body())
                    .as("of an event that was refused it is not said that it had an effect")
                    .contains("No violation: each processed event has had its effect exactly once")
                    .contains("Events that failed or were dead-lettered have had no effect so far");

            site.execute("UPDATE webhook_events SET status = 'dead_lettered' WHERE event_id = 'evt_2'");
            await().untilAsserted(() -> assertThat(
                            admin.get("/dashboard/overview").body())
                    .contains("1 event has been refused often and for long, and is tried again by itself once an hour")
                    .doesNotContain("given up"));
        }
    }

    @Test
    void aLockThatADeliveryBumpedIntoIsListedAndReleasedByAnOperatorWithAReason() throws Exception {
        try (DashboardSite site = site()) {
            EventKey key = new EventKey("stripe", HOSTILE_ID);
            RedissonClient dead = client();
            LockNode holder = node(dead, "node-<b>");
            assertThat(holder.locks().acquire(key, Duration.ZERO)).isInstanceOf(EventLocks.Attempt.Held.class);
            assertThat(deliver(site, HOSTILE_ID, HOSTILE_TYPE, DashboardSite.STRIPE_SECRET))
                    .isEqualTo(409);

            JsonNode lock =
                    withToken(site, "/dashboard/locks.json").get("locks").get(0);
            assertThat(lock.get("provider").asText()).isEqualTo("stripe");
            assertThat(lock.get("event_id").asText()).isEqualTo(HOSTILE_ID);
            assertThat(lock.get("node").asText()).isEqualTo("node-<b>");
            assertThat(lock.get("thread").asLong())
                    .isEqualTo(Thread.currentThread().getId());
            assertThat(lock.get("alive").asBoolean()).isTrue();
            assertThat(lock.get("held_ms").asLong()).isBetween(1L, 30_000L);
            assertThat(lock.get("ttl_ms").asLong()).isBetween(1L, 30_000L);
            assertThat(lock.get("stored").isBoolean() && !lock.get("stored").asBoolean())
                    .isTrue();

            Browser admin = site.admin();
            Browser.Page page = admin.get("/dashboard/locks");
            assertInert(page);
            String confirm = releaseHref(page);
            Browser.Page question = admin.get(confirm);
            assertThat(question.body()).contains("The event cannot have its effect twice");
            assertInert(question);
            for (Browser.Page shown : List.of(page, question)) {
                assertThat(shown.body())
                        .as("a page that there is not is not linked to")
                        .contains("not stored yet")
                        .doesNotContain("/dashboard/events/stripe/");
            }
            String twin = confirm.replace("release?", "release.json?");
            JsonNode asked = admin.get(twin).json();
            assertThat(asked.get("held").asBoolean()).isTrue();
            assertThat(asked.at("/lock/node").asText()).isEqualTo("node-<b>");
            assertThat(site.browser()
                            .with("Authorization", "Bearer " + DashboardSite.TOKEN)
                            .get(twin)
                            .status())
                    .as("the token reads as a viewer")
                    .isEqualTo(403);

            String holderField = lock.get("holder").asText();
            String release = "/dashboard/locks/release";
            String[] form = {"provider", "stripe", "event_id", HOSTILE_ID, "holder", holderField, "reason"};
            assertThat(admin.postBare(release, with(form, "stuck")).status())
                    .as("without the token")
                    .isEqualTo(403);
            Browser.Page noReason = admin.post(confirm, release, with(form, " "));
            assertThat(noReason.status()).isEqualTo(400);
            assertThat(noReason.body()).contains("Say in a few words why");
            assertThat(withToken(site, "/dashboard/locks.json").get("locks")).hasSize(1);

            Browser.Page done = admin.post(confirm, release, with(form, "stuck since noon"));
            assertThat(done.status()).isEqualTo(303);
            Browser.Page after = admin.get(done.header("Location"));
            assertThat(after.body()).contains("is released.").contains("No lock is held");
            assertInert(after);
            assertThat(admin.get(done.header("Location")).body()).as("once").doesNotContain("is released");
            assertThat(admin.get("/dashboard/locks?released=stripe/evt_1&result=released")
                            .body())
                    .as("because an address says so")
                    .doesNotContain("released.");
            assertThat(site.query("SELECT CONCAT_WS('|', username, target, reason) FROM audit_log"
                            + " WHERE action = 'lock_release'"))
                    .isEqualTo("ada|stripe/" + HOSTILE_ID + "|stuck since noon");

            assertThat(admin.get(confirm).body()).contains("not held by that holder any more");
            JsonNode gone = admin.get(twin).json();
            assertThat(gone.get("held").isBoolean() && !gone.get("held").asBoolean())
                    .isTrue();
            assertThat(gone.get("lock").isNull()).isTrue();
            assertThat(deliver(site, HOSTILE_ID, HOSTILE_TYPE, DashboardSite.STRIPE_SECRET))
                    .isEqualTo(200);
        }
    }

    private static String[] with(String[] form, String reason) {
        String[] all = Arrays.copyOf(form, form.length + 1);
        all[form.length] = reason;
        return all;
    }

    /** By the form on {@code page}, which gives the token. */
    private static Browser.Page askedToRelease(Browser browser, String page, String reason) throws Exception {
        return browser.post(
                page,
                "/dashboard/locks/release",
                "provider",
                "stripe",
                "event_id",
                "evt_1",
                "holder",
                "a:1",
                "reason",
                reason);
    }

    @Test
    void aViewerSeesLocksAndReleasesNone() throws Exception {
        try (DashboardSite site = site()) {
            LockNode holder = node(client(), "node-b");
            holder.locks().acquire(new EventKey("stripe", "evt_1"), Duration.ZERO);
            site.execute("UPDATE dashboard_users SET role = 'viewer'");
            Browser viewer = site.admin();
            await().until(() -> viewer.get("/dashboard/locks").body().contains("evt_1"));

            assertThat(viewer.get("/dashboard/locks").body()).doesNotContain("Release…");
            String form = "/dashboard/locks/release?provider=stripe&event_id=evt_1&holder=a:1";
            assertThat(viewer.get(form).status()).isEqualTo(403);
            assertThat(askedToRelease(viewer, "/dashboard/locks", "because").status())
                    .isEqualTo(403);
            assertThat(site.browser().get("/dashboard/locks.json").status()).isEqualTo(401);
            assertThat(withToken(site, "/dashboard/locks.json").get("locks")).hasSize(1);
        }
    }

    /** Whoever presses a button that is refused a moment later learns nothing. */
    @Test
    void anEventThatIsBeingProcessedOffersNoReplay() throws Exception {
        try (DashboardSite site = site()) {
            site.deliver(
                    "{\"id\":\"evt_1\",\"type\":\"payment_intent.succeeded\",\"data\":{\"object\":{\"id\":\"pi_1\","
                            + "\"amount\":4999,\"currency\":\"usd\",\"metadata\":{\"order_id\":\"42\"}}}}",
                    DashboardSite.STRIPE_SECRET);
            Browser admin = site.admin();
            String page = "/dashboard/events/stripe/evt_1";
            String twin = page + ".json";
            await().until(() -> !admin.get(twin).json().path("being_processed").asBoolean(true));
            assertThat(admin.get(page).body())
                    .contains(">Replay…</a>")
                    .doesNotContain("It is being processed right now");

            LockNode holder = node(client(), "node-b");
            EventLocks.Attempt attempt = holder.locks().acquire(new EventKey("stripe", "evt_1"), Duration.ZERO);
            assertThat(attempt).isInstanceOf(EventLocks.Attempt.Held.class);
            await().untilAsserted(() -> assertThat(admin.get("/dashboard/locks").body())
                    .contains("href=\"" + page + "\"")
                    .doesNotContain("not stored yet"));

            assertThat(admin.get(twin).json().path("being_processed").asBoolean())
                    .isTrue();
            assertThat(admin.get(page).body())
                    .doesNotContain(">Replay…</a>")
                    .contains("It is being processed right now. Load this page again in a moment.");
        }
    }

    @Test
    void whatStrangersAskForIsShownAndInert() throws Exception {
        try (DashboardSite site = site()) {
            for (String path : List.of("webhooks/%3Cscript%3Ealert(3)%3C%2Fscript%3E", "webhooks/%22%27%3E%3Cimg")) {
                HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(site.uri().resolve(path))
                                        .POST(HttpRequest.BodyPublishers.ofString("x"))
                                        .build(),
                                HttpResponse.BodyHandlers.discarding());
            }
            Browser admin = site.admin();
            await().until(() -> admin.get("/dashboard/rejected").body().contains("No such provider"));
            Browser.Page page = admin.get("/dashboard/rejected?provider=%22%27%3E%3Cscript%3E&cause=unknown_provider");
            assertThat(page.status()).isEqualTo(200);
            assertInert(page);
            assertInert(admin.get("/dashboard/rejected"));
        }
    }

    /** The lock of a node that is there may well be held when Redis is not there to be asked. */
    @Test
    void whileRedisIsSilentTheQuestionOfAReleaseSaysThatItIsNotKnown(@TempDir Path directory) throws Exception {
        RedisServer own = RedisServer.start(directory, FreePort.find(), "--save", "");
        try (DashboardSite site = DashboardSite.open("/", Map.of("REDIS_URL", own.url(0), "NODE_NAME", "node-a"))) {
            LockNode holder = node(client(own.url(0)), "node-b");
            assertThat(holder.locks().acquire(new EventKey("stripe", "evt_1"), Duration.ZERO))
                    .isInstanceOf(EventLocks.Attempt.Held.class);
            Browser admin = site.admin();
            await().until(() -> admin.get("/dashboard/locks").body().contains("node-b"));
            String question = releaseHref(admin.get("/dashboard/locks"));
            assertThat(admin.get(question).body()).contains("What will happen");
            assertThat(new ProcessBuilder(
                                    "kill", "-STOP", Long.toString(own.process().pid()))
                            .start()
                            .waitFor())
                    .isZero();
            try {
                Browser.Page page = admin.get(question);
                assertThat(page.body())
                        .contains("Redis does not answer")
                        .contains("not known whether the lock of")
                        .contains("href=\"" + question.replace("&", "&amp;") + "\">Try again</a>")
                        .doesNotContain("not held by that holder", "nothing to release", "Release the lock</button>");
                JsonNode asked =
                        admin.get(question.replace("release?", "release.json?")).json();
                assertThat(asked.get("redis").asBoolean()).isFalse();
                assertThat(asked.get("held").isNull()).as("not known").isTrue();
                Browser.Page form = askedToRelease(admin, "/dashboard/account", "so");
                assertThat(form.body()).contains("Redis does not answer").contains("<blockquote class=\"prose\">so<");
            } finally {
                new ProcessBuilder("kill", "-CONT", Long.toString(own.process().pid()))
                        .start()
                        .waitFor();
            }
            await().untilAsserted(() -> assertThat(admin.get(question).body()).contains("What will happen"));
        } finally {
            own.close();
        }
    }

    private static String releaseHref(Browser.Page page) {
        return page.body()
                .replaceFirst("(?s).*href=\"(/dashboard/locks/release[^\"]*)\".*", "$1")
                .replace("&amp;", "&");
    }

    @Test
    void withoutRedisThePagesSayWhatIsNotKnown(@TempDir Path directory) throws Exception {
        int port = FreePort.find();
        RedisServer own = RedisServer.start(directory, port, "--save", "");
        try (DashboardSite site = DashboardSite.open("/", Map.of("REDIS_URL", own.url(0), "NODE_NAME", "node-a"))) {
            Browser admin = site.admin();
            await().until(() -> admin.get("/dashboard/overview").body().contains("node-a"));
            own.close();
            await().atMost(Duration.ofSeconds(15))
                    .until(() -> admin.get("/dashboard/locks").body().contains("Redis has been away since"));
            assertThat(deliver(site, "evt_1")).isEqualTo(200);

            assertThat(admin.get("/dashboard/locks").body())
                    .contains("remembers to hold")
                    .contains("1 event was processed without it on this node");
            assertThat(admin.get("/dashboard/overview").body())
                    .contains("which other nodes are there is not known")
                    .contains("Redis</strong>");
            JsonNode overview = withToken(site, "/dashboard/overview.json");
            assertThat(overview.get("events_without_redis").asInt()).isEqualTo(1);
            long start = System.nanoTime();
            admin.get("/dashboard/locks");
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("Redis is known to be away and is not waited for")
                    .isLessThan(Duration.ofSeconds(1));
        } finally {
            own.close();
        }
    }
}
