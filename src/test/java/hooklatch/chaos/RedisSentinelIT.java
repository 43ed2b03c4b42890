package hooklatch.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import hooklatch.testing.BuildDirectory;
import hooklatch.testing.Directories;
import hooklatch.testing.FreePort;
import hooklatch.testing.MariaDbServer;
import hooklatch.testing.RedisSentinels;
import hooklatch.testing.RedisServer;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The promise while Sentinels replace the Redis master in the middle of a storm: two nodes of the packaged WAR, a master, a
 * replica and three Sentinels with a password, one MariaDB. Not a part of {@code mvn verify}: {@code mvn -Pclusters verify},
 * or this alone with {@code -Dit.test=RedisSentinelIT}; about 50 s on two cores. {@code -Dchaos.seed} repeats what is told.
 */
@Tag("clusters")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisSentinelIT {

    private static final Path DIRECTORY =
            BuildDirectory.path().resolve("servers").resolve("chaos-sentinel");

    private RedisSentinels redis;
    private MariaDbServer mariaDb;
    private Storm storm;

    @BeforeAll
    void start() throws IOException {
        MariaDbServer.stopEarlier(DIRECTORY.resolve("mariadb"));
        Directories.delete(DIRECTORY.resolve("mariadb"));
        redis = RedisSentinels.start(DIRECTORY.resolve("redis"), "p-word");
        mariaDb = MariaDbServer.start(DIRECTORY.resolve("mariadb"), FreePort.find(), Cluster.DATABASE);
        String url = mariaDb.jdbcUrl(Cluster.DATABASE);
        Storm.Place place = new Storm.Place(mariaDb.port(), Map.of("REDIS_URL", redis.url()));
        storm = new Storm(
                "sentinel",
                Long.getLong("chaos.seed", new Random().nextInt(1_000_000)),
                List.of(place, place),
                () -> DriverManager.getConnection(url, MariaDbServer.USER, MariaDbServer.PASSWORD));
    }

    @AfterAll
    void stop() {
        if (storm != null) {
            storm.close();
        }
        if (redis != null) {
            redis.close();
        }
        if (mariaDb != null) {
            mariaDb.close();
        }
    }

    @Test
    void everyEventHasItsEffectExactlyOnceOverTwoFailovers() throws Exception {
        assertThat(storm.meter("hooklatch_redis_degraded")).as("Redis is used").isZero();

        for (int failover = 1; failover <= 2; failover++) {
            RedisServer master = redis.master();
            storm.tell(150, 1, Duration.ofSeconds(8));
            storm.awaitProgress(60);
            long killedAt = System.nanoTime();
            master.kill();
            redis.awaitFailoverFrom(master);
            storm.say("another master after " + millisSince(killedAt) + " ms");
            await("the nodes use the new master")
                    .atMost(Duration.ofSeconds(10))
                    .untilAsserted(() ->
                            assertThat(storm.meter("hooklatch_redis_degraded")).isZero());
            storm.say("both nodes use it after " + millisSince(killedAt) + " ms");
            redis.startAgain(master);
            storm.say("the old one is a replica");
        }
        storm.awaitAllAnswered();

        storm.report("two failovers");
        Verdict verdict = storm.verdict();
        assertThat(verdict.lost()).as("lost events").isEmpty();
        assertThat(verdict.doubled()).as("doubled events").isEmpty();
        assertThat(verdict.wrong()).as("what the tables say and should not").isEmpty();
        assertThat(storm.surprises()).as("answers that nothing explains").isEmpty();
        assertThat(storm.violations())
                .as("violations that the product itself finds")
                .isZero();
        assertThat(storm.slowest()).as("slowest answer").isLessThan(Storm.ANSWERED_WITHIN);
        assertThat(storm.statuses().keySet())
                .as("Redis alone makes nobody send again, except for a lock that is held")
                .isSubsetOf(200, 409);

        storm.tell(20, 1, Duration.ofMillis(500));
        storm.awaitAllAnswered();
        assertThat(redis.master().ask("KEYS webhook:result:*"))
                .as("results in the new master")
                .isNotBlank();
        await("no lock is left")
                .atMost(Duration.ofMillis(Cluster.LOCK_TIMEOUT_MS + 2_000))
                .untilAsserted(() ->
                        assertThat(redis.master().ask("KEYS webhook:lock:*")).isBlank());
    }

    private static long millisSince(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos).toMillis();
    }
}
