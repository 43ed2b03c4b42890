package hooklatch.service.replay;

import static hooklatch.service.replay.Bench.key;
import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.cache.ResultCache;
import hooklatch.dao.ReplayDao;
import hooklatch.domain.Attempt;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventRecord;
import hooklatch.domain.EventStatus;
import hooklatch.domain.Fact;
import hooklatch.domain.Json;
import hooklatch.domain.Outcome;
import hooklatch.domain.ReplayOutcome;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventContext;
import hooklatch.handler.EventHandler;
import hooklatch.handler.RefusedException;
import hooklatch.lock.EventLocks;
import hooklatch.testing.SettableClock;
import hooklatch.testing.Shop;
import hooklatch.testing.TestServers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;

/** Replays of single events, on real servers. Where Redis is not what a test is about, the lock grants and the cache forgets. */
class ReplayTest {
    private Bench bench;

    @BeforeEach
    void open() {
        bench = new Bench(24);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private static ReplayOutcome replay(Bench.Node node, String id) {
        return node.replay().replay(key(id), Bench.OLGA, "test").outcome();
    }

    private static ReplayOutcome.@Nullable Kind obstacle(Bench.Node node, String id) {
        return node.replay().look(key(id)).orElseThrow().obstacle();
    }

    @Test
    void aFailedEventIsReplayedAndHasItsEffect() {
        Bench.Node node = bench.node();
        assertThat(node.deliver(event("evt_1", succeeded("pi_1", 42, 4999)))).isInstanceOf(Outcome.Failed.class);
        bench.shop.order(42, "49.99");

        ReplayOutcome outcome = replay(node, "evt_1");

        assertThat(outcome.kind()).isEqualTo(ReplayOutcome.Kind.PROCESSED);
        assertThat(bench.shop.orderState(42)).isEqualTo("PAID");
        EventRecord stored = bench.stored("evt_1");
        assertThat(stored.status()).isEqualTo(EventStatus.PROCESSED);
        assertThat(stored.error()).isNull();
        assertThat(stored.attempts()).isEqualTo(2);
        assertThat(bench.shop.count("webhook_events WHERE error_cause IS NOT NULL OR next_attempt_at IS NOT NULL"))
                .isZero();
    }

    @Test
    void aRefusalOfAReplayIsRecordedLikeThatOfADelivery() {
        SettableClock clock = new SettableClock(Instant.parse("2026-11-24T12:00:00Z"));
        Bench.Node node = bench.node(Shop.grantingLocks(), Shop.forgettingCache(), clock);
        node.deliver(event("evt_1", succeeded("pi_1", 42, 4999)));

        ReplayOutcome outcome = replay(node, "evt_1");

        assertThat(outcome.kind()).isEqualTo(ReplayOutcome.Kind.REFUSED);
        assertThat(outcome.message()).isEqualTo("Order not found: 42");
        assertThat(bench.stored("evt_1").attempts()).isEqualTo(2);
        assertThat(bench.stored("evt_1").status()).isEqualTo(EventStatus.FAILED);
        assertThat(bench.shop.count(
                        "webhook_events WHERE next_attempt_at IS NOT NULL AND error_cause = 'Order not found'"))
                .isEqualTo(1);

        clock.advance(Duration.ofHours(5));
        assertThat(replay(node, "evt_1").kind()).isEqualTo(ReplayOutcome.Kind.REFUSED);
        assertThat(bench.stored("evt_1").status()).isEqualTo(EventStatus.DEAD_LETTERED);
    }

    @Test
    void aDeadLetterIsReplayed() {
        SettableClock clock = new SettableClock(Instant.parse("2026-11-24T12:00:00Z"));
        Bench.Node node = bench.node(Shop.grantingLocks(), Shop.forgettingCache(), clock);
        WebhookEvent event = event("evt_1", succeeded("pi_1", 42, 4999));
        node.deliver(event);
        node.deliver(event);
        clock.advance(Duration.ofHours(5));
        assertThat(node.deliver(event)).isInstanceOf(Outcome.DeadLettered.class);
        bench.shop.order(42, "49.99");

        assertThat(replay(node, "evt_1").kind()).isEqualTo(ReplayOutcome.Kind.PROCESSED);
        assertThat(bench.shop.orderState(42)).isEqualTo("PAID");
    }

    @Test
    void everyDeliveryAndReplayOfADeadLetterRunsTheHandlerUntilItSucceeds() {
        SettableClock clock = new SettableClock(Instant.parse("2026-11-24T12:00:00Z"));
        AtomicInteger runs = new AtomicInteger();
        AtomicBoolean refuses = new AtomicBoolean(true);
        Bench.Node node = bench.node(
                Shop.grantingLocks(),
                Shop.forgettingCache(),
                clock,
                new Counting("counting", new AtomicInteger(), null) {
                    @Override
                    public ObjectNode handle(EventContext context) throws RefusedException {
                        runs.incrementAndGet();
                        if (refuses.get()) {
                            throw new RefusedException("Not yet");
                        }
                        return super.handle(context);
                    }
                });
        WebhookEvent event = event("evt_1", new Fact.Unknown());
        node.deliver(event);
        node.deliver(event);
        clock.advance(Duration.ofHours(5));
        node.deliver(event);
        assertThat(bench.stored("evt_1").status()).isEqualTo(EventStatus.DEAD_LETTERED);

        for (int round = 1; round <= 3; round++) {
            int before = runs.get();
            assertThat(node.deliver(event)).isEqualTo(new Outcome.DeadLettered("Not yet"));
            assertThat(runs).as("runs after a delivery").hasValue(before + 1);
            assertThat(replay(node, "evt_1").kind()).isEqualTo(ReplayOutcome.Kind.REFUSED);
            assertThat(runs).as("runs after a replay").hasValue(before + 2);
            assertThat(bench.stored("evt_1").status()).isEqualTo(EventStatus.DEAD_LETTERED);
            assertThat(bench.stored("evt_1").attempts()).isEqualTo(runs.get());
        }
        refuses.set(false);
        int before = runs.get();

        assertThat(node.deliver(event)).isInstanceOf(Outcome.Processed.class);

        assertThat(runs).hasValue(before + 1);
        assertThat(bench.stored("evt_1").status()).isEqualTo(EventStatus.PROCESSED);
        assertThat(node.deliver(event)).isInstanceOf(Outcome.Duplicate.class);
        assertThat(replay(node, "evt_1").kind()).isEqualTo(ReplayOutcome.Kind.EFFECT_STANDS);
        assertThat(runs).as("done once").hasValue(before + 1);
    }

    @Test
    void aProcessedEventNeverHasItsEffectAgain() {
        bench.shop.order(42, "49.99");
        AtomicInteger runs = new AtomicInteger();
        Bench.Node node = bench.node(new Counting("counting", runs, null));
        node.deliver(event("evt_1", succeeded("pi_1", 42, 4999)));
        EventRecord before = bench.stored("evt_1");

        ReplayOutcome outcome = replay(node, "evt_1");

        assertThat(outcome.kind()).isEqualTo(ReplayOutcome.Kind.EFFECT_STANDS);
        assertThat(outcome.event()).isEqualTo(before);
        assertThat(bench.stored("evt_1")).isEqualTo(before);
        assertThat(runs).hasValue(1);
        assertThat(obstacle(node, "evt_1")).isEqualTo(ReplayOutcome.Kind.EFFECT_STANDS);
    }

    @Test
    void aProcessedEventWhoseBodyWasPurgedStandsToo() {
        bench.shop.order(42, "49.99");
        Bench.Node node = bench.node();
        node.deliver(event("evt_1", succeeded("pi_1", 42, 4999)));
        bench.shop.sql(handle -> handle.execute("UPDATE webhook_events SET payload = NULL"));

        assertThat(replay(node, "evt_1").kind()).isEqualTo(ReplayOutcome.Kind.EFFECT_STANDS);
    }

    @Test
    void aSkippedEventWithNothingNewStaysSkipped() {
        Bench.Node node = bench.node();
        node.deliver(event("evt_1", new Fact.Unknown()));
        String result = bench.stored("evt_1").resultJson();

        assertThat(replay(node, "evt_1").kind()).isEqualTo(ReplayOutcome.Kind.SKIPPED);
        assertThat(bench.stored("evt_1").status()).isEqualTo(EventStatus.SKIPPED);
        assertThat(bench.stored("evt_1").resultJson()).isEqualTo(result);
    }

    @Test
    void aSkippedEventThatANewHandlerWantsHasItsEffectOnceAndIsRememberedSo() {
        RedissonClient redis = bench.shop.redis(TestServers.get().newRedisUrl());
        ResultCache cacheHere = bench.shop.cache(redis);
        ResultCache cacheElsewhere = bench.shop.cache(redis);
        EventLocks locks = bench.shop.locks(redis);
        AtomicInteger runs = new AtomicInteger();
        Bench.Node old = bench.node(locks, cacheHere, Clock.systemUTC());
        WebhookEvent event = event("evt_1", new Fact.Unknown());
        old.deliver(event);
        Bench.Node updated = bench.node(locks, cacheElsewhere, Clock.systemUTC(), new Counting("receipt", runs, null));
        assertThat(updated.deliver(event)).as("a delivery gets the decision").isInstanceOf(Outcome.Duplicate.class);
        assertThat(runs).hasValue(0);

        assertThat(replay(updated, "evt_1").kind()).isEqualTo(ReplayOutcome.Kind.PROCESSED);
        assertThat(replay(updated, "evt_1").kind()).isEqualTo(ReplayOutcome.Kind.EFFECT_STANDS);

        assertThat(runs).hasValue(1);
        assertThat(bench.stored("evt_1").status()).isEqualTo(EventStatus.PROCESSED);
        assertThat(cacheElsewhere.get(key("evt_1")).orElseThrow().status())
                .as("on the node that replayed")
                .isEqualTo(EventStatus.PROCESSED);
        await().untilAsserted(() -> assertThat(
                        bench.shop.cache(redis).get(key("evt_1")).orElseThrow().status())
                .as("in Redis, for a node that has not asked yet")
                .isEqualTo(EventStatus.PROCESSED));
        assertThat(old.deliver(event)).isInstanceOf(Outcome.Duplicate.class);
        assertThat(runs).hasValue(1);
    }

    @Test
    void aSkippedEventThatIsRefusedNowStaysAsItWasAnswered() {
        WebhookEvent event = event("evt_1", new Fact.Unknown());
        bench.node().deliver(event);
        EventRecord before = bench.stored("evt_1");
        Bench.Node updated =
                bench.node(new Counting("receipt", new AtomicInteger(), new RefusedException("No such customer: 7")));

        ReplayOutcome outcome = replay(updated, "evt_1");

        assertThat(outcome.kind()).isEqualTo(ReplayOutcome.Kind.REFUSED);
        assertThat(outcome.message()).isEqualTo("No such customer: 7");
        assertThat(bench.stored("evt_1")).isEqualTo(before);
    }

    @Test
    void anEventWhoseBodyWasPurgedOrCannotBeReadIsNotReplayed() {
        Bench.Node node = bench.node();
        node.deliver(event("evt_1", new Fact.Unknown()));
        node.deliver(event("evt_2", new Fact.Unknown()));
        bench.shop.sql(handle -> handle.execute("UPDATE webhook_events SET payload = NULL WHERE event_id = 'evt_1'"));
        bench.forgetHowToRead(key("evt_2"));

        assertThat(obstacle(node, "evt_1")).isEqualTo(ReplayOutcome.Kind.PURGED);
        assertThat(replay(node, "evt_1").kind()).isEqualTo(ReplayOutcome.Kind.PURGED);
        assertThat(node.replay().rehearse(key("evt_1"), Bench.OLGA).outcome().kind())
                .isEqualTo(ReplayOutcome.Kind.PURGED);
        assertThat(obstacle(node, "evt_2")).isEqualTo(ReplayOutcome.Kind.UNREADABLE);
        assertThat(replay(node, "evt_2").kind()).isEqualTo(ReplayOutcome.Kind.UNREADABLE);
        assertThat(replay(node, "evt_3").kind()).isEqualTo(ReplayOutcome.Kind.UNKNOWN_EVENT);
        assertThat(node.replay().look(key("evt_3"))).isEmpty();
    }

    @Test
    void anEventThatIsBeingProcessedIsBusyAndSaidToBeSo() throws Exception {
        RedissonClient redis = bench.shop.redis(TestServers.get().newRedisUrl());
        CountDownLatch working = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        EventHandler slow = new Counting("slow", new AtomicInteger(), null) {
            @Override
            public ObjectNode handle(EventContext context) throws RefusedException {
                working.countDown();
                await().forever().until(() -> finish.getCount() == 0);
                return super.handle(context);
            }
        };
        Bench.Node delivering = bench.node(bench.shop.locks(redis), Shop.forgettingCache(), Clock.systemUTC(), slow);
        Bench.Node replaying = bench.node(bench.shop.locks(redis), Shop.forgettingCache(), Clock.systemUTC());
        Bench.Node withoutRedis = bench.node();
        WebhookEvent event = event("evt_1", succeeded("pi_1", 42, 4999));
        withoutRedis.deliver(event);
        bench.shop.order(42, "49.99");

        CompletableFuture<Outcome> delivery = CompletableFuture.supplyAsync(
                () -> delivering.processor().process(event, Deadline.in(Duration.ofSeconds(20))));
        working.await();
        try {
            assertThat(obstacle(replaying, "evt_1")).isEqualTo(ReplayOutcome.Kind.BUSY);
            assertThat(replay(replaying, "evt_1").kind()).isEqualTo(ReplayOutcome.Kind.BUSY);
            assertThat(replay(withoutRedis, "evt_1").kind())
                    .as("the claim alone says so too")
                    .isEqualTo(ReplayOutcome.Kind.BUSY);
            assertThat(withoutRedis
                            .replay()
                            .rehearse(key("evt_1"), Bench.OLGA)
                            .outcome()
                            .kind())
                    .isEqualTo(ReplayOutcome.Kind.BUSY);
        } finally {
            finish.countDown();
        }
        assertThat(delivery.get()).isInstanceOf(Outcome.Processed.class);
        assertThat(replay(replaying, "evt_1").kind()).isEqualTo(ReplayOutcome.Kind.EFFECT_STANDS);
    }

    @Test
    void sixteenReplaysAndDeliveriesAtOnceHaveOneEffect() throws Exception {
        for (int round = 0; round < 10; round++) {
            AtomicInteger committed = new AtomicInteger();
            RedissonClient redis =
                    round % 2 == 0 ? bench.shop.redis(TestServers.get().redisUrl()) : null;
            EventLocks locks = redis == null ? Shop.grantingLocks() : bench.shop.locks(redis);
            EventHandler counting = new Counting("counting", new AtomicInteger(), null) {
                @Override
                public ObjectNode handle(EventContext context) throws RefusedException {
                    context.afterCommit(committed::incrementAndGet);
                    return super.handle(context);
                }
            };
            Bench.Node here = bench.node(locks, Shop.forgettingCache(), Clock.systemUTC(), counting);
            Bench.Node there = bench.node(locks, Shop.forgettingCache(), Clock.systemUTC(), counting);
            String id = "evt_race_" + round;
            long order = 100L + round;
            WebhookEvent event = event(id, succeeded("pi_race_" + round, order, 4999));
            here.deliver(event);
            bench.shop.order(order, "49.99");
            CountDownLatch go = new CountDownLatch(1);
            ExecutorService threads = Executors.newFixedThreadPool(20);
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                Bench.Node node = i % 2 == 0 ? here : there;
                all.add(threads.submit(() -> {
                    go.await();
                    return replay(node, id);
                }));
            }
            for (int i = 0; i < 4; i++) {
                all.add(threads.submit(() -> {
                    go.await();
                    return there.deliver(event);
                }));
            }
            go.countDown();
            for (Future<?> one : all) {
                one.get();
            }
            threads.shutdown();

            assertThat(committed).as("effects in round %s", round).hasValue(1);
            assertThat(bench.stored(id).status()).isEqualTo(EventStatus.PROCESSED);
            assertThat(bench.shop.count("payments WHERE order_id = " + order)).isEqualTo(1);
        }
    }

    @Test
    void everyReplayIsNotedAndToldOfWithTheEvent() {
        Bench.Node node = bench.node();
        node.deliver(event("evt_1", succeeded("pi_1", 42, 4999)));
        node.replay().replay(key("evt_1"), Bench.OLGA, "customer called");
        bench.shop.order(42, "49.99");

        Long id = node.replay().replay(key("evt_1"), Bench.OLGA, null).id();

        assertThat(node.replay().look(key("evt_1")).orElseThrow().earlier())
                .extracting(ReplayDao.Entry::outcome, ReplayDao.Entry::message, ReplayDao.Entry::reason)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(ReplayOutcome.Kind.PROCESSED, null, null),
                        org.assertj.core.groups.Tuple.tuple(
                                ReplayOutcome.Kind.REFUSED, "Order not found: 42", "customer called"));
        ReplayDao.Entry noted =
                node.replay().find(java.util.Objects.requireNonNull(id)).orElseThrow();
        assertThat(noted.event()).isEqualTo(key("evt_1"));
        assertThat(noted.username()).isEqualTo("olga");
        assertThat(noted.node()).isEqualTo("node-1");
        assertThat(bench.shop.count("audit_log WHERE action = 'event_replayed' AND target = 'stripe/evt_1'"
                        + " AND username = 'olga' AND details IN"
                        + " (SELECT CONCAT('{\"replay\":', id, '}') FROM webhook_replays)"))
                .isEqualTo(2);
        assertThat(bench.shop.count("webhook_deliveries"))
                .as("a replay is no delivery")
                .isZero();
        assertThat(bench.attempts)
                .extracting(Attempt::key, Attempt::origin, Attempt::outcome)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(key("evt_1"), Attempt.Origin.REPLAY, "refused"),
                        org.assertj.core.groups.Tuple.tuple(key("evt_1"), Attempt.Origin.REPLAY, "processed"));
        assertThat(bench.attempts.get(1).replayId()).isEqualTo(id);
    }

    @Test
    void thatAReplayWasAskedForIsInTheAuditLogBeforeItHasAnEffect() {
        List<Long> audited = new ArrayList<>();
        Bench.Node node = bench.node(new Counting("watching", new AtomicInteger(), null) {
            @Override
            public ObjectNode handle(EventContext context) throws RefusedException {
                audited.add(bench.shop.count("audit_log WHERE action = 'event_replayed' AND username = 'olga'"));
                return super.handle(context);
            }
        });
        node.deliver(event("evt_1", succeeded("pi_1", 42, 4999)));
        bench.shop.order(42, "49.99");
        audited.clear();

        assertThat(replay(node, "evt_1").kind()).isEqualTo(ReplayOutcome.Kind.PROCESSED);

        assertThat(audited).containsExactly(1L);
        assertThat(bench.shop.count("audit_log WHERE action = 'event_replayed'"))
                .isEqualTo(1);
    }

    /** Wants every event, and counts its runs. */
    private static class Counting implements EventHandler {
        private final String name;
        private final AtomicInteger runs;
        private final @Nullable RefusedException refusal;

        Counting(String name, AtomicInteger runs, @Nullable RefusedException refusal) {
            this.name = name;
            this.runs = runs;
            this.refusal = refusal;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public boolean handles(WebhookEvent event) {
            return true;
        }

        @Override
        public ObjectNode handle(EventContext context) throws RefusedException {
            if (refusal != null) {
                throw refusal;
            }
            runs.incrementAndGet();
            return Json.object().put("done", true);
        }
    }
}
