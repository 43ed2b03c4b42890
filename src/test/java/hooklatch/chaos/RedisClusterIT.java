package hooklatch.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import hooklatch.testing.BuildDirectory;
import hooklatch.testing.Directories;
import hooklatch.testing.FreePort;
import hooklatch.testing.MariaDbServer;
import hooklatch.testing.RedisCluster;
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
 * The promise while a master of a Redis Cluster is away in the middle of a storm, and back with nothing: two nodes of the
 * packaged WAR, three masters with a password and without replicas, one MariaDB. Not a part of {@code mvn verify}:
 * {@code mvn -Pclusters verify}, or this alone with {@code -Dit.test=RedisClusterIT}; about 30 s on two cores. {@code -Dchaos.seed} repeats what is
 * told.
 */
@Tag("clusters")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisClusterIT {

    private static final Path DIRECTORY =
            BuildDirectory.path().resolve("servers").resolve("chaos-redis-cluster");

    private RedisCluster redis;
    private MariaDbServer mariaDb;
    private Storm storm;

    @BeforeAll
    void start() throws IOException {
        MariaDbServer.stopEarlier(DIRECTORY.resolve("mariadb"));
        Directories.delete(DIRECTORY.resolve("mariadb"));
        redis = RedisCluster.start(DIRECTORY.resolve("redis"), "p-word");
        mariaDb = MariaDbServer.start(DIRECTORY.resolve("mariadb"), FreePort.find(), Cluster.DATABASE);
        String url = mariaDb.jdbcUrl(Cluster.DATABASE);
        Storm.Place place = new Storm.Place(mariaDb.port(), Map.of("REDIS_URL", redis.url()));
        storm = new Storm(
                "redis-cluster",
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
    void everyEventHasItsEffectExactlyOnceWhileAMasterIsAwayAndBack() throws Exception {
        assertThat(storm.meter("hooklatch_redis_degraded")).as("Redis is used").isZero();
        storm.tell(60, 1, Duration.ofSeconds(2));
        storm.awaitAllAnswered();
        assertThat(redis.masters())
                .as("each master has its part of the results")
                .allSatisfy(
                        master -> assertThat(keys(master, "webhook:result:*")).isPositive());

        for (RedisServer master : redis.masters()) {
            storm.tell(100, 1, Duration.ofSeconds(8));
            storm.awaitProgress(60);
            long killedAt = System.nanoTime();
            master.kill();
            await("both nodes know")
                    .atMost(Duration.ofSeconds(15))
                    .untilAsserted(() ->
                            assertThat(storm.meter("hooklatch_redis_degraded")).isEqualTo(2));
            storm.say("both nodes know after " + millisSince(killedAt) + " ms");
            assertThat(storm.nodes().get(0).get("health/ready").statusCode())
                    .as("ready while a master is away")
                    .isEqualTo(200);
            storm.awaitProgress(60);
            redis.startAgain(master);
            long backAt = System.nanoTime();
            await("both nodes use it")
                    .atMost(Duration.ofSeconds(15))
                    .untilAsserted(() ->
                            assertThat(storm.meter("hooklatch_redis_degraded")).isZero());
            storm.say("both nodes use it " + millisSince(backAt) + " ms after every slot is served again");
        }
        storm.awaitAllAnswered();

        storm.report("three masters, one after the other");
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
        await("no lock is left on any master")
                .atMost(Duration.ofMillis(Cluster.LOCK_TIMEOUT_MS + 2_000))
                .untilAsserted(() -> assertThat(redis.masters())
                        .allSatisfy(master ->
                                assertThat(keys(master, "webhook:lock:*")).isZero()));
    }

    private static int keys(RedisServer master, String pattern) {
        return (int) master.ask("KEYS " + pattern)
                .lines()
                .filter(line -> !line.isBlank())
                .count();
    }

    private static long millisSince(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos).toMillis();
    }
}
