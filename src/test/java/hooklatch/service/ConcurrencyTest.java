package hooklatch.service;

import static hooklatch.testing.Facts.chargeRefunded;
import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.failed;
import static hooklatch.testing.Facts.refund;
import static hooklatch.testing.Facts.refundOfCharge;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.cache.ResultCache;
import hooklatch.domain.Deadline;
import hooklatch.domain.Fact;
import hooklatch.domain.Json;
import hooklatch.domain.Outcome;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventContext;
import hooklatch.handler.EventHandler;
import hooklatch.handler.RefusedException;
import hooklatch.lock.EventLocks;
import hooklatch.testing.Shop;
import hooklatch.testing.TestServers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;

/**
 * Sets of events fired all at once: 64 threads, hundreds of orders, each event three times, some attempts refused at
 * random. The order of arrival is drawn from a printed seed.
 */
class ConcurrencyTest {
    private static final int THREADS = 64;
    private static final int ORDERS = 200;
    private static final int COPIES = 3;

    @Test
    void oneNodeWithLockAndCacheInRedisConverges() throws Exception {
        everythingFiredAtOnceHasOneEffectAndConverges("one node", 1, true);
    }

    @Test
    void twoNodesWithLockAndCacheInRedisConverge() throws Exception {
        everythingFiredAtOnceHasOneEffectAndConverges("two nodes", 2, true);
    }

    @Test
    void twoNodesWithALockThatAlwaysGrantsAndACacheThatForgetsConverge() throws Exception {
        everythingFiredAtOnceHasOneEffectAndConverges("two nodes, MySQL alone", 2, false);
    }

    @Test
    void twoEventsOfOneOrderAtTheSameMomentSeeEachOther() throws Exception {
        atTheSameMoment(
                o -> List.of(succeeded("pi_a" + o, o, 2000)),
                o -> refund("pi_a" + o, "re" + o, RefundStatus.SUCCEEDED, 2000),
                o -> succeeded("pi_b" + o, o, 2999));
    }

    @Test
    void aRefundAndItsPaymentAtTheSameMomentMeet() throws Exception {
        atTheSameMoment(
                o -> List.of(refund("pi" + o, "re_a" + o, RefundStatus.PENDING, 500)),
                o -> refund("pi" + o, "re_b" + o, RefundStatus.SUCCEEDED, 1500),
                o -> succeeded("pi" + o, o, 4999));
    }

    @Test
    void aRefundOfAChargeAndThePaymentThatAnnouncesItAtTheSameMomentMeet() throws Exception {
        atTheSameMoment(
                o -> List.of(),
                o -> refundOfCharge("pi" + o, "re" + o, RefundStatus.SUCCEEDED, 1500),
                o -> succeeded("pi" + o, o, 4999));
    }

    @Test
    void aRefundOfAChargeThatWaitsAndAnotherMeetThePaymentAtTheSameMoment() throws Exception {
        atTheSameMoment(
                o -> List.of(refundOfCharge("pi" + o, "re_a" + o, RefundStatus.PENDING, 500)),
                o -> refundOfCharge("pi" + o, "re_b" + o, RefundStatus.SUCCEEDED, 1500),
                o -> succeeded("pi" + o, o, 4999));
    }

    /** Whoever of the two does not see the other writes another state than the one that both make. */
    private static void atTheSameMoment(
            LongFunction<List<Fact>> before, LongFunction<Fact> one, LongFunction<Fact> other) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (Shop shop = new Shop(4)) {
            EventProcessor node = shop.node(Shop.grantingLocks(), Shop.forgettingCache());
            CyclicBarrier together = new CyclicBarrier(2);
            for (long order = 1; order <= ORDERS; order++) {
                shop.order(order, "49.99");
                long o = order;
                before.apply(o).forEach(fact -> Shop.deliverUntilDone(node, event("evt_before" + o, fact), 3));
                List<Future<Outcome>> both = new ArrayList<>();
                for (WebhookEvent event :
                        List.of(event("evt_one" + o, one.apply(o)), event("evt_other" + o, other.apply(o)))) {
                    both.add(threads.submit(() -> {
                        together.await(10, TimeUnit.SECONDS);
                        return Shop.deliverUntilDone(node, event, 3);
                    }));
                }
                for (Future<Outcome> outcome : both) {
                    assertThat(outcome.get(10, TimeUnit.SECONDS)).isInstanceOf(Outcome.Processed.class);
                }
                assertThat(shop.orderState(o)).as("order %s", o).isEqualTo("PARTIALLY_REFUNDED");
                assertThat(shop.count("refunds WHERE order_id IS NULL"))
                        .as("refunds that nobody took along")
                        .isZero();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static void everythingFiredAtOnceHasOneEffectAndConverges(String name, int count, boolean withRedis)
            throws Exception {
        long seed = System.nanoTime();
        System.out.println("ConcurrencyTest, " + name + ": seed " + seed);
        Random random = new Random(seed);
        // A connection for each thread: what is tested is locks, not the size of a pool.
        try (Shop shop = new Shop(THREADS + 16)) {
            // Without a unique key: a doubled effect must show.
            shop.sql(handle -> handle.execute("CREATE TABLE effects_seen"
                    + " (id BIGINT AUTO_INCREMENT PRIMARY KEY, event_id VARCHAR(255) NOT NULL)"));
            CountsRuns counted = new CountsRuns(seed);
            List<EventProcessor> nodes = new ArrayList<>();
            String redisUrl = withRedis ? TestServers.get().newRedisUrl() : "";
            for (int i = 0; i < count; i++) {
                RedissonClient redis = withRedis ? shop.redis(redisUrl) : null;
                EventLocks locks = redis == null ? Shop.grantingLocks() : shop.locks(redis);
                ResultCache cache = redis == null ? Shop.forgettingCache() : shop.cache(redis);
                nodes.add(shop.node(locks, cache, counted));
            }
            List<WebhookEvent> deliveries = new ArrayList<>();
            int events = 0;
            for (long order = 1; order <= ORDERS; order++) {
                shop.order(order, "49.99");
                List<Fact> facts = facts(order);
                for (int i = 0; i < facts.size(); i++) {
                    WebhookEvent event = event("evt_" + order + "_" + i, facts.get(i));
                    events++;
                    deliveries.addAll(Collections.nCopies(COPIES, event));
                }
            }
            // Neighbours stay near each other, so that the events of one order meet.
            shuffleInWindows(deliveries, 120, random);

            Map<String, Integer> successes = fire(nodes, deliveries);

            assertThat(successes)
                    .as("each event succeeded once")
                    .hasSize(events)
                    .allSatisfy((id, n) -> assertThat(n).as(id).isEqualTo(1));
            for (long order = 1; order <= ORDERS; order++) {
                assertThat(shop.orderState(order)).as("order %s", order).isEqualTo(state(order));
            }
            assertThat(refunded(shop)).as("refunded, per order").isEqualTo(expectedRefunds());
            assertThat(shop.count("webhook_events WHERE status = 'processed'")).isEqualTo(events);
            assertThat(shop.count("webhook_events WHERE status <> 'processed'")).isZero();
            assertThat(shop.count("effects_seen")).as("the handler's rows").isEqualTo(events);
        }
    }

    /** Every third order has two payments. */
    private static List<Fact> facts(long o) {
        if (o % 3 == 0) {
            return List.of(
                    succeeded("pi_a" + o, o, 2000),
                    succeeded("pi_b" + o, o, 2999),
                    failed("pi_b" + o, o, 2999),
                    refund("pi_a" + o, "re_a" + o, RefundStatus.SUCCEEDED, 2000),
                    chargeRefunded("pi_a" + o, 2000, 2000),
                    refundOfCharge("pi_b" + o, "re_b" + o, RefundStatus.PENDING, 500),
                    refund("pi_b" + o, "re_b" + o, RefundStatus.SUCCEEDED, 500));
        }
        return List.of(
                failed("pi" + o, o, 4999),
                succeeded("pi" + o, o, 4999),
                refund("pi" + o, "re_a" + o, RefundStatus.SUCCEEDED, 1500),
                chargeRefunded("pi" + o, 1500, 1500),
                refundOfCharge("pi" + o, "re_b" + o, RefundStatus.SUCCEEDED, 3499),
                chargeRefunded("pi" + o, 4999, 3499),
                refund("pi" + o, "re_c" + o, RefundStatus.FAILED, 100));
    }

    private static String state(long order) {
        return order % 3 == 0 ? "PARTIALLY_REFUNDED" : "REFUNDED";
    }

    private static Map<Long, Long> refunded(Shop shop) {
        return shop.sql(handle -> handle.createQuery(
                        "SELECT order_id, SUM(amount_minor) AS s FROM refunds WHERE status = 'succeeded' GROUP BY order_id")
                .reduceRows(new TreeMap<Long, Long>(), (map, row) -> {
                    map.put(row.getColumn("order_id", Long.class), row.getColumn("s", Long.class));
                    return map;
                }));
    }

    private static Map<Long, Long> expectedRefunds() {
        Map<Long, Long> expected = new TreeMap<>();
        for (long o = 1; o <= ORDERS; o++) {
            // The charge's total of 4999 holds a failed refund of 100 that is taken off it, but the objects say 4999.
            expected.put(o, o % 3 == 0 ? 2500L : 4999L);
        }
        return expected;
    }

    private static void shuffleInWindows(List<WebhookEvent> deliveries, int window, Random random) {
        for (int start = 0; start < deliveries.size(); start += window / 2) {
            Collections.shuffle(deliveries.subList(start, Math.min(start + window, deliveries.size())), random);
        }
    }

    /** Delivers all, each until the provider would stop; says how often each event was answered as processed now. */
    private static Map<String, Integer> fire(List<EventProcessor> nodes, List<WebhookEvent> deliveries)
            throws Exception {
        Map<String, Integer> successes = new ConcurrentHashMap<>();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<?>> running = new ArrayList<>();
            for (int t = 0; t < THREADS; t++) {
                int first = t;
                running.add(threads.submit(() -> {
                    start.await();
                    for (int i = first; i < deliveries.size(); i += THREADS) {
                        deliver(nodes.get(i % nodes.size()), deliveries.get(i), successes);
                    }
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> future : running) {
                future.get(5, TimeUnit.MINUTES);
            }
        } finally {
            threads.shutdownNow();
        }
        return successes;
    }

    private static void deliver(EventProcessor node, WebhookEvent event, Map<String, Integer> successes) {
        Outcome outcome;
        do {
            outcome = node.process(event, Deadline.in(Duration.ofSeconds(4)));
            assertThat(outcome)
                    .as("no deadlock and no time-out reaches a caller")
                    .isNotInstanceOf(Outcome.StorageUnavailable.class);
        } while (!Shop.isDone(outcome));
        if (outcome instanceof Outcome.Processed) {
            successes.merge(event.key().eventId(), 1, Integer::sum);
        }
    }

    /** Runs in every event's transaction: leaves a row a run, and refuses some runs after the built-in ones. */
    private static final class CountsRuns implements EventHandler {
        private static final int REFUSED_PERCENT = 5;

        private final Random random;

        CountsRuns(long seed) {
            random = new Random(seed);
        }

        @Override
        public String name() {
            return "counts_runs";
        }

        @Override
        public boolean handles(WebhookEvent event) {
            return true;
        }

        @Override
        public ObjectNode handle(EventContext context) throws RefusedException {
            context.handle()
                    .execute(
                            "INSERT INTO effects_seen (event_id) VALUES (?)",
                            context.event().key().eventId());
            if (random.nextInt(100) < REFUSED_PERCENT) {
                throw new RefusedException("at random");
            }
            return Json.object().put("seen", true);
        }
    }
}
