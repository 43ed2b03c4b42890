package hooklatch.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.failsafe.CircuitBreaker;
import hooklatch.domain.EventKey;
import hooklatch.testing.LockNode;
import hooklatch.testing.TcpProxy;
import hooklatch.testing.TestServers;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
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
            other.release().run();

            assertThat(late.get(5, TimeUnit.SECONDS)).isInstanceOf(EventLocks.Attempt.Held.class);
            assertThat(breaker.isHalfOpen()).isTrue();
        } finally {
            redis.shutdown();
        }
    }

    private static EventLocks locks(RedissonClient redis, CircuitBreaker<Object> breaker) {
        Duration lease = Duration.ofSeconds(30);
        return new RedisEventLocks(redis, breaker, lease, new LockBoard(Clock.systemUTC(), lease), Clock.systemUTC());
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
