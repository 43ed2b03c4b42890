package hooklatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.testing.BuildDirectory;
import hooklatch.testing.FreePort;
import hooklatch.testing.RedisServer;
import hooklatch.testing.TcpProxy;
import hooklatch.testing.TestServers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The application comes up before MySQL, Redis or both, and they come later: it starts all the same, says what it lacks, and
 * is whole within seconds of their arrival without anybody doing anything. The database is empty when it comes.
 */
class StartWithoutServersTest {
    private static final Duration PROMISED = Duration.ofMillis(4_500);
    /** The container waits for it; service managers and container platforms have patience for more. */
    private static final Duration STARTED_WITHIN = Duration.ofSeconds(20);

    /** The schema is made in this time, too. */
    private static final Duration WHOLE_WITHIN = Duration.ofSeconds(15);

    private static final RedisServer redis = startRedis();

    private final TestServers servers = TestServers.get();
    private final String database = servers.newDatabase();
    private final TcpProxy toMySql = TcpProxy.to(servers.mariaDbPort());
    private final TcpProxy toRedis = TcpProxy.to(redis.port());

    /** How a server is not there. */
    private enum Absence {
        NOBODY_LISTENS,
        BLACK_HOLE;

        void of(TcpProxy proxy) {
            switch (this) {
                case NOBODY_LISTENS -> proxy.refuse();
                case BLACK_HOLE -> proxy.hold();
            }
        }
    }

    private static RedisServer startRedis() {
        Path directory = BuildDirectory.path().resolve("servers").resolve("late-redis");
        RedisServer.stopEarlier(directory);
        return RedisServer.start(directory, FreePort.find(), "--save", "");
    }

    @AfterAll
    static void stopRedis() {
        redis.close();
    }

    @AfterEach
    void closeProxies() {
        toMySql.close();
        toRedis.close();
    }

    @ParameterizedTest
    @EnumSource
    void mySqlComesLater(Absence absence) throws Exception {
        absence.of(toMySql);
        try (Site site = open()) {
            isAliveWithoutMySql(site, "up");

            toMySql.pass();

            awaitState(site, "ok");
            anEventThatWasTurnedAwayHasItsEffectNow(site);
            redisHasResultsAndLocks(site);
        }
    }

    @ParameterizedTest
    @EnumSource
    void redisComesLater(Absence absence) throws Exception {
        absence.of(toRedis);
        try (Site site = open()) {
            insertOrders(site);
            assertThat(state(site)).isEqualTo("degraded");
            assertThat(site.get("/health/ready").status()).isEqualTo(200);
            assertThat(degraded(site)).isEqualTo(1);
            Site.Answer without = delivered(site, 1);
            assertThat(without.status()).as(without.body()).isEqualTo(200);
            assertThat(without.json().get("status").textValue()).isEqualTo("success");

            toRedis.pass();

            awaitState(site, "ok");
            assertThat(degraded(site)).isZero();
            assertThat(delivered(site, 1).json().get("status").textValue()).isEqualTo("already_processed");
            anEffectThatWasHadOnce(site, 1);
            redisHasResultsAndLocks(site);
        }
    }

    @Test
    void bothComeLaterRedisLast() throws Exception {
        Absence.NOBODY_LISTENS.of(toMySql);
        Absence.NOBODY_LISTENS.of(toRedis);
        try (Site site = open()) {
            isAliveWithoutMySql(site, "down");

            toMySql.pass();

            awaitState(site, "degraded");
            anEventThatWasTurnedAwayHasItsEffectNow(site);

            toRedis.pass();

            awaitState(site, "ok");
            redisHasResultsAndLocks(site);
        }
    }

    @Test
    void bothComeLaterMySqlLast() throws Exception {
        Absence.BLACK_HOLE.of(toMySql);
        Absence.BLACK_HOLE.of(toRedis);
        try (Site site = open()) {
            isAliveWithoutMySql(site, "down");

            toRedis.pass();

            await("Redis is used while MySQL is still away")
                    .atMost(WHOLE_WITHIN)
                    .until(() -> degraded(site) == 0
                            && ready(site).get("redis").textValue().equals("up"));
            isAliveWithoutMySql(site, "up");

            toMySql.pass();

            awaitState(site, "ok");
            anEventThatWasTurnedAwayHasItsEffectNow(site);
            redisHasResultsAndLocks(site);
        }
    }

    private Site open() throws Exception {
        long start = System.nanoTime();
        Site site = Site.open(
                database.replace(":" + servers.mariaDbPort(), ":" + toMySql.port()),
                "redis://127.0.0.1:" + toRedis.port(),
                Map.of("NODE_NAME", "early"));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).as("start").isLessThan(STARTED_WITHIN);
        return site;
    }

    /** Live, not ready, and each delivery is told in time to come again. */
    private static void isAliveWithoutMySql(Site site, String redisIs) throws Exception {
        assertThat(site.get("/health/live").status()).isEqualTo(200);
        Site.Answer ready = site.get("/health/ready");
        assertThat(ready.status()).as(ready.body()).isEqualTo(503);
        assertThat(ready.json().get("status").textValue()).isEqualTo("unavailable");
        assertThat(ready.json().get("mysql").textValue()).isEqualTo("down");
        assertThat(ready.json().get("redis").textValue()).isEqualTo(redisIs);
        long start = System.nanoTime();
        Site.Answer delivery = delivered(site, 1);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(PROMISED);
        assertThat(delivery.status()).as(delivery.body()).isEqualTo(503);
        assertThat(delivery.json().get("error").textValue()).isEqualTo("Storage unavailable");
    }

    private static void awaitState(Site site, String state) {
        await("readiness is " + state)
                .atMost(WHOLE_WITHIN)
                .until(() -> state(site).equals(state));
    }

    private static JsonNode ready(Site site) throws Exception {
        return site.get("/health/ready").json();
    }

    private static String state(Site site) throws Exception {
        return ready(site).get("status").textValue();
    }

    private static double degraded(Site site) throws Exception {
        return site.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("hooklatch_redis_degraded "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .findFirst()
                .orElseThrow();
    }

    /** The payment of the order with the same number. */
    private static Site.Answer delivered(Site site, long event) throws Exception {
        return site.stripe(Site.paymentSucceeded("evt_" + event, "pi_" + event, event));
    }

    /** Also shows that the tables are there. */
    private static void insertOrders(Site site) throws Exception {
        site.execute("INSERT INTO orders (id, total_amount) SELECT seq, 49.99 FROM seq_1_to_200");
    }

    private static void anEventThatWasTurnedAwayHasItsEffectNow(Site site) throws Exception {
        insertOrders(site);
        Site.Answer again = delivered(site, 1);
        assertThat(again.status()).as(again.body()).isEqualTo(200);
        assertThat(again.json().get("status").textValue()).isEqualTo("success");
        anEffectThatWasHadOnce(site, 1);
    }

    private static void anEffectThatWasHadOnce(Site site, long event) throws Exception {
        assertThat(site.query("SELECT CONCAT(payment_status, ' ', facts_version) FROM orders WHERE id = " + event))
                .isEqualTo("PAID 1");
        assertThat(site.query("SELECT CONCAT(status, ' ', attempts) FROM webhook_events WHERE event_id = 'evt_" + event
                        + "'"))
                .isEqualTo("processed 1");
    }

    /** A delivery that waits for its order's row holds its lock there, which the page of locks shows. */
    private void redisHasResultsAndLocks(Site site) throws Exception {
        String lock = "webhook:lock:stripe:evt_2";
        CompletableFuture<Site.Answer> inWork;
        try (Connection shop = DriverManager.getConnection(database, servers.user(), servers.password());
                Statement statement = shop.createStatement()) {
            shop.setAutoCommit(false);
            statement.execute("UPDATE orders SET user_id = 8 WHERE id = 2");
            inWork = site.stripeAsync(Site.paymentSucceeded("evt_2", "pi_2", 2));
            await("the lock is in Redis")
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> redis.ask("EXISTS " + lock).equals("1"));
            JsonNode listed = site.get("/dashboard/locks.json").json().get("locks");
            assertThat(listed).hasSize(1);
            assertThat(listed.get(0).get("event_id").textValue()).isEqualTo("evt_2");
            assertThat(listed.get(0).get("node").textValue()).isEqualTo("early");
            assertThat(listed.get(0).get("ttl_ms").isNumber()).isTrue();
            shop.commit();
        }
        Site.Answer done = inWork.get(10, TimeUnit.SECONDS);
        assertThat(done.status()).as(done.body()).isEqualTo(200);
        await("the lock is given back").until(() -> redis.ask("EXISTS " + lock).equals("0"));
        // What was done in the first second is not remembered: the node had not yet asked MySQL which database it is.
        AtomicLong events = new AtomicLong(2);
        await("results are in Redis").atMost(WHOLE_WITHIN).until(() -> {
            assertThat(delivered(site, events.incrementAndGet()).status()).isEqualTo(200);
            return !redis.ask("KEYS webhook:result:stripe:evt_*").isEmpty();
        });
        String one = redis.ask("KEYS webhook:result:stripe:evt_*")
                .lines()
                .findFirst()
                .orElseThrow();
        assertThat(redis.ask("GET " + one)).contains("\"status\":\"processed\"");
        redis.ask("FLUSHALL");
    }
}
