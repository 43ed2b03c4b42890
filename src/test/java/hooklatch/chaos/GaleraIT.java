package hooklatch.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import hooklatch.dao.ConnectionPool;
import hooklatch.dao.Database;
import hooklatch.domain.Actor;
import hooklatch.domain.Role;
import hooklatch.service.Audit;
import hooklatch.service.Passwords;
import hooklatch.service.Sessions;
import hooklatch.service.Users;
import hooklatch.testing.BuildDirectory;
import hooklatch.testing.FreePort;
import hooklatch.testing.GaleraCluster;
import hooklatch.testing.MariaDbServer;
import hooklatch.testing.RedisServer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The promise on a Galera cluster of two servers, both written to: two nodes of the packaged WAR, each on a server of its
 * own, and one Redis. Their transactions meet on few orders, one server is stopped in a storm, and one is killed. Not a
 * part of {@code mvn verify}: {@code mvn -Pclusters verify}, or this alone with {@code -Dit.test=GaleraIT}; about 60 s on two cores. It needs
 * Debian's packages {@code galera-4}, {@code mariadb-server-core} and {@code mariadb-client-core}, which {@code .ci/clusters}
 * installs. {@code -Dchaos.seed} repeats what is told.
 *
 * <p>The tests are steps of one story and run in their order.
 */
@Tag("clusters")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GaleraIT {

    private static final Path DIRECTORY =
            BuildDirectory.path().resolve("servers").resolve("chaos-galera");

    /** A delivery has 4.3 s, and begins no transaction with less than two; the rest is for when a client counts from. */
    private static final Duration RUN_AGAIN_FOR = Duration.ofSeconds(2);

    private static final int FIRST = 0;
    private static final int SECOND = 1;

    private GaleraCluster galera;
    private RedisServer redis;
    private Storm storm;

    @BeforeAll
    void start() {
        RedisServer.stopEarlier(DIRECTORY.resolve("redis"));
        galera = GaleraCluster.start(DIRECTORY.resolve("galera"), Cluster.DATABASE);
        redis = RedisServer.start(DIRECTORY.resolve("redis"), FreePort.find(), "--save", "");
        Map<String, String> settings = Map.of("REDIS_URL", redis.url(0));
        storm = new Storm(
                "galera",
                Long.getLong("chaos.seed", new Random().nextInt(1_000_000)),
                // Both start at once, and both migrate the schema.
                List.of(new Storm.Place(galera.port(FIRST), settings), new Storm.Place(galera.port(SECOND), settings)),
                () -> galera.connect(FIRST));
    }

    @AfterAll
    void stop() {
        if (storm != null) {
            storm.close();
        }
        if (redis != null) {
            redis.close();
        }
        if (galera != null) {
            galera.close();
        }
    }

    @Test
    @Order(1)
    void bothNodesMigratedAtOnceAndTheSchemaFitsACluster() throws SQLException {
        galera.awaitCausality(SECOND);
        assertThat(galera.ask(SECOND, "SELECT COUNT(*) - COUNT(IF(success, 1, NULL)) FROM hooklatch_schema_history", 1))
                .as("failed migrations")
                .isEqualTo("0");
        assertThat(column(FIRST, """
                        SELECT t.TABLE_NAME FROM information_schema.TABLES t
                        WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE = 'BASE TABLE' AND t.TABLE_NAME <> 'chaos_effects'
                          AND NOT EXISTS (SELECT 1 FROM information_schema.TABLE_CONSTRAINTS c
                                          WHERE c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME
                                            AND c.CONSTRAINT_TYPE = 'PRIMARY KEY')"""))
                .as("tables without a primary key, whose rows a cluster cannot tell apart")
                .isEmpty();
        assertThat(column(FIRST, """
                        SELECT TABLE_NAME FROM information_schema.TABLES
                        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND ENGINE <> 'InnoDB'"""))
                .as("tables that a cluster does not replicate")
                .isEmpty();
        assertThat(galera.ask(FIRST, "SELECT @@auto_increment_increment", 1))
                .as("numbers that a server leaves to the other")
                .isEqualTo("2");
    }

    @Test
    @Order(2)
    void transactionsThatMeetOnTwoServersAreRunAgainAndEachEventCountsOnce() throws Exception {
        // A dozen orders: whatever a node writes, the other is writing to the same rows.
        storm.tell(12, 40, Duration.ofSeconds(12));
        storm.awaitAllAnswered();

        storm.report("hot orders");
        double atCommit = storm.meter("hooklatch_transaction_retries_total", "cause=\"commit_refused\"");
        double inWork = storm.meter("hooklatch_transaction_retries_total", "cause=\"deadlock\"");
        double waits = storm.meter("hooklatch_transaction_retries_total", "cause=\"row_wait\"");
        storm.say("run again: " + (int) atCommit + " whose COMMIT was refused (1213), " + (int) inWork
                + " within the transaction (1213), " + (int) waits
                + " after a wait for a row (1205); the servers count "
                + sum("wsrep_local_cert_failures") + " lost certifications and " + sum("wsrep_local_bf_aborts")
                + " transactions that made room");
        assertThat(atCommit)
                .as("COMMITs refused, and their transactions run again")
                .isPositive();
        assertThat(storm.statuses(delivery -> delivery.took().compareTo(RUN_AGAIN_FOR) < 0)
                        .keySet())
                .as("a transaction that must make room is run again, and not given up before its time")
                .isSubsetOf(200, 409);
        assertThat(storm.statuses().keySet()).isSubsetOf(200, 409, 503);
        assertEverythingCountedOnce();
        assertThat(storm.slowest()).as("slowest answer").isLessThan(Storm.ANSWERED_WITHIN);
    }

    @Test
    @Order(3)
    void twoAdminsOnTwoServersCannotTakeEachOthersRoleAtOnce() throws Exception {
        HikariDataSource onFirst = pool(FIRST);
        HikariDataSource onSecond = pool(SECOND);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (Database first = new Database(onFirst);
                Database second = new Database(onSecond)) {
            Users one = users(first);
            Users other = users(second);
            one.createFirstAdmin("ada", "a long pass phrase", false);
            one.create(Actor.HOOKLATCH, "grace", "another pass phrase", Role.ADMIN, null);
            List<Long> ids =
                    one.all().stream().map(listed -> listed.user().id()).toList();
            for (int round = 0; round < 20; round++) {
                ids.forEach(id -> one.setRole(Actor.HOOKLATCH, id, Role.ADMIN, "a test"));
                galera.awaitCausality(SECOND);
                CyclicBarrier start = new CyclicBarrier(2);
                Future<Users.Change> mine = threads.submit(() -> {
                    start.await();
                    return one.setRole(Actor.HOOKLATCH, ids.get(1), Role.VIEWER, "a test");
                });
                Future<Users.Change> theirs = threads.submit(() -> {
                    start.await();
                    return other.setRole(Actor.HOOKLATCH, ids.get(0), Role.VIEWER, "a test");
                });
                assertThat(List.of(mine.get(), theirs.get()))
                        .containsExactlyInAnyOrder(Users.Change.DONE, Users.Change.LAST_ADMIN);
            }
        } finally {
            threads.shutdownNow();
            ConnectionPool.close(onFirst);
            ConnectionPool.close(onSecond);
        }
    }

    private HikariDataSource pool(int server) {
        return ConnectionPool.open(
                galera.jdbcUrl(server), MariaDbServer.USER, MariaDbServer.PASSWORD, "users-" + server, 2);
    }

    private static Users users(Database database) {
        SecureRandom random = new SecureRandom();
        Clock clock = Clock.systemUTC();
        return new Users(
                database,
                new Sessions(database, random, clock),
                new Passwords(random),
                new Audit("galera", clock),
                clock);
    }

    @Test
    @Order(4)
    void aServerThatIsStoppedInAStormIsMissedByItsOwnNodeOnly() throws Exception {
        long begun = System.nanoTime();
        storm.tell(150, 1, Duration.ofSeconds(8));
        storm.awaitProgress(60);
        long from = System.nanoTime();
        galera.stop(SECOND);
        storm.say("the second server is stopped");
        await("its node says so").until(() -> readiness(SECOND) == 503);
        storm.awaitProgress(60);
        assertThat(readiness(FIRST)).as("readiness of the other node").isEqualTo(200);
        galera.startAgain(SECOND);
        storm.say("it is back and has what it missed");
        await("its node serves again").atMost(Duration.ofSeconds(10)).until(() -> readiness(SECOND) == 200);
        long to = System.nanoTime();
        storm.say("its node serves again");
        storm.awaitAllAnswered();

        storm.report("a server stopped");
        assertUnavailableOnlyBetween(begun, from, to, List.of(SECOND));
        assertEverythingCountedOnce();
        assertThat(storm.slowest()).as("slowest answer").isLessThan(Storm.ANSWERED_WITHIN);
    }

    @Test
    @Order(5)
    void withoutAMajorityEverythingIsRefusedInTimeAndNothingIsLost() throws Exception {
        long begun = System.nanoTime();
        storm.tell(150, 1, Duration.ofSeconds(8));
        storm.awaitProgress(60);
        long from = System.nanoTime();
        galera.kill(SECOND);
        galera.awaitNoMajority(FIRST);
        storm.say("the second server is killed, the first has no majority");
        await("no node is ready")
                .atMost(Duration.ofSeconds(15))
                .untilAsserted(() ->
                        assertThat(List.of(readiness(FIRST), readiness(SECOND))).containsOnly(503));
        long returns = returnsOfMySql();
        await("it stays so: a server without a majority answers, and must not be taken for one that is back")
                .during(Duration.ofSeconds(3))
                .atMost(Duration.ofSeconds(6))
                .untilAsserted(() -> {
                    assertThat(readiness(FIRST)).isEqualTo(503);
                    assertThat(storm.nodes().get(FIRST).meter("hooklatch_mysql_away"))
                            .isEqualTo(1);
                });
        assertThat(returnsOfMySql()).as("how often it was taken for back").isEqualTo(returns);
        galera.goOnAlone(FIRST);
        storm.say("the first is told to go on alone");
        storm.nodes().get(FIRST).awaitServing();
        galera.startAgain(SECOND);
        storm.say("the second is back and has what it missed");
        storm.nodes().get(SECOND).awaitServing();
        long to = System.nanoTime();
        storm.awaitAllAnswered();

        storm.report("no majority");
        assertUnavailableOnlyBetween(begun, from, to, List.of(FIRST, SECOND));
        assertEverythingCountedOnce();
        assertThat(storm.slowest()).as("slowest answer").isLessThan(Storm.ANSWERED_WITHIN);
    }

    /** The nodes that were struck answer 503 while they are, and nobody else does, nor they at another time. */
    private void assertUnavailableOnlyBetween(long begun, long from, long to, List<Integer> struck) {
        for (int server : List.of(FIRST, SECOND)) {
            String node = storm.nodes().get(server).name();
            Predicate<Delivery> ofThisTest = delivery -> delivery.node().equals(node) && delivery.sentAt() - begun >= 0;
            Predicate<Delivery> then = delivery -> delivery.meets(from, to);
            Set<Integer> during = storm.statuses(ofThisTest.and(then)).keySet();
            if (struck.contains(server)) {
                assertThat(during)
                        .as("answers of %s during the fault", node)
                        .contains(503)
                        .isSubsetOf(200, 409, 503);
            } else {
                assertThat(during).as("answers of %s during the fault", node).isSubsetOf(200, 409);
            }
            assertThat(storm.statuses(ofThisTest.and(then.negate())).keySet())
                    .as("answers of %s before and after", node)
                    .isSubsetOf(200, 409);
        }
    }

    private void assertEverythingCountedOnce() throws SQLException {
        Verdict verdict = storm.verdict();
        assertThat(verdict.lost()).as("lost events").isEmpty();
        assertThat(verdict.doubled()).as("doubled events").isEmpty();
        assertThat(verdict.wrong()).as("what the tables say and should not").isEmpty();
        assertThat(storm.surprises()).as("answers that nothing explains").isEmpty();
        assertThat(storm.violations())
                .as("violations that the product itself finds")
                .isZero();
        List<String> tables = column(FIRST, """
                SELECT TABLE_NAME FROM information_schema.TABLES
                WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'
                  AND TABLE_NAME IN ('webhook_events', 'webhook_bodies', 'orders', 'payments', 'refunds', 'disputes',
                                     'payment_refs', 'chaos_effects')""");
        assertThat(tables).hasSize(8);
        await("both servers hold the same")
                .untilAsserted(() -> assertThat(checksums(SECOND, tables)).isEqualTo(checksums(FIRST, tables)));
    }

    private Map<String, String> checksums(int server, List<String> tables) {
        Map<String, String> checksums = new LinkedHashMap<>();
        tables.forEach(table -> checksums.put(table, galera.ask(server, "CHECKSUM TABLE " + table, 2)));
        return checksums;
    }

    private List<String> column(int server, String query) throws SQLException {
        List<String> values = new ArrayList<>();
        try (Connection connection = galera.connect(server);
                Statement sql = connection.createStatement();
                ResultSet row = sql.executeQuery(query)) {
            while (row.next()) {
                values.add(row.getString(1));
            }
        }
        return values;
    }

    private long returnsOfMySql() {
        return storm.nodes().get(FIRST).output().stream()
                .filter(line -> line.contains("MySQL answers again"))
                .count();
    }

    private int readiness(int node) {
        return storm.nodes().get(node).get("health/ready").statusCode();
    }

    private long sum(String status) {
        return Long.parseLong(galera.status(FIRST, status)) + Long.parseLong(galera.status(SECOND, status));
    }
}
