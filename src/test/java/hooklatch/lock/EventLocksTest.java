package hooklatch.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.failsafe.CircuitBreaker;
import hooklatch.domain.EventKey;
import hooklatch.domain.Gathered;
import hooklatch.testing.BuildDirectory;
import hooklatch.testing.Directories;
import hooklatch.testing.FreePort;
import hooklatch.testing.LockNode;
import hooklatch.testing.RedisServer;
import hooklatch.testing.RedisWrites;
import hooklatch.testing.TcpProxy;
import hooklatch.testing.TestServers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.RBatch;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;
import org.redisson.api.redisnode.RedisNodes;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/** What is left of a lock when Redis does not answer, and what stands in for it. */
class EventLocksTest {
    private static final EventKey EVENT = new EventKey("stripe", "evt_1");
    private static final Duration NO_WAIT = Duration.ZERO;

    @Test
    void aLockThatWasGrantedToNobodyIsGivenBackSoonAfterRedisIsBack() {
        String url = TestServers.get().newRedisUrl();
        int port = TestServers.get().redisPort();
        RedissonClient direct = client(url);
        try (TcpProxy proxy = TcpProxy.to(port)) {
            RedissonClient cutOff = client(url.replace(":" + port, ":" + proxy.port()));
            LockNode node = new LockNode(cutOff, "node-a");
            LockNode other = new LockNode(direct, "node-b");
            try {
                node.locks().isHeld(EVENT);
                proxy.hold();
                assertThat(node.locks().acquire(EVENT, NO_WAIT)).isInstanceOf(EventLocks.Attempt.Unavailable.class);

                // What was sent arrives now: Redis grants a lock that nobody waits for.
                proxy.pass();

                // The lease is 30 seconds.
                await().pollDelay(Duration.ofSeconds(2))
                        .atMost(Duration.ofSeconds(6))
                        .untilAsserted(() -> {
                            assertThat(node.board().degraded()).isEmpty();
                            assertThat(other.locks().isHeld(EVENT)).contains(false);
                        });
            } finally {
                node.close();
                other.close();
                cutOff.shutdown();
            }
        } finally {
            direct.shutdown();
        }
    }

    @Test
    void aLockWhoseReleaseDidNotArriveIsGivenBackSoonAfterRedisIsBack() {
        String url = TestServers.get().newRedisUrl();
        int port = TestServers.get().redisPort();
        RedissonClient direct = client(url);
        try (TcpProxy proxy = TcpProxy.to(port)) {
            RedissonClient cutOff = client(url.replace(":" + port, ":" + proxy.port()));
            LockNode node = new LockNode(cutOff, "node-a");
            LockNode other = new LockNode(direct, "node-b");
            try {
                EventLocks.Attempt.Held held =
                        (EventLocks.Attempt.Held) node.locks().acquire(EVENT, NO_WAIT);
                proxy.refuse();
                held.release().run();
                assertThat(other.locks().isHeld(EVENT)).contains(true);
                await().until(() -> node.board().degraded().isPresent());

                proxy.pass();

                await().atMost(Duration.ofSeconds(8))
                        .untilAsserted(
                                () -> assertThat(other.locks().isHeld(EVENT)).contains(false));
            } finally {
                node.close();
                other.close();
                cutOff.shutdown();
            }
        } finally {
            direct.shutdown();
        }
    }

    @Test
    void onOneNodeOneWorksOnAnEventAlsoWhenNoOtherNodeCanBeAsked() throws Exception {
        NodeEventLocks locks = new NodeEventLocks(new EventLocks() {
            @Override
            public Attempt acquire(EventKey key, Duration wait) {
                return new Attempt.Unavailable(() -> {}, () -> {});
            }

            @Override
            public Optional<Boolean> isHeld(EventKey key) {
                return Optional.empty();
            }
        });
        EventLocks.Attempt.Unavailable first = (EventLocks.Attempt.Unavailable) locks.acquire(EVENT, NO_WAIT);

        assertThat(locks.acquire(EVENT, Duration.ofMillis(50))).isInstanceOf(EventLocks.Attempt.Busy.class);
        assertThat(locks.isHeld(EVENT)).contains(true);
        assertThat(locks.acquire(new EventKey("stripe", "evt_2"), NO_WAIT))
                .as("another event")
                .isInstanceOf(EventLocks.Attempt.Unavailable.class);
        CompletableFuture<EventLocks.Attempt> waiting =
                CompletableFuture.supplyAsync(() -> locks.acquire(EVENT, Duration.ofSeconds(5)));
        first.release().run();
        assertThat(waiting.get(5, TimeUnit.SECONDS)).isInstanceOf(EventLocks.Attempt.Unavailable.class);
    }

    /** That Redis answers quickly again is found by the look at it, not by a lock that was asked for before it was given up. */
    @Test
    void aLateGrantDoesNotBringRedisBackIntoUse() throws Exception {
        RedissonClient redis = client(TestServers.get().newRedisUrl());
        try {
            CircuitBreaker<Object> breaker = CircuitBreaker.ofDefaults();
            EventLocks locks = locks(redis, breaker);
            EventLocks.Attempt.Held other = (EventLocks.Attempt.Held)
                    locks(redis, CircuitBreaker.ofDefaults()).acquire(EVENT, NO_WAIT);
            CompletableFuture<EventLocks.Attempt> late =
                    CompletableFuture.supplyAsync(() -> locks.acquire(EVENT, Duration.ofSeconds(5)));
            await("the wait for the lock has begun")
                    .until(() -> redis.getTopic("redisson_lock__channel:{webhook:lock:" + EVENT + "}")
                                    .countSubscribers()
                            > 0);
            breaker.halfOpen();
            other.releaseOfDone().run();

            assertThat(late.get(5, TimeUnit.SECONDS)).isInstanceOf(EventLocks.Attempt.Held.class);
            assertThat(breaker.isHalfOpen()).isTrue();
        } finally {
            redis.shutdown();
        }
    }

    /** By a thread whose release of it is not sent yet. */
    @Test
    void whatAThreadTookAgainBeforeItsReleaseArrivedStaysItsOwn() {
        RedissonClient redis = client(TestServers.get().newRedisUrl());
        try {
            EventLocks locks = locks(redis, CircuitBreaker.ofDefaults());
            RLock lock = redis.getLock("webhook:lock:" + EVENT);
            EventLocks.Attempt.Held first = (EventLocks.Attempt.Held) locks.acquire(EVENT, NO_WAIT);
            EventLocks.Attempt.Held second = (EventLocks.Attempt.Held) locks.acquire(EVENT, NO_WAIT);
            assertThat(lock.getHoldCount()).isEqualTo(2);

            first.releaseOfDone().run();

            await().pollInSameThread().until(() -> lock.getHoldCount() == 1);
            second.releaseOfDone().run();
            await().until(() -> !lock.isLocked());
        } finally {
            redis.shutdown();
        }
    }

    @Test
    void aLockThatAnotherHasByNowIsNotGivenBack() throws Exception {
        String url = TestServers.get().newRedisUrl();
        RedissonClient redis = client(url);
        RedissonClient other = client(url);
        try {
            RedisEventLocks locks = locks(redis, CircuitBreaker.ofDefaults());
            EventLocks.Attempt.Held held = (EventLocks.Attempt.Held) locks.acquire(EVENT, NO_WAIT);
            redis.getLock("webhook:lock:" + EVENT).forceUnlock();
            assertThat(locks(other, CircuitBreaker.ofDefaults()).acquire(EVENT, NO_WAIT))
                    .isInstanceOf(EventLocks.Attempt.Held.class);

            held.releaseOfDone().run();

            locks.awaitReleases();
            assertThat(redis.getLock("webhook:lock:" + EVENT).isLocked()).isTrue();
        } finally {
            redis.shutdown();
            other.shutdown();
        }
    }

    /** A Redis that was restarted, or a replica that has become the master, knows no scripts. */
    @Test
    void aLockIsGivenBackToARedisThatForgotItsScripts() throws Exception {
        withRedisOfItsOwn(redis -> {
            EventLocks locks = locks(redis, CircuitBreaker.ofDefaults());
            RLock lock = redis.getLock("webhook:lock:" + EVENT);
            for (int turn = 0; turn < 2; turn++) {
                EventLocks.Attempt.Held held = (EventLocks.Attempt.Held) locks.acquire(EVENT, NO_WAIT);
                redis.getScript().scriptFlush();

                held.releaseOfDone().run();

                await().until(() -> !lock.isLocked());
            }
        });
    }

    /** A full Redis refuses what makes it larger; the result of an event is that, its lock's end is not. */
    @Test
    void aRedisThatIsFullTakesLocksBack() throws Exception {
        withRedisOfItsOwn(redis -> {
            Gathered<RBatch> writes = RedisWrites.of(redis);
            EventLocks locks = locks(redis, CircuitBreaker.ofDefaults(), new GatheredReturns(redis, writes));
            EventLocks.Attempt.Held held = (EventLocks.Attempt.Held) locks.acquire(EVENT, NO_WAIT);
            redis.getRedisNodes(RedisNodes.SINGLE).getInstance().setConfig("maxmemory", "1");
            CompletionStage<?> result =
                    writes.add(batch -> batch.getBucket("result").setAsync("any", Duration.ofMinutes(1)));

            held.releaseOfDone().run();

            assertThat(result)
                    .failsWithin(Duration.ofSeconds(5))
                    .withThrowableThat()
                    .withMessageContaining("maxmemory");
            await().until(() -> !redis.getLock("webhook:lock:" + EVENT).isLocked());
        });
    }

    private static void withRedisOfItsOwn(Consumer<RedissonClient> test) throws Exception {
        Path directory = BuildDirectory.path().resolve("redis-of-locks");
        RedisServer.stopEarlier(directory);
        Directories.delete(directory);
        Files.createDirectories(directory);
        try (RedisServer server = RedisServer.start(directory, FreePort.find(), "--save", "")) {
            RedissonClient redis = client(server.url(0));
            try {
                test.accept(redis);
            } finally {
                redis.shutdown();
            }
        }
    }

    private static RedisEventLocks locks(RedissonClient redis, CircuitBreaker<Object> breaker) {
        return locks(redis, breaker, RedisWrites.locks(redis));
    }

    private static RedisEventLocks locks(RedissonClient redis, CircuitBreaker<Object> breaker, LockReturns whenDone) {
        Duration lease = Duration.ofSeconds(30);
        return new RedisEventLocks(
                redis, breaker, lease, new LockBoard(Clock.systemUTC(), lease), Clock.systemUTC(), whenDone);
    }

    private static RedissonClient client(String url) {
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.setNettyThreads(2);
        int slash = url.lastIndexOf('/');
        config.useSingleServer()
                .setAddress(url.substring(0, slash))
                .setDatabase(Integer.parseInt(url.substring(slash + 1)))
                .setTimeout(600)
                .setRetryAttempts(0);
        return Redisson.create(config);
    }
}
