package hooklatch.service;

import static hooklatch.testing.Facts.PROVIDER;
import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.eventOf;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import hooklatch.dao.WebhookEventDao;
import hooklatch.domain.Claim;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.Outcome;
import hooklatch.domain.WebhookEvent;
import hooklatch.testing.Shop;
import hooklatch.testing.TestServers;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;
import org.redisson.api.redisnode.RedisNode;
import org.redisson.api.redisnode.RedisNodes;

/** What one event costs in round trips and commits, counted by the servers. Who makes it dearer must change a number here. */
class CostTest {
    private static final int EVENTS = 10;

    /** What the test asks, what is only found in scripts, and what a connection begins and stays with. */
    private static final Set<String> NOT_OF_EVENTS =
            Set.of("info", "exists", "ping", "hello", "auth", "select", "client");

    /** Claim, read it, charge, payment, order, facts, state, result; and the COMMIT. */
    private static final int STATEMENTS_OF_A_FRESH_EVENT = 8;

    /** 71,500 when this was written, on JDK 17; the driver has most of it. */
    private static final long MOST_BYTES_OF_A_FRESH_EVENT = 90_000;

    /** 296 when this was written. */
    private static final long MOST_BYTES_OF_A_DUPLICATE = 600;

    private Shop shop;
    private RedissonClient redis;
    private EventProcessor node;
    private Connection counting;

    @BeforeEach
    void openShop() throws SQLException {
        TestServers servers = TestServers.get();
        counting = DriverManager.getConnection(servers.newDatabase(), servers.user(), servers.password());
        shop = new Shop(2);
        redis = shop.redis(TestServers.get().newRedisUrl());
        node = shop.node(shop.locks(redis), shop.cache(redis));
        for (long order = 1; order <= 100; order++) {
            shop.order(order, "49.99");
        }
        // Both connections prepare their statements, and Redisson loads its scripts.
        for (int i = 50; i < 100; i++) {
            process("warm" + i, i);
        }
    }

    @AfterEach
    void closeShop() throws SQLException {
        shop.close();
        counting.close();
    }

    private Outcome process(String id, long order) {
        return node.process(event(id, succeeded("pi" + order, order, 4999)), Deadline.in(Duration.ofSeconds(4)));
    }

    @Test
    void aFreshEventCostsOneCommitAndTheStatementsOfTheLockOrder() {
        Map<String, Long> before = mySqlCounters();
        for (int i = 1; i <= EVENTS; i++) {
            assertThat(process("evt" + i, i)).isInstanceOf(Outcome.Processed.class);
        }
        Map<String, Long> spent = difference(before, mySqlCounters());
        System.out.println("CostTest: MySQL, per " + EVENTS + " fresh events: " + spent);

        assertThat(spent).containsEntry("COM_COMMIT", (long) EVENTS);
        assertThat(spent.get("QUESTIONS"))
                .as("statements and the COMMIT, and the one that counts them")
                .isEqualTo(EVENTS * (STATEMENTS_OF_A_FRESH_EVENT + 1L) + 1);
        assertThat(spent).doesNotContainKeys("COM_SET_OPTION", "COM_ROLLBACK", "COM_STMT_PREPARE");
        assertThat(spent)
                .as("sorts of the facts, mostly of one row")
                .doesNotContainKeys("SORT_SCAN", "SORT_RANGE", "SORT_ROWS");
    }

    /** Else the claim makes index entries for NULL, and the result takes them back and makes others. */
    @Test
    void theClaimNamesTheOrderAndThePaymentThatTheResultWillName() {
        WebhookEvent event = event("evt1", succeeded("pi1", 1, 4999));

        String named = shop.database().inTransaction(Deadline.in(Duration.ofSeconds(4)), handle -> {
            Claim claim = new WebhookEventDao().claim(handle, event, Instant.now());
            return handle.createQuery("SELECT CONCAT(order_id, ' ', payment_id) FROM webhook_events WHERE id = :id")
                    .bind("id", claim.rowId())
                    .mapTo(String.class)
                    .one();
        });

        assertThat(named).isEqualTo("1 pi1");
    }

    @Test
    void newsCostThreeRedisCommands() {
        // Sent: EVALSHA to lock, and with what is left by other events of the same moment PSETEX, and EVALSHA to
        // unlock.
        // What a script does is counted too: the first counts the lock up and sets its expiry, the second looks whether
        // it
        // is ours, deletes it, and says so.
        assertThat(redisCommandsOfEvents(Duration.ZERO))
                .isEqualTo(ofAll(Map.of(
                        "evalsha", 2L, "psetex", 1L, //
                        "hincrby", 1L, "pexpire", 1L, "hget", 1L, "del", 1L, "publish", 1L)));
    }

    @Test
    void anEventThatHappenedAWhileAgoCostsAlsoTheQuestionWhetherItIsKnown() {
        assertThat(redisCommandsOfEvents(Duration.ofMinutes(5)))
                .isEqualTo(ofAll(Map.of(
                        "get", 1L, "evalsha", 2L, "psetex", 1L, //
                        "hincrby", 1L, "pexpire", 1L, "hget", 1L, "del", 1L, "publish", 1L)));
    }

    private Map<String, Long> redisCommandsOfEvents(Duration age) {
        awaitRedisQuiet();
        Map<String, Long> before = redisCounters();
        for (int i = 1; i <= EVENTS; i++) {
            assertThat(node.process(
                            eventOf(Instant.now().minus(age), "evt" + i, succeeded("pi" + i, i, 4999)),
                            Deadline.in(Duration.ofSeconds(4))))
                    .isInstanceOf(Outcome.Processed.class);
        }
        await().until(() -> redis.getBucket("webhook:result:" + new EventKey(PROVIDER, "evt" + EVENTS))
                .isExists());
        awaitRedisQuiet();
        Map<String, Long> spent = difference(before, redisCounters());
        System.out.println("CostTest: Redis, per " + EVENTS + " fresh events: " + spent);
        return spent;
    }

    private static Map<String, Long> ofAll(Map<String, Long> ofOne) {
        return ofOne.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, command -> command.getValue() * EVENTS));
    }

    @Test
    void aDuplicateOnThisNodeCostsNothingAndOnAnotherOneRedisCommand() {
        process("evt1", 1);
        EventProcessor other = anotherNode();
        Map<String, Long> mySqlBefore = mySqlCounters();
        Map<String, Long> redisBefore = redisCounters();

        for (int i = 0; i < EVENTS; i++) {
            assertThat(process("evt1", 1)).isInstanceOf(Outcome.Duplicate.class);
        }
        assertThat(difference(redisBefore, redisCounters()))
                .as("Redis, this node")
                .isEmpty();

        assertThat(other.process(event("evt1", succeeded("pi1", 1, 4999)), Deadline.in(Duration.ofSeconds(4))))
                .isInstanceOf(Outcome.Duplicate.class);
        assertThat(difference(redisBefore, redisCounters()))
                .as("Redis, another node")
                .isEqualTo(Map.of("get", 1L));
        assertThat(difference(mySqlBefore, mySqlCounters()))
                .as("MySQL: only the statement that counts")
                .containsOnlyKeys("QUESTIONS")
                .containsEntry("QUESTIONS", 1L);
    }

    /** One that remembers nothing itself, once Redis knows the first event. */
    private EventProcessor anotherNode() {
        String key = "webhook:result:" + new EventKey(PROVIDER, "evt1");
        await().until(() -> redis.getBucket(key).isExists());
        awaitRedisQuiet();
        return shop.node(shop.locks(redis), shop.cache(redis));
    }

    /** Of news Redis is not asked first, so another node has to look at MySQL. */
    @Test
    void aDuplicateOfNewsCostsAnotherNodeALockAndATransactionThatChangesNothing() {
        node.process(eventOf(Instant.now(), "evt1", succeeded("pi1", 1, 4999)), Deadline.in(Duration.ofSeconds(4)));
        EventProcessor other = anotherNode();
        Map<String, Long> mySqlBefore = mySqlCounters();
        Map<String, Long> redisBefore = redisCounters();

        assertThat(other.process(
                        eventOf(Instant.now(), "evt1", succeeded("pi1", 1, 4999)), Deadline.in(Duration.ofSeconds(4))))
                .isInstanceOf(Outcome.Duplicate.class);

        awaitRedisQuiet();
        assertThat(difference(redisBefore, redisCounters()))
                .containsEntry("evalsha", 2L)
                .containsEntry("psetex", 1L);
        Map<String, Long> spent = difference(mySqlBefore, mySqlCounters());
        System.out.println("CostTest: MySQL, a duplicate of news on another node: " + spent);
        assertThat(spent).containsEntry("QUESTIONS", 4L).doesNotContainKey("COM_UPDATE");
    }

    /** Of the delivery's own thread: with the driver's buffers and what Redisson makes before it hands over. */
    @Test
    void aFreshEventAllocatesLittle() {
        for (int i = 1; i <= EVENTS; i++) {
            process("cold" + i, i);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = EVENTS + 1; i <= 40; i++) {
            process("evt" + i, i);
        }
        long perEvent = (threads.getCurrentThreadAllocatedBytes() - before) / (40 - EVENTS);
        System.out.println("CostTest: a fresh event allocates " + perEvent + " bytes");

        assertThat(perEvent).isLessThan(MOST_BYTES_OF_A_FRESH_EVENT);
    }

    @Test
    void aDuplicateOnThisNodeAllocatesNextToNothing() {
        WebhookEvent event = event("evt1", succeeded("pi1", 1, 4999));
        node.process(event, Deadline.in(Duration.ofSeconds(4)));
        node.known(event.key(), event.payload());
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1_000; i++) {
            assertThat(node.known(event.key(), event.payload()).isPresent()).isTrue();
        }
        long perDelivery = (threads.getCurrentThreadAllocatedBytes() - before) / 1_000;
        System.out.println("CostTest: a duplicate allocates " + perDelivery + " bytes");

        assertThat(perDelivery).isLessThan(MOST_BYTES_OF_A_DUPLICATE);
    }

    /** All the server's counters of commands, over its own connection. */
    private Map<String, Long> mySqlCounters() {
        Map<String, Long> counters = new TreeMap<>();
        try (Statement statement = counting.createStatement();
                ResultSet rows = statement.executeQuery("SELECT VARIABLE_NAME, VARIABLE_VALUE"
                        + " FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME IN ('QUESTIONS', 'COM_COMMIT',"
                        + " 'COM_ROLLBACK', 'COM_SET_OPTION', 'COM_STMT_PREPARE', 'COM_INSERT', 'COM_UPDATE', 'SORT_SCAN',"
                        + " 'SORT_RANGE', 'SORT_ROWS')")) {
            while (rows.next()) {
                counters.put(rows.getString(1), rows.getLong(2));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return counters;
    }

    private Map<String, Long> redisCounters() {
        Map<String, Long> counters = new TreeMap<>();
        redis.getRedisNodes(RedisNodes.SINGLE)
                .getInstance()
                .info(RedisNode.InfoSection.COMMANDSTATS)
                .forEach((name, value) -> {
                    String command = name.replaceAll("cmdstat_|[|].*", "");
                    if (!NOT_OF_EVENTS.contains(command)) {
                        counters.merge(command, Long.valueOf(value.replaceAll("calls=(\\d+),.*", "$1")), Long::sum);
                    }
                });
        return counters;
    }

    /** Until two looks in a row see no command: what was sent behind has arrived. */
    private void awaitRedisQuiet() {
        await().pollInterval(Duration.ofMillis(100)).until(new Callable<Boolean>() {
            private Map<String, Long> last = Map.of();

            @Override
            public Boolean call() {
                Map<String, Long> now = redisCounters();
                boolean quiet = now.equals(last);
                last = now;
                return quiet;
            }
        });
    }

    private static Map<String, Long> difference(Map<String, Long> before, Map<String, Long> after) {
        Map<String, Long> spent = new TreeMap<>();
        after.forEach((name, value) -> {
            long delta = value - before.getOrDefault(name, 0L);
            if (delta != 0) {
                spent.put(name, delta);
            }
        });
        return spent;
    }
}
