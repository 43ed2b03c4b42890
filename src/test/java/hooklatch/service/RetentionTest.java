package hooklatch.service;

import static hooklatch.testing.Facts.canceled;
import static hooklatch.testing.Facts.chargeRefunded;
import static hooklatch.testing.Facts.dispute;
import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.failed;
import static hooklatch.testing.Facts.refund;
import static hooklatch.testing.Facts.succeeded;
import static hooklatch.testing.Facts.usd;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import hooklatch.dao.RetentionDao;
import hooklatch.domain.Deadline;
import hooklatch.domain.Fact;
import hooklatch.domain.OrderRef;
import hooklatch.domain.Outcome;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.WebhookEvent;
import hooklatch.testing.SettableClock;
import hooklatch.testing.Shop;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** RETENTION_DAYS and PAYLOAD_RETENTION_DAYS. */
class RetentionTest {
    private final SettableClock clock = new SettableClock(Instant.parse("2026-01-01T00:00:00Z"));
    private Shop shop;
    private EventProcessor node;

    @BeforeEach
    void openShop() {
        shop = new Shop(4);
        node = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), new RetryPolicy(8, Duration.ofHours(4)), clock);
        for (int order = 1; order <= 500; order++) {
            shop.order(order, "49.99");
        }
    }

    @AfterEach
    void closeShop() {
        shop.close();
    }

    private Outcome process(WebhookEvent event) {
        return node.process(event, Deadline.in(Duration.ofSeconds(4)));
    }

    private Retention retention(@Nullable Duration events, @Nullable Duration payloads) {
        return new Retention(shop.database(), events, payloads, clock, (kind, rows) -> {});
    }

    private void runAll(Retention retention) {
        boolean more = true;
        while (more) {
            more = retention.runBatch();
        }
    }

    @Test
    void replaysAreForgottenButNoneOfAGroupThatRunsOrIsYoung() {
        shop.sql(handle -> {
            handle.execute(
                    "INSERT INTO replay_jobs (id, request_id, filter, events, reason, username, state, created_at,"
                            + " finished_at, lease_until) VALUES"
                            + " (1, 'a', '{}', 250, 'why', 'olga', 'done', '2025-11-01', '2025-11-01', '2025-11-01'),"
                            + " (2, 'b', '{}', 1, 'why', 'olga', 'running', '2025-11-01', NULL, '2025-11-01'),"
                            + " (3, 'c', '{}', 1, 'why', 'olga', 'canceled', '2025-11-01', '2026-02-01', '2025-11-01'),"
                            + " (4, 'd', '{}', 0, 'why', 'olga', 'canceled', '2025-11-01', '2025-11-01', '2025-11-01')");
            handle.execute("INSERT INTO webhook_replays (job_id, event_row, requested_at) SELECT 1, 1, '2025-11-01'"
                    + " FROM information_schema.COLUMNS LIMIT 250");
            return handle.execute("INSERT INTO webhook_replays (job_id, event_row, requested_at) VALUES"
                    + " (2, 1, '2025-11-01'), (3, 1, '2025-11-01'), (NULL, 1, '2025-11-01'), (NULL, 1, '2026-02-20')");
        });
        clock.advance(Duration.ofDays(50));

        runAll(retention(Duration.ofDays(45), null));

        assertThat(shop.<List<Long>>sql(handle -> handle.createQuery("SELECT id FROM replay_jobs ORDER BY id")
                        .mapTo(Long.class)
                        .list()))
                .containsExactly(2L, 3L);
        assertThat(shop.count("webhook_replays WHERE job_id IN (2, 3)")).isEqualTo(2);
        assertThat(shop.count("webhook_replays")).isEqualTo(3);
    }

    @Test
    void finishedEventsAreForgottenAndWhatIsNotFinishedStays() {
        process(event("refused", succeeded("pi_refused", 999, 4999)));
        for (int i = 1; i <= 450; i++) {
            process(event("old_" + i, succeeded("pi_" + i, i, 4999)));
        }
        clock.advance(Duration.ofDays(50));
        process(event("new", succeeded("pi_500", 500, 4999)));
        shop.sql(handle -> handle.execute("INSERT INTO webhook_deliveries"
                + " (provider, event_id, received_at, outcome, http_status, duration_us, node)"
                + " VALUES ('stripe', 'old_1', '2026-01-01', 'processed', 200, 1, 'n'),"
                + " ('stripe', 'new', '2026-02-20', 'processed', 200, 1, 'n')"));
        shop.sql(handle -> handle.execute("INSERT INTO webhook_attempts"
                + " (provider, event_id, started_at, origin, outcome, duration_us, node)"
                + " VALUES ('stripe', 'old_1', '2026-01-01', 'retry', 'processed', 1, 'n'),"
                + " ('stripe', 'new', '2026-02-20', 'retry', 'processed', 1, 'n')"));
        Retention retention = retention(Duration.ofDays(45), null);

        runAll(retention);

        assertThat(shop.count("webhook_events")).isEqualTo(2);
        assertThat(shop.count("webhook_events WHERE event_id IN ('refused', 'new')"))
                .isEqualTo(2);
        assertThat(shop.count("webhook_deliveries")).isEqualTo(1);
        assertThat(shop.count("webhook_attempts")).isEqualTo(1);
        assertThat(shop.count("payments")).as("facts stay").isEqualTo(451);

        Outcome again = process(event("old_1", succeeded("pi_1", 1, 4999)));
        assertThat(again).isInstanceOf(Outcome.Processed.class);
        assertThat(((Outcome.Processed) again).event().resultJson()).contains("\"changed\":false");
        assertThat(shop.count("payments")).isEqualTo(451);

        shop.order(999, "49.99");
        assertThat(process(event("refused", succeeded("pi_refused", 999, 4999))))
                .isInstanceOf(Outcome.Processed.class);
        runAll(retention);
        assertThat(shop.count("webhook_events WHERE event_id = 'refused'"))
                .as("old, but its effect is of today")
                .isEqualTo(1);
        clock.advance(Duration.ofDays(46));
        runAll(retention);
        assertThat(shop.count("webhook_events WHERE event_id = 'refused'")).isZero();
    }

    @Test
    void bodiesOfFinishedEventsAreForgottenBeforeTheirEvents() {
        process(event("refused", succeeded("pi_refused", 999, 4999)));
        process(event("old", succeeded("pi_1", 1, 4999)));
        clock.advance(Duration.ofDays(8));
        process(event("new", succeeded("pi_2", 2, 4999)));

        runAll(retention(null, Duration.ofDays(7)));

        assertThat(shop.count("webhook_events")).isEqualTo(3);
        assertThat(shop.count("webhook_events WHERE payload IS NULL")).isEqualTo(1);
        assertThat(shop.count("webhook_events WHERE event_id = 'old' AND payload IS NULL"))
                .isEqualTo(1);
        assertThat(process(event("old", succeeded("pi_1", 1, 4999)))).isInstanceOf(Outcome.Duplicate.class);
    }

    private long rowLockWaits() {
        return shop.sql(handle -> handle.createQuery("SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS"
                        + " WHERE VARIABLE_NAME = 'Innodb_row_lock_waits'")
                .mapTo(Long.class)
                .one());
    }

    private List<Long> eventRows() {
        return shop.sql(handle -> handle.createQuery("SELECT id FROM webhook_events ORDER BY id")
                .mapTo(Long.class)
                .list());
    }

    private long position(String walk) {
        return shop.sql(handle -> handle.createQuery("SELECT after_row FROM hooklatch_retention_walks WHERE walk = ?")
                .bind(0, walk)
                .mapTo(Long.class)
                .findOne()
                .orElse(0L));
    }

    @ParameterizedTest
    @EnumSource
    void noDeliveryWaitsForABatchThatIsHeldOpen(RetentionDao.EventWalk walk) {
        for (int i = 1; i <= 100; i++) {
            process(event("old_" + i, succeeded("pi_" + i, i, 4999)));
        }
        // Every second one is in the batch, so that each of the others has neighbours in it, in every index.
        List<Long> rows = eventRows();
        List<Long> batch = IntStream.range(0, rows.size())
                .filter(i -> i % 2 == 0)
                .mapToObj(rows::get)
                .toList();
        long before = rowLockWaits();

        shop.sql(handle -> {
            assertThat(new RetentionDao().forget(handle, walk, batch)).isEqualTo(batch);
            for (int i = 1; i <= 100; i++) {
                assertThat(process(event("fresh_" + i, succeeded("pi_fresh_" + i, 100 + i, 4999))))
                        .isInstanceOf(Outcome.Processed.class);
                if (i % 2 == 0) {
                    assertThat(process(event("old_" + i, succeeded("pi_" + i, i, 4999))))
                            .isInstanceOf(Outcome.Duplicate.class);
                }
                assertThat(process(event("again_" + i, succeeded("pi_" + i, i, 4999))))
                        .as("another event of the same payment and order")
                        .isInstanceOf(Outcome.Processed.class);
            }
            return 0;
        });

        assertThat(rowLockWaits()).as("rows that anybody waited for").isEqualTo(before);
    }

    @Test
    void anEventInTheMiddleOfItsPurgeIsBusyAndHasNoSecondEffect() {
        process(event("old", succeeded("pi_1", 1, 4999)));
        String facts = shop.facts(1);

        shop.sql(handle -> {
            new RetentionDao().forget(handle, RetentionDao.EventWalk.EVENTS, eventRows());
            assertThat(process(event("old", succeeded("pi_1", 1, 4999))))
                    .as("not committed: the first answer stands")
                    .isInstanceOf(Outcome.Duplicate.class);
            return 0;
        });

        assertThat(shop.count("webhook_events")).isZero();
        assertThat(process(event("old", succeeded("pi_1", 1, 4999)))).isInstanceOf(Outcome.Processed.class);
        assertThat(shop.facts(1)).isEqualTo(facts);
    }

    @ParameterizedTest
    @EnumSource
    void whatADeliveryHoldsIsPassedOverAndTakenLater(RetentionDao.EventWalk walk) {
        for (int i = 1; i <= 3; i++) {
            process(event("old_" + i, succeeded("pi_" + i, i, 4999)));
        }
        clock.advance(Duration.ofDays(50));
        boolean events = walk == RetentionDao.EventWalk.EVENTS;
        Duration age = Duration.ofDays(45);
        Retention retention = retention(events ? age : null, events ? null : age);
        String left = events ? "webhook_events" : "webhook_events WHERE payload IS NOT NULL";
        long before = rowLockWaits();

        shop.sql(handle -> {
            handle.createQuery("SELECT id FROM webhook_events WHERE event_id = 'old_2' FOR UPDATE")
                    .mapTo(Long.class)
                    .one();
            runAll(retention);
            return 0;
        });

        assertThat(rowLockWaits()).isEqualTo(before);
        assertThat(shop.count(left)).isEqualTo(1);
        runAll(retention);
        assertThat(shop.count(left)).isZero();
        runAll(retention);
        assertThat(shop.count("hooklatch_retention_left")).isZero();
    }

    @Test
    void anotherNodeGoesOnWhereOneEndedAndLooksAgainAtWhatWasLeft() {
        process(event("refused", succeeded("pi_refused", 999, 4999)));
        for (int i = 1; i <= 450; i++) {
            process(event("old_" + i, succeeded("pi_" + i, i, 4999)));
        }
        clock.advance(Duration.ofDays(8));
        Retention first = retention(null, Duration.ofDays(7));
        assertThat(first.runBatch()).isTrue();
        List<Long> rows = eventRows();
        assertThat(position("payloads")).as("one batch far").isEqualTo(rows.get(49));

        runAll(retention(null, Duration.ofDays(7)));

        assertThat(shop.count("webhook_events WHERE payload IS NOT NULL")).isEqualTo(1);
        assertThat(position("payloads")).isEqualTo(rows.get(450));
        assertThat(shop.count("hooklatch_retention_left")).isEqualTo(1);
        shop.order(999, "49.99");
        process(event("refused", succeeded("pi_refused", 999, 4999)));
        clock.advance(Duration.ofDays(8));
        runAll(retention(null, Duration.ofDays(7)));
        assertThat(shop.count("webhook_events WHERE payload IS NOT NULL")).isZero();
    }

    @Test
    void aTableThatBeganAnewIsWalkedAnew() {
        process(event("old", succeeded("pi_1", 1, 4999)));
        shop.sql(handle -> handle.execute("INSERT INTO hooklatch_retention_walks VALUES ('events', 1000000)"));
        clock.advance(Duration.ofDays(50));

        runAll(retention(Duration.ofDays(45), null));

        assertThat(shop.count("webhook_events")).isZero();
    }

    @Test
    void theRunnerForgetsEverythingGivesItsTurnBackAndStopsAtOnce() {
        for (int i = 1; i <= 450; i++) {
            process(event("old_" + i, succeeded("pi_" + i, i, 4999)));
        }
        clock.advance(Duration.ofDays(50));
        RetentionRunner runner =
                new RetentionRunner(retention(Duration.ofDays(45), null), shop.database(), () -> true, "node-1");

        await().until(() -> shop.count("webhook_events") == 0);
        await("a turn that was held and given back")
                .until(() -> shop.count("hooklatch_retention_turn WHERE holder LIKE 'node-1 %' AND held_until < NOW(6)")
                        == 1);
        long begun = System.nanoTime();
        runner.close();
        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .as("in the middle of a minute of rest")
                .isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void whileAnotherNodeHasTheTurnNothingIsForgotten() throws Exception {
        process(event("old", succeeded("pi_1", 1, 4999)));
        clock.advance(Duration.ofDays(50));
        shop.sql(handle -> handle.execute(
                "UPDATE hooklatch_retention_turn SET holder = 'other', held_until = NOW(6) + INTERVAL 1 HOUR"));
        CountDownLatch looked = new CountDownLatch(1);
        RetentionRunner runner = new RetentionRunner(
                retention(Duration.ofDays(45), null),
                shop.database(),
                () -> {
                    looked.countDown();
                    return true;
                },
                "node-1");

        assertThat(looked.await(10, TimeUnit.SECONDS)).isTrue();
        runner.close();

        assertThat(shop.count("webhook_events")).isEqualTo(1);
        assertThat(shop.count("hooklatch_retention_turn WHERE holder = 'other'"))
                .isEqualTo(1);
    }

    @Test
    void aBatchThatTakesLongIsFollowedByALongRest() {
        assertThat(RetentionRunner.restAfter(Duration.ofMillis(10))).isEqualTo(Duration.ofMillis(90));
        assertThat(RetentionRunner.restAfter(Duration.ofSeconds(4))).isEqualTo(Duration.ofSeconds(10));
    }

    /** Of each kind of fact an event that had its effect, after those that it needs. */
    static Map<String, List<Fact>> stories() {
        Fact paid = succeeded("pi", 1, 4999);
        Map<String, List<Fact>> stories = new LinkedHashMap<>();
        stories.put("payment", List.of(paid));
        stories.put("decline", List.of(failed("pi", 1, 4999)));
        stories.put("decline, then payment", List.of(failed("pi", 1, 4999), paid));
        stories.put("cancellation", List.of(canceled("pi", 1, 4999)));
        stories.put(
                "checkout, then payment",
                List.of(
                        new Fact.CheckoutCompleted("pi", OrderRef.of("1"), null),
                        new Fact.PaymentSucceeded("pi", OrderRef.NONE, usd(4999), List.of("ch_pi"))));
        stories.put("refund", List.of(paid, refund("pi", "re", RefundStatus.SUCCEEDED, 1000)));
        stories.put(
                "refund that failed",
                List.of(
                        paid,
                        refund("pi", "re", RefundStatus.PENDING, 1000),
                        refund("pi", "re", RefundStatus.SUCCEEDED, 1000),
                        refund("pi", "re", RefundStatus.FAILED, 1000)));
        stories.put("refund before its payment", List.of(refund("pi", "re", RefundStatus.SUCCEEDED, 1000), paid));
        stories.put(
                "totals of a charge", List.of(paid, chargeRefunded("pi", 1000, 1000), chargeRefunded("pi", 1500, 500)));
        stories.put(
                "refunds and totals",
                List.of(
                        paid,
                        refund("pi", "re", RefundStatus.SUCCEEDED, 1000),
                        chargeRefunded("pi", 1000, 1000),
                        chargeRefunded("pi", 4999, 3999)));
        stories.put(
                "dispute",
                List.of(
                        paid,
                        dispute("pi", "dp", false, "needs_response", 4999),
                        dispute("pi", "dp", true, "lost", 4999)));
        return stories;
    }

    @Test
    void everyKindOfFactIsAmongTheStories() {
        Set<Class<?>> withoutEffect = Set.of(Fact.Unknown.class, Fact.Ignored.class, Fact.Unusable.class);
        assertThat(stories().values().stream().flatMap(List::stream).map(Object::getClass))
                .containsAll(Arrays.stream(Fact.class.getPermittedSubclasses())
                        .filter(kind -> !withoutEffect.contains(kind))
                        .toList());
    }

    static Set<String> storyNames() {
        return stories().keySet();
    }

    @ParameterizedTest
    @MethodSource("storyNames")
    void aPurgedEventThatIsSentAgainHasNoSecondEffect(String name) {
        List<Fact> story = Objects.requireNonNull(stories().get(name));
        for (int i = 0; i < story.size(); i++) {
            assertThat(process(event("evt_" + i, story.get(i)))).isInstanceOf(Outcome.Processed.class);
        }
        String facts = shop.facts(1);
        String versions = changedVersions();
        clock.advance(Duration.ofDays(50));
        runAll(retention(Duration.ofDays(45), Duration.ofDays(7)));
        assertThat(shop.count("webhook_events")).isZero();

        // In their order, against it, and under ids that were never there: the row is gone, nothing is cached, no lock
        // is held.
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < story.size(); i++) {
            order.add(i);
            order.add(story.size() - 1 - i);
        }
        for (int turn = 0; turn < order.size(); turn++) {
            int i = order.get(turn);
            for (String id : List.of("evt_" + i, "evt_other_" + turn)) {
                Outcome again = process(event(id, story.get(i)));
                if (again instanceof Outcome.Processed processed) {
                    assertThat(processed.event().resultJson()).as(id).contains("\"changed\":false");
                } else {
                    assertThat(again).as("sent more than once since").isInstanceOf(Outcome.Duplicate.class);
                }
                assertThat(shop.facts(1)).as(id).isEqualTo(facts);
                assertThat(changedVersions()).as(id).isEqualTo(versions);
            }
        }
    }

    /** How many facts there are, and how many of their versions brought something new. */
    private String changedVersions() {
        StringBuilder text = new StringBuilder();
        for (String table : List.of("payments", "refunds", "disputes")) {
            text.append(table)
                    .append(' ')
                    .append(shop.<String>sql(handle -> handle.createQuery(
                                    "SELECT CONCAT(COUNT(*), ' ', COALESCE(SUM(changed_version), 0)) FROM " + table)
                            .mapTo(String.class)
                            .one()));
        }
        return text.toString();
    }
}
