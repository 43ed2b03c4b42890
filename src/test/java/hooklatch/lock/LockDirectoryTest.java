package hooklatch.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;

import hooklatch.domain.EventKey;
import hooklatch.domain.WebhookEvent;
import hooklatch.testing.Facts;
import hooklatch.testing.FreePort;
import hooklatch.testing.LockNode;
import hooklatch.testing.RedisServer;
import hooklatch.testing.SettableClock;
import hooklatch.testing.TestServers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.redisson.Redisson;
import org.redisson.api.RKeys;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/** Which locks are listed, on several nodes that share one Redis. */
class LockDirectoryTest {
    private static final EventKey EVENT = new EventKey("stripe", "evt_1");
    private static final Duration NO_WAIT = Duration.ZERO;

    private final String url = TestServers.get().newRedisUrl();
    private final List<RedissonClient> clients = new ArrayList<>();
    private final List<LockNode> nodes = new ArrayList<>();

    @AfterEach
    void stop() {
        nodes.forEach(LockNode::close);
        clients.stream().filter(client -> !client.isShutdown()).forEach(RedissonClient::shutdown);
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
                .setConnectionMinimumIdleSize(2)
                .setConnectionPoolSize(8)
                .setTimeout(600)
                .setRetryAttempts(0)
                .setConnectTimeout(300);
        RedissonClient client = Redisson.create(config);
        clients.add(client);
        return client;
    }

    private LockNode node(String name) {
        return node(name, url);
    }

    private LockNode node(String name, String redis) {
        LockNode node = new LockNode(client(redis), name);
        nodes.add(node);
        return node;
    }

    private static Runnable take(LockNode node, EventKey key) {
        EventLocks.Attempt attempt = node.locks().acquire(key, NO_WAIT);
        assertThat(attempt).isInstanceOf(EventLocks.Attempt.Held.class);
        return ((EventLocks.Attempt.Held) attempt).release();
    }

    private static List<EventKey> listed(LockNode node) {
        return node.directory().list().locks().stream().map(HeldLock::key).toList();
    }

    @Test
    void aHeldLockIsListedOnEveryNodeWithItsHolderUntilItIsGivenBack() {
        LockNode a = node("node-a");
        LockNode b = node("node-b");
        EventLocks.Attempt attempt =
                a.locks().acquire(Facts.event("evt_1", Facts.succeeded("pi_1", 42, 4999)), NO_WAIT);

        assertThat(listed(a)).as("at once on the node itself").containsExactly(EVENT);
        await().atMost(Duration.ofMillis(1500)).until(() -> listed(b).equals(List.of(EVENT)));
        HeldLock seen = b.directory().list().locks().get(0);
        assertThat(seen.node()).isEqualTo("node-a");
        assertThat(seen.threadId()).isEqualTo(Thread.currentThread().getId());
        assertThat(seen.threadName()).isEqualTo(Thread.currentThread().getName());
        assertThat(seen.alive()).isTrue();
        assertThat(seen.type()).isEqualTo("PaymentSucceeded");
        assertThat(seen.order()).isEqualTo("42");
        assertThat(seen.expiresIn()).isBetween(Duration.ofSeconds(25), LockNode.LEASE);
        assertThat(Objects.requireNonNull(seen.heldFor()).plus(Objects.requireNonNull(seen.expiresIn())))
                .isEqualTo(LockNode.LEASE);

        ((EventLocks.Attempt.Held) attempt).release().run();
        await().until(() -> listed(a).isEmpty() && listed(b).isEmpty());
    }

    @Test
    void theLockOfAKilledNodeIsListedAsNotAliveUntilItExpires() {
        LockNode a = node("node-a");
        LockNode b = node("node-b");
        take(a, EVENT);
        await().until(() -> listed(b).contains(EVENT));
        a.kill();

        await().atMost(Duration.ofSeconds(6))
                .until(() -> !b.directory().list().locks().get(0).alive());
        HeldLock left = b.directory().list().locks().get(0);
        assertThat(left.node()).isEqualTo("node-a");
        assertThat(left.threadId()).isEqualTo(Thread.currentThread().getId());

        clients.get(1).getBucket("webhook:lock:" + EVENT).expire(Duration.ofMillis(10));
        await().until(() -> listed(b).isEmpty());
    }

    @Test
    void aNodeThatStartsAgainUnderItsNameDoesNotHideWhatItsPredecessorHeld() {
        LockNode before = node("node-a");
        LockNode other = node("node-b");
        take(before, EVENT);
        await().until(() -> listed(other).contains(EVENT));
        before.kill();

        LockNode after = node("node-a");
        await().untilAsserted(() -> assertThat(other.directory().nodes().reports())
                .filteredOn(NodeReport::isAlive)
                .extracting(NodeReport::node)
                .containsExactly("node-a", "node-b"));
        assertThat(listed(after)).containsExactly(EVENT);
        assertThat(after.directory().list().locks().get(0).alive()).isFalse();
    }

    @Test
    void aLockThatADeliveryBumpedIntoIsListedWhoeverHoldsIt() {
        LockNode a = node("node-a");
        LockNode b = node("node-b");
        // Killed before it ever reported: nobody knows its name.
        RedissonClient stranger = client(url);
        assertThat(stranger.getLock("webhook:lock:" + EVENT).tryLock()).isTrue();
        assertThat(listed(a)).as("nobody has met it").isEmpty();

        assertThat(a.locks().acquire(EVENT, NO_WAIT)).isInstanceOf(EventLocks.Attempt.Busy.class);

        assertThat(listed(a)).containsExactly(EVENT);
        HeldLock met = a.directory().list().locks().get(0);
        assertThat(met.node()).isNull();
        assertThat(met.alive()).isFalse();
        assertThat(met.holder()).startsWith(stranger.getId());
        await().atMost(Duration.ofMillis(1500)).until(() -> listed(b).contains(EVENT));
    }

    @Test
    void aLockThatADeliveryIsWaitingForIsListed() throws Exception {
        LockNode a = node("node-a");
        RedissonClient stranger = client(url);
        assertThat(stranger.getLock("webhook:lock:" + EVENT).tryLock()).isTrue();

        CompletableFuture<EventLocks.Attempt> waiting =
                CompletableFuture.supplyAsync(() -> a.locks().acquire(EVENT, Duration.ofSeconds(10)));
        await().until(() -> listed(a).contains(EVENT));
        stranger.getLock("webhook:lock:" + EVENT).unlock();

        assertThat(waiting.get(5, TimeUnit.SECONDS)).isInstanceOf(EventLocks.Attempt.Held.class);
        assertThat(a.directory().list().locks())
                .singleElement()
                .satisfies(lock -> assertThat(lock.node()).isEqualTo("node-a"));
    }

    @Test
    void anIdWithEveryKindOfCharacterIsListedAndReleased() {
        LockNode a = node("node-a");
        LockNode b = node("node-b");
        StringBuilder printable = new StringBuilder();
        for (char c = 0x21; c <= 0x7E; c++) {
            printable.append(c);
        }
        EventKey odd = new EventKey("stripe", printable.toString());
        take(a, odd);
        await().until(() -> listed(b).contains(odd));

        String holder = b.directory().list().locks().get(0).holder();
        assertThat(b.directory().release(odd, holder)).isEqualTo(LockDirectory.Release.RELEASED);
        assertThat(listed(b)).isEmpty();
    }

    @Test
    void aReleaseFreesTheLockForWhoWaitsAndOnlyWhileTheShownHolderHasIt() throws Exception {
        LockNode a = node("node-a");
        LockNode b = node("node-b");
        Runnable giveBack = take(a, EVENT);
        await().until(() -> listed(b).contains(EVENT));
        String shown = b.directory().list().locks().get(0).holder();

        assertThat(b.directory().release(EVENT, shown + "7")).isEqualTo(LockDirectory.Release.NOT_HELD);
        assertThat(b.directory().release(EVENT, "garbage")).isEqualTo(LockDirectory.Release.NOT_HELD);
        assertThat(listed(b)).containsExactly(EVENT);

        CompletableFuture<EventLocks.Attempt> waiting =
                CompletableFuture.supplyAsync(() -> b.locks().acquire(EVENT, Duration.ofSeconds(20)));
        await().until(() -> b.board().met().containsKey(EVENT));
        assertThat(b.directory().release(EVENT, shown)).isEqualTo(LockDirectory.Release.RELEASED);
        assertThat(waiting.get(2, TimeUnit.SECONDS))
                .as("who waits is woken, long before the lease ends")
                .isInstanceOf(EventLocks.Attempt.Held.class);

        assertThat(b.directory().release(EVENT, shown)).isEqualTo(LockDirectory.Release.NOT_HELD);
        giveBack.run();
        await().during(Duration.ofMillis(300))
                .untilAsserted(() -> assertThat(b.directory().list().locks())
                        .as("the late release of the first holder does not touch the second")
                        .singleElement()
                        .satisfies(lock -> assertThat(lock.node()).isEqualTo("node-b")));
    }

    @Test
    void nodesTellWhoTheyAreAndGoWithoutALeftover() {
        LockNode a = node("node-a");
        LockNode b = node("node-b");
        b.inFlight().set(7);
        await().untilAsserted(() -> assertThat(a.directory().nodes().reports())
                .extracting(NodeReport::node, NodeReport::version, NodeReport::inFlight, NodeReport::isAlive)
                .containsExactly(tuple("node-a", "1.2.3", 0, true), tuple("node-b", "1.2.3", 7, true)));

        b.close();
        assertThat(a.directory().nodes().reports())
                .extracting(NodeReport::node)
                .as("it said good-bye and held nothing")
                .containsExactly("node-a");
        assertThat(clients.get(0).getBucket("webhook:node:reports").remainTimeToLive())
                .as("nothing stays for ever")
                .isPositive();
    }

    @Test
    void withoutRedisANodeShowsWhatItHoldsItselfAndTellsAgainWhenRedisIsBack(@TempDir Path directory) {
        int port = FreePort.find();
        String own = "redis://127.0.0.1:" + port + "/0";
        RedisServer redis = RedisServer.start(directory, port, "--save", "");
        try {
            LockNode a = node("node-a", own);
            LockNode b = node("node-b", own);
            take(a, EVENT);
            await().until(() -> listed(b).contains(EVENT));
            redis.close();

            await().until(() -> a.board().degraded().isPresent());
            LockDirectory.Listing listing = a.directory().list();
            assertThat(listing.redisAnswers()).isFalse();
            assertThat(listing.locks()).singleElement().satisfies(lock -> {
                assertThat(lock.key()).isEqualTo(EVENT);
                assertThat(lock.node()).isEqualTo("node-a");
                assertThat(lock.expiresIn()).isNull();
            });
            assertThat(b.directory().list().locks()).isEmpty();
            EventLocks.Attempt without = a.locks().acquire(new EventKey("stripe", "evt_2"), NO_WAIT);
            assertThat(without).isInstanceOf(EventLocks.Attempt.Unavailable.class);
            assertThat(a.board().degraded().orElseThrow().events())
                    .as("nothing was processed yet")
                    .isZero();
            ((EventLocks.Attempt.Unavailable) without).wentThrough().run();
            assertThat(a.board().degraded().orElseThrow().events()).isEqualTo(1);
            assertThat(a.directory().release(EVENT, listing.locks().get(0).holder()))
                    .isEqualTo(LockDirectory.Release.UNKNOWN);

            redis = RedisServer.start(directory, port, "--save", "");
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> a.board().degraded().isEmpty()
                            && b.directory().nodes().reports().size() == 2);
            assertThat(a.directory().list().redisAnswers()).isTrue();
            assertThat(a.directory().list().locks()).as("it went with Redis").isEmpty();
        } finally {
            nodes.forEach(LockNode::close);
            nodes.clear();
            redis.close();
        }
    }

    @Test
    @SuppressWarnings("try")
    void onAClusterLocksOfManySlotsAreListedAndReleased(@TempDir Path directory) throws IOException {
        int port = FreePort.find();
        try (RedisServer cluster = RedisServer.start(
                directory,
                port,
                "--save",
                "",
                "--cluster-enabled",
                "yes",
                "--cluster-announce-ip",
                "127.0.0.1",
                "--cluster-port",
                Integer.toString(FreePort.find()))) {
            // One server that has all slots refuses what touches two of them, as several servers would.
            assertThat(answer(cluster, "CLUSTER ADDSLOTSRANGE 0 16383")).contains("OK");
            await().until(() -> answer(cluster, "CLUSTER INFO").contains("cluster_state:ok"));
            LockNode a = new LockNode(clusterClient(cluster), "node-a");
            LockNode b = new LockNode(clusterClient(cluster), "node-b");
            nodes.add(a);
            nodes.add(b);
            for (int i = 0; i < 30; i++) {
                take(a, new EventKey("stripe", "evt_" + i));
            }
            take(a, new EventKey("stripe", "evt_{of}{braces"));

            await().until(() -> listed(b).size() == 31);
            for (HeldLock lock : b.directory().list().locks()) {
                assertThat(lock.node()).isEqualTo("node-a");
                assertThat(b.directory().release(lock.key(), lock.holder())).isEqualTo(LockDirectory.Release.RELEASED);
            }
            assertThat(listed(b)).isEmpty();
            nodes.forEach(LockNode::close);
            nodes.clear();
            clients.forEach(RedissonClient::shutdown);
        }
    }

    private RedissonClient clusterClient(RedisServer cluster) {
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.setNettyThreads(2);
        config.setThreads(2);
        config.useClusterServers().addNodeAddress("redis://127.0.0.1:" + cluster.port());
        RedissonClient client = Redisson.create(config);
        clients.add(client);
        return client;
    }

    private static String answer(RedisServer server, String words) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream().write((words + "\r\nQUIT\r\n").getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void whoeverMetALockTellsWhatItIsAboutWhenItsHolderCannot() {
        LockNode a = node("node-a");
        RedissonClient stranger = client(url);
        assertThat(stranger.getLock(RedisEventLocks.PREFIX + EVENT).tryLock()).isTrue();

        WebhookEvent event = Facts.event("evt_1", Facts.succeeded("pi_1", 42, 4999));
        assertThat(a.locks().acquire(event, NO_WAIT)).isInstanceOf(EventLocks.Attempt.Busy.class);
        assertThat(a.locks().isHeld(EVENT)).as("asked for by its key alone").contains(true);

        for (LockNode seenFrom : List.of(a, node("node-b"))) {
            await().untilAsserted(() -> assertThat(seenFrom.directory().list().locks())
                    .singleElement()
                    .satisfies(lock -> {
                        assertThat(lock.type()).isEqualTo(event.type());
                        assertThat(lock.order()).isEqualTo("42");
                    }));
        }
    }

    @Test
    void locksThatFindNoRoomAreCountedOnceEachUntilTheyAreListedOrPast() {
        SettableClock clock = new SettableClock(Instant.parse("2026-11-24T12:00:00Z"));
        LockBoard board = new LockBoard(clock, Duration.ofSeconds(30));
        for (int i = 0; i < LockBoard.MOST_BUMPED; i++) {
            board.bumpedInto(new EventKey("stripe", "evt_" + i), null, null);
        }
        assertThat(board.overlooked()).isEmpty();
        EventKey late = new EventKey("stripe", "late");
        for (int i = 0; i < 3; i++) {
            board.bumpedInto(late, null, null);
            board.bumpedInto(new EventKey("stripe", "later"), null, null);
        }
        assertThat(board.overlooked()).hasSize(2);
        assertThat(board.met()).hasSize(LockBoard.MOST_BUMPED).doesNotContainKey(late);

        clock.advance(Duration.ofSeconds(20));
        board.bumpedInto(late, null, null);
        clock.advance(Duration.ofSeconds(11));
        assertThat(board.overlooked()).as("a lease after the last bump").containsExactly(late);
        assertThat(board.met()).isEmpty();
        board.bumpedInto(late, "type", null);
        assertThat(board.overlooked()).as("listed now").isEmpty();
        assertThat(board.met()).containsOnlyKeys(late);
    }

    @Test
    void howManyLocksAreNotListedIsKnownOnEveryNode() {
        LockNode a = node("node-a");
        LockNode b = node("node-b");
        for (int i = 0; i < LockBoard.MOST_BUMPED + 3; i++) {
            a.board().bumpedInto(new EventKey("stripe", "evt_" + i), null, null);
        }
        EventKey last = new EventKey("stripe", "evt_" + (LockBoard.MOST_BUMPED + 2));
        Runnable release = take(b, last);
        await().untilAsserted(() -> {
            assertThat(a.directory().list().overlooked())
                    .as("one of the three is listed, as its holder tells of it")
                    .isEqualTo(2);
            assertThat(b.directory().list().overlooked()).isEqualTo(3);
        });
        release.run();
    }

    @Test
    void aMillionOtherKeysDoNotSlowTheListing() {
        LockNode a = node("node-a");
        LockNode b = node("node-b");
        List<Runnable> held = takeFifty(a, "before_");
        await().until(() -> listed(b).size() == 50);
        Duration alone = median(b);
        // On a busy machine the filling outlasts a lease.
        held.forEach(Runnable::run);

        RedissonClient filler = client(url);
        String fill = """
                for i = ARGV[1], ARGV[2] do
                    redis.call('set', 'webhook:result:stripe:filler_' .. string.format('%d', i), '{"status":"processed"}')
                end""";
        for (int from = 0; from < 1_000_000; from += 1_000) {
            filler.getScript(StringCodec.INSTANCE)
                    .eval(
                            RScript.Mode.READ_WRITE,
                            fill,
                            RScript.ReturnType.VALUE,
                            List.of(),
                            Integer.toString(from),
                            Integer.toString(from + 999));
        }
        RKeys keys = filler.getKeys();
        assertThat(keys.count()).isGreaterThanOrEqualTo(1_000_000);
        takeFifty(a, "after_");
        await().until(() -> listed(b).size() == 50);
        Duration amongMany = median(b);
        keys.flushdbAsync().toCompletableFuture().exceptionally(slow -> null).join();

        System.out.printf(
                "LockDirectoryTest: 50 locks listed in %.2f ms alone, in %.2f ms among 1,000,000 result keys (medians of"
                        + " 101)%n",
                alone.toNanos() / 1e6, amongMany.toNanos() / 1e6);
        assertThat(amongMany).isLessThan(alone.multipliedBy(3).plusMillis(20));
    }

    private static List<Runnable> takeFifty(LockNode node, String prefix) {
        return IntStream.range(0, 50)
                .mapToObj(i -> take(node, new EventKey("stripe", prefix + i)))
                .toList();
    }

    private static Duration median(LockNode node) {
        for (int i = 0; i < 50; i++) {
            assertThat(listed(node)).hasSize(50);
        }
        return Duration.ofNanos(LongStream.range(0, 101)
                .map(i -> {
                    long start = System.nanoTime();
                    assertThat(node.directory().list().locks()).hasSize(50);
                    return System.nanoTime() - start;
                })
                .sorted()
                .skip(50)
                .findFirst()
                .orElseThrow());
    }
}
