package hooklatch.service;

import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.eventOf;
import static hooklatch.testing.Facts.failed;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.mysql.cj.jdbc.MysqlDataSource;
import hooklatch.cache.ResultCache;
import hooklatch.dao.Database;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import hooklatch.domain.Json;
import hooklatch.domain.Outcome;
import hooklatch.domain.Payload;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventHandlers;
import hooklatch.handler.PaymentHandler;
import hooklatch.lock.EventLocks;
import hooklatch.testing.FreePort;
import hooklatch.testing.Shop;
import hooklatch.testing.TestServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.redisson.api.RedissonClient;

/** What is kept in Redis, under which names, and what becomes of it. */
class LockAndCacheTest {
    private static final String LOCK = "webhook:lock:stripe:evt_1";
    private static final String RESULT = "webhook:result:stripe:evt_1";

    private Shop shop;
    private RedissonClient redis;
    private RedissonClient otherNode;
    private EventProcessor node;
    private StatusQuery status;
    private final WebhookEvent event = event("evt_1", succeeded("pi_1", 42, 4999));

    @BeforeEach
    void openShop() {
        shop = new Shop(4);
        String url = TestServers.get().newRedisUrl();
        redis = shop.redis(url);
        otherNode = shop.redis(url);
        EventLocks locks = shop.locks(redis);
        ResultCache cache = shop.cache(redis);
        node = shop.node(locks, cache);
        status = new StatusQuery(cache, locks, shop.database(), List.of("stripe", "razorpay"), 4);
        shop.order(42, "49.99");
    }

    @AfterEach
    void closeShop() {
        shop.close();
    }

    private Outcome process() {
        return node.process(event, Deadline.in(Duration.ofSeconds(4)));
    }

    private JsonNode status() {
        return Json.read(status.find("evt_1", null).orElseThrow());
    }

    /** As after a retention that is shorter than Redis remembers. */
    @Test
    void whatMySqlHasForgottenIsNotUnknownWhileItIsRemembered() {
        assertThat(process()).isInstanceOf(Outcome.Processed.class);
        shop.sql(handle -> handle.execute("DELETE FROM webhook_events"));

        assertThat(status().path("status").asText()).isEqualTo("processed");
        assertThat(Json.read(status.find("evt_2", null).orElseThrow())
                        .path("status")
                        .asText())
                .isEqualTo("unknown");
    }

    @Test
    void whileAnotherNodeHoldsTheLockADeliveryIsBusyAndItsStatusIsProcessing() {
        assertThat(otherNode.getLock(LOCK).tryLock()).isTrue();

        long start = System.nanoTime();
        assertThat(process()).isInstanceOf(Outcome.Busy.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .as("it waits for the holder, and not for long")
                .isBetween(Duration.ofMillis(550), Duration.ofSeconds(3));
        assertThat(status().path("status").asText()).isEqualTo("processing");

        otherNode.getLock(LOCK).unlock();
        assertThat(process()).isInstanceOf(Outcome.Processed.class);
        assertThat(status().path("status").asText()).isEqualTo("processed");
    }

    @Test
    void howeverLongADeliveryMayWaitForAnotherItCanStillAskMySql() {
        List<Duration> waits = new ArrayList<>();
        EventLocks busy = new EventLocks() {
            @Override
            public Attempt acquire(EventKey key, Duration wait) {
                waits.add(wait);
                return new Attempt.Busy();
            }

            @Override
            public Optional<Boolean> isHeld(EventKey key) {
                return Optional.of(true);
            }
        };
        EventProcessor patient = new EventProcessor(
                Shop.forgettingCache(),
                busy,
                shop.database(),
                (key, body) -> Optional.empty(),
                new EventHandlers(List.of(new PaymentHandler())),
                new RetryPolicy(8, Duration.ofHours(4)),
                Duration.ofSeconds(3),
                Runnable::run,
                Runnable::run,
                Clock.systemUTC(),
                new ProcessingMeters(new SimpleMeterRegistry()));

        assertThat(patient.process(event, Deadline.in(Duration.ofMillis(4300)))).isInstanceOf(Outcome.Busy.class);
        assertThat(waits).hasSize(1);
        assertThat(waits.get(0)).isBetween(Duration.ofMillis(1000), Duration.ofMillis(2100));
    }

    @Test
    void aWaitingDeliveryGoesOnAsSoonAsTheHolderIsDone() throws Exception {
        assertThat(otherNode.getLock(LOCK).tryLock()).isTrue();
        CompletableFuture<Outcome> waiting = CompletableFuture.supplyAsync(this::process);
        await().until(() -> shop.pool().getHikariPoolMXBean().getActiveConnections() == 0 && !waiting.isDone());
        otherNode.getLock(LOCK).unlock();

        assertThat(waiting.get(4, TimeUnit.SECONDS)).isInstanceOf(Outcome.Processed.class);
    }

    @Test
    void aDeliveryTellsHowLongItWaitedForTheLockAlsoInVain() {
        List<Duration> waits = new ArrayList<>();
        assertThat(otherNode.getLock(LOCK).tryLock()).isTrue();

        assertThat(node.process(event, Deadline.in(Duration.ofSeconds(4)), waits::add))
                .isInstanceOf(Outcome.Busy.class);
        assertThat(waits).hasSize(1);
        assertThat(waits.get(0)).isBetween(Duration.ofMillis(550), Duration.ofSeconds(3));

        otherNode.getLock(LOCK).unlock();
        assertThat(node.process(event, Deadline.in(Duration.ofSeconds(4)), waits::add))
                .isInstanceOf(Outcome.Processed.class);
        assertThat(waits).hasSize(2);
        assertThat(waits.get(1)).isLessThan(waits.get(0));
        assertThat(node.process(event, Deadline.in(Duration.ofSeconds(4)), waits::add))
                .isInstanceOf(Outcome.Duplicate.class);
        assertThat(waits).as("remembered: no lock is needed").hasSize(2);
    }

    @Test
    void aDeliveryTellsHowLongItWaitedForTheRequestOfItsNodeThatHasTheLock() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch locked = new CountDownLatch(1);
        EventLocks slow = new EventLocks() {
            @Override
            public Attempt acquire(EventKey key, Duration wait) {
                locked.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return new Attempt.Held(() -> {}, () -> {});
            }

            @Override
            public Optional<Boolean> isHeld(EventKey key) {
                return Optional.empty();
            }
        };
        EventProcessor alone = shop.node(slow, Shop.forgettingCache());
        List<Duration> waits = new CopyOnWriteArrayList<>();
        CompletableFuture<Outcome> first =
                CompletableFuture.supplyAsync(() -> alone.process(event, Deadline.in(Duration.ofSeconds(20))));
        try {
            locked.await();
            // The first one is not done before the second has given up, after the whole time that it may wait.
            assertThat(alone.process(event, Deadline.in(Duration.ofSeconds(4)), waits::add))
                    .isInstanceOf(Outcome.Busy.class);
        } finally {
            goOn.countDown();
        }
        assertThat(first.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Processed.class);
        assertThat(waits).hasSize(1);
        assertThat(waits.get(0)).isBetween(Duration.ofMillis(550), Duration.ofSeconds(3));
    }

    @Test
    void theLockOfADeadHolderEndsWithItsLease() {
        otherNode.getLock(LOCK).lock(700, TimeUnit.MILLISECONDS);
        otherNode.shutdown();

        await().atMost(Duration.ofSeconds(5)).until(() -> process() instanceof Outcome.Processed);
    }

    @Test
    void whatIsLeftInRedisIsTheResultForSevenDays() {
        for (int i = 1; i <= 20; i++) {
            shop.order(100 + i, "49.99");
            node.process(event("evt_" + i, succeeded("pi_" + i, 100 + i, 4999)), Deadline.in(Duration.ofSeconds(4)));
            node.process(event("bad_" + i, succeeded("pi_" + i, 999, 4999)), Deadline.in(Duration.ofSeconds(4)));
        }

        await().untilAsserted(() -> assertThat(redis.getKeys().getKeys())
                .hasSize(20)
                .allSatisfy(key -> assertThat(key).startsWith("webhook:result:stripe:evt_")));
        assertThat(Duration.ofMillis(redis.getBucket(RESULT).remainTimeToLive()))
                .isBetween(Duration.ofDays(7).minusMinutes(1), Duration.ofDays(7));
        JsonNode value = Json.read(redis.<String>getBucket(RESULT).get());
        assertThat(value.path("event_id").asText()).isEqualTo("evt_1");
        assertThat(value.path("status").asText()).isEqualTo("processed");
        assertThat(value.path("result").path("action").asText()).isEqualTo("payment_success");
        assertThat(value.path("database").asText())
                .isEqualTo(shop.identity().get().orElseThrow());
    }

    /** It is not asked for before, as a provider repeats nothing so soon; it may have two endpoints here. */
    @Test
    void newsThatAnotherNodeHasDoneAreADuplicateAndThenTheCacheIsAskedOfNewsToo() {
        WebhookEvent news = eventOf(Instant.now(), "evt_1", succeeded("pi_1", 42, 4999));
        Outcome.Processed done = (Outcome.Processed) node.process(news, Deadline.in(Duration.ofSeconds(4)));
        Asked asked = new Asked(shop.cache(otherNode));
        EventProcessor other = shop.node(shop.locks(otherNode), asked);

        assertThat(other.process(news, Deadline.in(Duration.ofSeconds(4))))
                .isEqualTo(new Outcome.Duplicate(done.event()));
        assertThat(asked.keys).as("of the first").isEmpty();
        assertThat(other.process(news, Deadline.in(Duration.ofSeconds(4))))
                .as("remembered here")
                .isInstanceOf(Outcome.Duplicate.class);

        WebhookEvent next = eventOf(Instant.now(), "evt_2", failed("pi_2", 42, 4999));
        assertThat(other.process(next, Deadline.in(Duration.ofSeconds(4)))).isInstanceOf(Outcome.Processed.class);
        assertThat(asked.keys).as("of the next").contains(next.key());
        assertThat(shop.count("webhook_events")).isEqualTo(2);
        assertThat(shop.count("payments")).isEqualTo(2);
    }

    @Test
    void whenMySqlIsAwayNewsThatAnotherNodeHasDoneAreADuplicateAndOthersAreNot() {
        WebhookEvent news = eventOf(Instant.now(), "evt_1", succeeded("pi_1", 42, 4999));
        Outcome.Processed done = (Outcome.Processed) node.process(news, Deadline.in(Duration.ofSeconds(4)));
        await().until(() -> redis.getBucket(RESULT).isExists());
        MysqlDataSource nobody = new MysqlDataSource();
        nobody.setUrl("jdbc:mysql://127.0.0.1:" + FreePort.find() + "/nobody");
        try (Database away = new Database(nobody)) {
            EventProcessor other = shop.node(away, shop.locks(otherNode), shop.cache(otherNode));

            assertThat(other.process(news, Deadline.in(Duration.ofSeconds(4))))
                    .isEqualTo(new Outcome.Duplicate(done.event()));
            assertThat(other.process(
                            eventOf(Instant.now(), "evt_2", succeeded("pi_2", 42, 4999)),
                            Deadline.in(Duration.ofSeconds(4))))
                    .isInstanceOf(Outcome.StorageUnavailable.class);

            WebhookEvent more = eventOf(Instant.now(), "evt_3", failed("pi_3", 42, 4999));
            node.process(more, Deadline.in(Duration.ofSeconds(4)));
            await().until(() -> redis.getBucket("webhook:result:" + more.key()).isExists());
            assertThat(other.process(more, Deadline.in(Duration.ofSeconds(1))))
                    .as("with no time to ask Redis after MySQL")
                    .isInstanceOf(Outcome.Duplicate.class);
        }
    }

    /** A cache that tells what it was asked of, beyond this node's memory. */
    private static final class Asked implements ResultCache {
        private final ResultCache cache;
        private final List<EventKey> keys = new CopyOnWriteArrayList<>();

        private Asked(ResultCache cache) {
            this.cache = cache;
        }

        @Override
        public Optional<EventRecord> get(EventKey key) {
            keys.add(key);
            return cache.get(key);
        }

        @Override
        public Optional<EventRecord> atHand(EventKey key) {
            return cache.atHand(key);
        }

        @Override
        public void put(EventRecord event) {
            cache.put(event);
        }
    }

    @Test
    void aFlushedRedisIsFilledAgainFromMySql() {
        process();
        await().until(() -> redis.getBucket(RESULT).isExists());
        redis.getKeys().flushdb();
        EventProcessor fresh = shop.node(shop.locks(redis), shop.cache(redis));

        assertThat(fresh.process(event, Deadline.in(Duration.ofSeconds(4)))).isInstanceOf(Outcome.Duplicate.class);
        await().until(() -> redis.getBucket(RESULT).isExists());
        assertThat(shop.count("payments")).isEqualTo(1);
    }

    @Test
    void aCachedResultThatIsGarbageOrSpeaksOfAnotherDatabaseIsNotBelieved() {
        process();
        await().until(() -> redis.getBucket(RESULT).isExists());
        String real = redis.<String>getBucket(RESULT).get();
        String ours = shop.identity().get().orElseThrow();
        shop.sql(handle -> handle.execute("DELETE FROM webhook_events"));
        shop.sql(handle -> handle.execute("DELETE FROM payments"));
        for (String bad :
                List.of("garbage", "{}", "[1]", real.replace(ours, "another"), real.replace("evt_1", "evt_2"))) {
            redis.<String>getBucket(RESULT).set(bad);
            EventProcessor fresh = shop.node(shop.locks(redis), shop.cache(redis));

            assertThat(fresh.process(event, Deadline.in(Duration.ofSeconds(4))))
                    .as(bad)
                    .isInstanceOf(Outcome.Processed.class);
            await("its own result, which is written behind")
                    .until(() -> !bad.equals(redis.<String>getBucket(RESULT).get()));
            shop.sql(handle -> handle.execute("DELETE FROM webhook_events"));
        }
    }

    @Test
    void anEventThatLeavesTheDatabaseUnderARunningNodeIsForgottenWithIt() {
        process();
        shop.sql(handle -> handle.execute("DELETE FROM webhook_events"));
        shop.sql(handle -> handle.execute("UPDATE hooklatch_database SET database_id = UUID()"));
        shop.identity().refresh();

        assertThat(process()).as("after a restore, as the README says").isInstanceOf(Outcome.Processed.class);
    }

    @Test
    void aBodyIsKnownOnlyWhereItIsTheOneThatWasProcessed() {
        EventKey key = event.key();
        assertThat(node.known(key, event.payload())).as("not processed yet").isEmpty();
        process();

        Payload again = new Payload(event.payload().bytes().clone());
        assertThat(node.known(key, again)).get().isInstanceOf(Outcome.Duplicate.class);
        assertThat(node.known(key, new Payload("{\"id\":\"evt_1\" }".getBytes(StandardCharsets.UTF_8))))
                .as("the same id, a blank more")
                .isEmpty();
        assertThat(node.known(new EventKey("stripe", "evt_2"), again))
                .as("another id")
                .isEmpty();
        assertThat(shop.node(shop.locks(redis), shop.cache(redis)).known(key, again))
                .as("a node that would have to ask Redis")
                .isEmpty();
        shop.sql(handle -> handle.execute("UPDATE hooklatch_database SET database_id = UUID()"));
        shop.identity().refresh();
        assertThat(node.known(key, again)).as("processed in another database").isEmpty();
    }

    @Test
    void aRefusedEventIsNeverKnown() {
        WebhookEvent bad = event("bad_1", succeeded("pi_1", 999, 4999));
        assertThat(node.process(bad, Deadline.in(Duration.ofSeconds(4)))).isInstanceOf(Outcome.Failed.class);
        assertThat(node.known(bad.key(), bad.payload())).isEmpty();
    }

    /** Who sends a failed event again at once, or looks at it, must not meet the lock of the attempt before. */
    @Test
    void onlyTheLockOfAnEventThatIsDoneMayBeFreeLater() {
        List<String> releases = new ArrayList<>();
        EventLocks locks = new EventLocks() {
            @Override
            public Attempt acquire(EventKey key, Duration wait) {
                return new Attempt.Held(() -> releases.add(key + " at once"), () -> releases.add(key + " later"));
            }

            @Override
            public Optional<Boolean> isHeld(EventKey key) {
                return Optional.empty();
            }
        };
        EventProcessor forgetful = shop.node(locks, Shop.forgettingCache());
        WebhookEvent good = event("good_1", succeeded("pi_good", 42, 4999));
        WebhookEvent bad = event("bad_1", succeeded("pi_bad", 999, 4999));

        for (WebhookEvent one : List.of(good, good, bad)) {
            forgetful.process(one, Deadline.in(Duration.ofSeconds(4)));
        }

        assertThat(releases).containsExactly(good.key() + " later", good.key() + " later", bad.key() + " at once");
    }

    @Test
    void theStatusOfWhatIsDoneAsksForNoLock() {
        process();
        EventLocks untouched = new EventLocks() {
            @Override
            public Attempt acquire(EventKey key, Duration wait) {
                throw new AssertionError("a status takes no lock");
            }

            @Override
            public Optional<Boolean> isHeld(EventKey key) {
                throw new AssertionError("the result is there");
            }
        };
        StatusQuery query = new StatusQuery(
                Shop.forgettingCache(), untouched, shop.database(), List.of("stripe", "razorpay", "standard"), 4);

        assertThat(Json.read(query.find("evt_1", null).orElseThrow())
                        .path("status")
                        .asText())
                .isEqualTo("processed");
    }

    @Test
    @Timeout(20)
    void ofQuestionsAfterAStatusNoMoreThanMayAskMySql() throws Exception {
        CountDownLatch asking = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        EventLocks waiting = new EventLocks() {
            @Override
            public Attempt acquire(EventKey key, Duration wait) {
                throw new AssertionError("a status takes no lock");
            }

            @Override
            public Optional<Boolean> isHeld(EventKey key) {
                asking.countDown();
                try {
                    mayEnd.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return Optional.of(false);
            }
        };
        StatusQuery query = new StatusQuery(Shop.forgettingCache(), waiting, shop.database(), List.of("stripe"), 1);
        CompletableFuture<Optional<String>> first =
                CompletableFuture.supplyAsync(() -> query.find("unknown_1", "stripe"));
        try {
            asking.await();
            assertThat(query.find("unknown_2", "stripe"))
                    .as("nobody could be asked")
                    .isEmpty();
        } finally {
            mayEnd.countDown();
        }
        assertThat(first.get(10, TimeUnit.SECONDS)).isPresent();
        assertThat(query.find("unknown_2", "stripe"))
                .as("its place is free again")
                .isPresent();
    }
}
