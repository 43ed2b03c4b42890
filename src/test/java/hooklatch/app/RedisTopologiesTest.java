package hooklatch.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import hooklatch.domain.EventKey;
import hooklatch.lock.EventLocks;
import hooklatch.lock.HeldLock;
import hooklatch.lock.LockDirectory;
import hooklatch.lock.NodeReport;
import hooklatch.testing.BuildDirectory;
import hooklatch.testing.LockNode;
import hooklatch.testing.RedisCluster;
import hooklatch.testing.RedisSentinels;
import hooklatch.testing.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;

/**
 * Locks, the list of them and what nodes tell each other, on a Redis Cluster and behind Sentinels, with passwords, through
 * the client as the application opens it. The storms over failovers are in {@code hooklatch.chaos}.
 */
class RedisTopologiesTest {
    private static final Path DIRECTORY =
            BuildDirectory.path().resolve("servers").resolve("topologies");
    private static final String PASSWORD = "p-word";
    /** So many that each of three masters has some. */
    private static final int EVENTS = 60;

    private final List<RedissonClient> clients = new ArrayList<>();
    private final List<LockNode> nodes = new ArrayList<>();

    @AfterEach
    void stop() {
        nodes.forEach(LockNode::close);
        clients.forEach(RedissonClient::shutdown);
    }

    private LockNode node(String url, String name) {
        RedissonClient client = RedisClient.open(RedisAddress.parse(url).orElseThrow(), null);
        clients.add(client);
        LockNode node = new LockNode(client, name);
        nodes.add(node);
        return node;
    }

    private static List<EventKey> events() {
        return IntStream.range(0, EVENTS)
                .mapToObj(i -> new EventKey("stripe", "evt_" + i))
                .toList();
    }

    private static Runnable take(LockNode node, EventKey key) {
        EventLocks.Attempt attempt = node.locks().acquire(key, Duration.ZERO);
        assertThat(attempt).as("%s", key).isInstanceOf(EventLocks.Attempt.Held.class);
        return ((EventLocks.Attempt.Held) attempt).release();
    }

    private static EventLocks.Attempt acquire(LockNode node, EventKey key, Duration wait) {
        return node.locks().acquire(key, wait);
    }

    private void locksWorkAcrossNodes(String url) {
        LockNode one = node(url, "one");
        LockNode other = node(url, "other");
        List<EventKey> events = events();

        List<Runnable> releases = events.stream().map(key -> take(one, key)).toList();
        assertThat(events).allSatisfy(key -> {
            assertThat(acquire(other, key, Duration.ZERO)).isInstanceOf(EventLocks.Attempt.Busy.class);
            assertThat(other.locks().isHeld(key)).contains(true);
        });
        await("the other node lists the locks of all slots")
                .untilAsserted(() -> assertThat(other.directory().list().locks())
                        .extracting(HeldLock::key)
                        .containsExactlyInAnyOrderElementsOf(events));
        assertThat(other.directory().nodes().reports())
                .extracting(NodeReport::node)
                .contains("one", "other");

        CompletableFuture<EventLocks.Attempt> waiter =
                CompletableFuture.supplyAsync(() -> acquire(other, events.get(7), Duration.ofSeconds(3)));
        long began = System.nanoTime();
        releases.get(7).run();
        assertThat(waiter.join()).isInstanceOf(EventLocks.Attempt.Held.class);
        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .as("who waits is woken")
                .isLessThan(Duration.ofSeconds(2));

        HeldLock held = other.directory().list().locks().stream()
                .filter(lock -> lock.key().equals(events.get(3)))
                .findFirst()
                .orElseThrow();
        assertThat(other.directory().release(held.key(), held.holder())).isEqualTo(LockDirectory.Release.RELEASED);
        take(other, events.get(3)).run();
        IntStream.range(0, EVENTS)
                .filter(i -> i != 3 && i != 7)
                .forEach(i -> releases.get(i).run());
        await("all are given back")
                .untilAsserted(() -> assertThat(events.stream().filter(key -> !key.equals(events.get(7))))
                        .allSatisfy(key -> assertThat(one.locks().isHeld(key)).contains(false)));
    }

    @Test
    void locksAndTheirListWorkAcrossTheSlotsOfACluster() {
        try (RedisCluster cluster = RedisCluster.start(DIRECTORY.resolve("cluster"), PASSWORD)) {
            locksWorkAcrossNodes(cluster.url());
            stop();
        }
    }

    @Test
    void locksAndTheirListWorkBehindSentinels() {
        try (RedisSentinels sentinels = RedisSentinels.start(DIRECTORY.resolve("sentinels"), PASSWORD)) {
            locksWorkAcrossNodes(sentinels.url());
            stop();
        }
    }

    @Test
    void aMasterThatSentinelsReplaceIsGoneForSecondsAndNoAcquisitionWaitsForIt() {
        try (RedisSentinels sentinels = RedisSentinels.start(DIRECTORY.resolve("sentinels"), PASSWORD)) {
            LockNode node = node(sentinels.url(), "one");
            take(node, new EventKey("stripe", "evt_before")).run();

            RedisServer killed = sentinels.master();
            killed.kill();
            Duration slowest = slowestAcquisitionUntil(node, () -> sentinels.awaitFailoverFrom(killed));
            await("the new master is used")
                    .untilAsserted(() ->
                            take(node, new EventKey("stripe", "evt_after")).run());

            assertThat(slowest).isLessThan(Duration.ofSeconds(2));
            stop();
        }
    }

    @Test
    void aClusterThatLacksAMasterIsAwayAsAWholeUntilItIsBack() {
        try (RedisCluster cluster = RedisCluster.start(DIRECTORY.resolve("cluster"), PASSWORD)) {
            LockNode node = node(cluster.url(), "one");
            events().forEach(key -> take(node, key).run());

            RedisServer killed = cluster.masters().get(1);
            killed.kill();
            // As deliveries come: those of that master wait together, as long as a command may, and fail together. One
            // after
            // the other they would fail among twice as many that do not, and it were left to chance when that is
            // noticed.
            await("it is noticed").atMost(Duration.ofSeconds(40)).untilAsserted(() -> {
                acquireAndGiveBackAtOnce(node);
                assertThat(node.board().degraded()).isPresent();
            });
            await("its parts that answer do not make it come and go")
                    .during(Duration.ofSeconds(3))
                    .atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(node.board().degraded()).isPresent());

            cluster.startAgain(killed);
            await("all of it is used again")
                    .untilAsserted(() -> events().forEach(key -> take(node, key).run()));
            assertThat(node.board().degraded()).isEmpty();
            stop();
        }
    }

    private static void acquireAndGiveBack(LockNode node, EventKey key) {
        if (acquire(node, key, Duration.ZERO) instanceof EventLocks.Attempt.Held held) {
            held.release().run();
        }
    }

    private static void acquireAndGiveBackAtOnce(LockNode node) {
        ExecutorService threads = Executors.newFixedThreadPool(EVENTS);
        try {
            CompletableFuture.allOf(events().stream()
                            .map(key -> CompletableFuture.runAsync(() -> acquireAndGiveBack(node, key), threads))
                            .toArray(CompletableFuture<?>[]::new))
                    .join();
        } finally {
            threads.shutdown();
        }
    }

    private static Duration slowestAcquisitionUntil(LockNode node, Runnable wait) {
        CompletableFuture<Void> over = CompletableFuture.runAsync(wait);
        long slowest = 0;
        for (int i = 0; !over.isDone(); i++) {
            long began = System.nanoTime();
            acquireAndGiveBack(node, new EventKey("stripe", "evt_during_" + i));
            slowest = Math.max(slowest, System.nanoTime() - began);
        }
        over.join();
        return Duration.ofNanos(slowest);
    }
}
