package hooklatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What becomes of deliveries while Redis or MySQL fails, in each way that they are known to fail: every answer in time, the
 * right answers, each event's effect once, and threads, connections and locks as before. Prints a table;
 * {@code -Dfaults.millis=20000} makes each fault last longer. One application
 * goes through all of it, so that what one fault leaves behind is the next one's trouble.
 */
class FaultsTest {
    private static final Duration PROMISED = Duration.ofMillis(4500);
    /** How long each fault lasts. */
    private static final Duration FAULT = Duration.ofMillis(Long.getLong("faults.millis", 2_000));

    /** It comes while deliveries are in work. */
    private static final Duration UNTIL_FAULT = Duration.ofMillis(300);

    /** Each of two pools has one that opens connections and one that closes them; idle for 5 s, they end. */
    private static final int THREADS_OF_POOLS = 4;

    private static final List<String> TABLE = new ArrayList<>();
    private static FaultySite site;

    @BeforeAll
    static void start() throws Exception {
        site = new FaultySite(40_000 + 20 * (int) FAULT.toMillis());
        // Code that runs for the first time is slow, and not what is measured.
        site.resend(site.send(Duration.ofSeconds(3)).unanswered());
    }

    @AfterAll
    static void stop() {
        site.close();
        System.out.printf(
                "FaultsTest: %d senders, each fault for %d ms. Gauges: in flight/active/idle/pending/threads%n"
                        + "%-34s %6s %-22s %8s %8s %8s  %-16s %-18s %-16s%n",
                FaultySite.SENDERS,
                FAULT.toMillis(),
                "fault",
                "sent",
                "answers",
                "median",
                "slowest",
                "served",
                "before",
                "during",
                "after");
        TABLE.forEach(System.out::println);
    }

    @FunctionalInterface
    private interface Act {
        void run() throws Exception;
    }

    /** Deliveries are processed without Redis. */
    private static void withoutRedis(String fault, Act begin, Act end) throws Exception {
        FaultySite.Sent sent = during(fault, begin, end);
        assertThat(sent.statuses().keySet()).as("answers while %s", fault).containsExactly(200);
        await("Redis is used again")
                .atMost(Duration.ofSeconds(10))
                .until(() -> site.metric("hooklatch_redis_degraded") == 0);
    }

    /** Deliveries are answered 503 at most, and succeed when they are sent again. */
    private static void withoutMySql(String fault, Act begin, Act end) throws Exception {
        FaultySite.Sent sent = during(fault, begin, end);
        assertThat(sent.statuses().keySet())
                .as("answers while %s", fault)
                .isSubsetOf(200, 503)
                .contains(503);
    }

    private static FaultySite.Sent during(String fault, Act begin, Act end) throws Exception {
        site.awaitWholePool();
        FaultySite.Gauges before = site.gauges();
        FaultySite.Sent sent;
        FaultySite.Gauges during;
        Future<FaultySite.Sent> running = site.sendMeanwhile(UNTIL_FAULT.plus(FAULT));
        try {
            await().pollDelay(UNTIL_FAULT).until(() -> true);
            begin.run();
            await().pollDelay(FAULT.multipliedBy(3).dividedBy(4)).until(() -> true);
            during = site.gauges();
            sent = running.get();
        } finally {
            end.run();
        }
        Duration served = site.untilServed();
        site.resend(sent.unanswered());
        site.awaitWholePool();
        await("no lock is left")
                .atMost(Duration.ofSeconds(5))
                .until(() -> site.locks().isEmpty());
        FaultySite.Gauges after = site.gauges();
        TABLE.add(String.format(
                "%-34s %6d %-22s %8d %8d %8d  %-16s %-18s %-16s",
                fault,
                sent.count(),
                sent.statuses(),
                sent.median().toMillis(),
                sent.slowest().toMillis(),
                served.toMillis(),
                before,
                during,
                after));
        System.out.println(TABLE.get(TABLE.size() - 1));
        site.assertEachEventHadItsEffectOnce();
        assertThat(sent.slowest()).as("slowest answer while %s", fault).isLessThan(PROMISED);
        assertThat(after.threads())
                .as("threads after %s", fault)
                .isLessThanOrEqualTo(before.threads() + THREADS_OF_POOLS);
        return sent;
    }

    @Test
    void redisStopped() throws Exception {
        withoutRedis(
                "Redis stopped (SIGSTOP)",
                () -> FaultySite.freeze(site.redis.process()),
                () -> FaultySite.thaw(site.redis.process()));
    }

    /** Longer than the breaker stays open: when it asks again whether Redis is back, no delivery does the asking. */
    @Test
    void whileRedisIsKnownToBeAwayNoDeliveryWaitsForIt() throws Exception {
        site.toRedis.hold();
        try {
            site.deliver(site.newEvent());
            await("known to be away").until(() -> site.metric("hooklatch_redis_degraded") == 1);
            double before = site.metric("hooklatch_events_without_redis_total");
            double waited = site.metric("hooklatch_lock_wait_seconds_sum{outcome=\"unavailable\"}");
            long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
            int sent = 0;
            while (System.nanoTime() < end) {
                assertThat(site.deliver(site.newEvent())).isEqualTo(200);
                sent++;
            }
            assertThat(site.metric("hooklatch_lock_wait_seconds_sum{outcome=\"unavailable\"}") - waited)
                    .as("seconds that %s deliveries waited for a lock", sent)
                    .isLessThan(0.2);
            assertThat(site.metric("hooklatch_events_without_redis_total") - before)
                    .isEqualTo(sent);
            assertThat(site.metric("hooklatch_redis_degraded_since_seconds"))
                    .isBetween(System.currentTimeMillis() / 1000.0 - 60, System.currentTimeMillis() / 1000.0);
            assertThat(site.readiness())
                    .contains("\"status\":\"degraded\"")
                    .contains("\"degraded_since\":\"20")
                    .containsPattern("\"events_without_redis\":[1-9]");
        } finally {
            site.toRedis.pass();
        }
        await("closed by itself")
                .atMost(Duration.ofSeconds(5))
                .until(() -> site.readiness().contains("\"ok\""));
        site.assertEachEventHadItsEffectOnce();
    }

    /**
     * Each answer comes before the client gives up, so no command fails: a delivery pays for two of them, one after the other,
     * until that is too much.
     */
    @Test
    void aRedisThatIsSlowEachTimeIsNotWaitedFor() throws Exception {
        Duration delay = Duration.ofMillis(550);
        List<Duration> before = new ArrayList<>();
        List<Duration> after = new ArrayList<>();
        site.toRedis.delayAnswers(delay);
        try {
            await("known to be slow")
                    .atMost(Duration.ofSeconds(10))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> {
                        before.add(timeOfADelivery());
                        return site.metric("hooklatch_redis_degraded") == 1;
                    });
            // Longer than the breaker stays open: a Redis that is found, but slow, is not used again.
            long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
            while (System.nanoTime() < end) {
                after.add(timeOfADelivery());
                assertThat(site.metric("hooklatch_redis_degraded")).isEqualTo(1);
            }
        } finally {
            site.toRedis.pass();
        }
        System.out.printf(
                "FaultsTest: Redis answers after %d ms: %d deliveries until it is left alone, the slowest %d ms; then %d,"
                        + " the slowest %d ms%n",
                delay.toMillis(),
                before.size(),
                max(before).toMillis(),
                after.size(),
                max(after).toMillis());
        assertThat(before).as("each of these cost two answers at most").hasSizeLessThan(6);
        assertThat(max(before)).isBetween(delay, PROMISED);
        assertThat(max(after)).as("nothing is waited for").isLessThan(delay);
        await("used again by itself")
                .atMost(Duration.ofSeconds(5))
                .until(() -> site.metric("hooklatch_redis_degraded") == 0);
        site.assertEachEventHadItsEffectOnce();
    }

    private static Duration timeOfADelivery() throws Exception {
        long start = System.nanoTime();
        assertThat(site.deliver(site.newEvent())).isEqualTo(200);
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private static Duration max(List<Duration> times) {
        return times.stream().max(Comparator.naturalOrder()).orElseThrow();
    }

    /** As long as the process is frozen every command of the moment is late, and none is when it goes on. */
    @Test
    void aPauseOfRedisIsNoReasonToLeaveIt() throws Exception {
        double before = site.metric("hooklatch_events_without_redis_total");
        for (int i = 0; i < 2; i++) {
            Future<FaultySite.Sent> running = site.sendMeanwhile(Duration.ofMillis(900));
            await().pollDelay(UNTIL_FAULT).until(() -> true);
            FaultySite.freeze(site.redis.process());
            try {
                // Less than what the client waits for an answer.
                await().pollDelay(Duration.ofMillis(300)).until(() -> true);
            } finally {
                FaultySite.thaw(site.redis.process());
            }
            assertThat(running.get().statuses().keySet()).containsExactly(200);
            assertThat(site.metric("hooklatch_redis_degraded")).isZero();
        }
        assertThat(site.metric("hooklatch_events_without_redis_total") - before).isZero();
    }

    /** What another one's lock is waited for says nothing about Redis. */
    @Test
    void waitsForLocksAreNoReasonToLeaveRedis() throws Exception {
        List<Long> events = new ArrayList<>();
        List<Future<Integer>> waiting = new ArrayList<>();
        ExecutorService providers = Executors.newFixedThreadPool(4);
        try {
            for (int i = 0; i < 4; i++) {
                long event = site.newEvent();
                events.add(event);
                site.redis("HSET webhook:lock:stripe:evt_" + event + " another:1 1");
            }
            for (int round = 0; round < 2; round++) {
                for (long event : events) {
                    waiting.add(providers.submit(() -> site.deliver(event)));
                }
                for (Future<Integer> answer : waiting) {
                    assertThat(answer.get()).isEqualTo(409);
                }
                assertThat(site.metric("hooklatch_redis_degraded")).isZero();
            }
        } finally {
            providers.shutdownNow();
            for (long event : events) {
                site.redis("DEL webhook:lock:stripe:evt_" + event);
            }
        }
        site.resend(events);
        site.assertEachEventHadItsEffectOnce();
    }

    @Test
    void redisRefuses() throws Exception {
        withoutRedis("Redis refuses", site.toRedis::refuse, site.toRedis::pass);
    }

    @Test
    void redisBlackHole() throws Exception {
        withoutRedis("Redis behind a black hole", site.toRedis::hold, site.toRedis::pass);
    }

    @Test
    void redisSlow() throws Exception {
        withoutRedis(
                "Redis answers after 3 s", () -> site.toRedis.delayAnswers(Duration.ofSeconds(3)), site.toRedis::pass);
    }

    @Test
    void redisOutOfMemory() throws Exception {
        withoutRedis(
                "Redis out of memory",
                () -> site.redis("CONFIG SET maxmemory 1"),
                () -> site.redis("CONFIG SET maxmemory 0"));
    }

    @Test
    void redisReadOnly() throws Exception {
        withoutRedis(
                "Redis is a read-only replica",
                () -> site.redis("REPLICAOF 127.0.0.1 1"),
                () -> site.redis("REPLICAOF NO ONE"));
    }

    @Test
    void redisFlushed() throws Exception {
        withoutRedis("Redis flushed", () -> site.redis("FLUSHALL"), () -> site.redis("FLUSHALL"));
    }

    @Test
    void mySqlStopped() throws Exception {
        withoutMySql(
                "MySQL stopped (SIGSTOP)",
                () -> FaultySite.freeze(site.mariaDb.process()),
                () -> FaultySite.thaw(site.mariaDb.process()));
    }

    @Test
    void mySqlRefuses() throws Exception {
        withoutMySql("MySQL refuses", site.toMariaDb::refuse, site.toMariaDb::pass);
    }

    @Test
    void mySqlBlackHole() throws Exception {
        withoutMySql("MySQL behind a black hole", site.toMariaDb::hold, site.toMariaDb::pass);
    }

    @Test
    void mySqlSlow() throws Exception {
        withoutMySql(
                "MySQL answers after 3 s",
                () -> site.toMariaDb.delayAnswers(Duration.ofSeconds(3)),
                site.toMariaDb::pass);
    }

    @Test
    void mySqlConnectionsKilled() throws Exception {
        FaultySite.Sent sent = during("MySQL's connections killed", () -> site.killConnections(), () -> {});
        assertThat(sent.statuses().keySet()).isSubsetOf(200, 503).contains(200);
    }

    @Test
    void mySqlReadOnly() throws Exception {
        withoutMySql(
                "MySQL read-only",
                () -> site.execute("SET GLOBAL read_only = 1"),
                () -> site.execute("SET GLOBAL read_only = 0"));
    }

    @Test
    void mySqlHangsAtTheCommit() throws Exception {
        withoutMySql("MySQL hangs at a COMMIT", () -> site.toMariaDb.holdAfter("commit"), site.toMariaDb::pass);
    }
}
