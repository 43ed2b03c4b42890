package hooklatch.service;

import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.Attempt;
import hooklatch.domain.Deadline;
import hooklatch.domain.ErrorCause;
import hooklatch.domain.EventKey;
import hooklatch.domain.Json;
import hooklatch.domain.Outcome;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventContext;
import hooklatch.handler.EventHandler;
import hooklatch.handler.RefusedException;
import hooklatch.testing.Shop;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Refused events come back by themselves: once each on any number of nodes, and none keeps another waiting. */
class RetrierTest {
    private static final int EVENTS = 20;

    private final Shop shop = new Shop(12);
    private final Map<EventKey, WebhookEvent> originals = new ConcurrentHashMap<>();
    private final Map<String, Integer> runs = new ConcurrentHashMap<>();
    private final CountDownLatch poisonMayEnd = new CountDownLatch(1);
    private final List<Retrier> retriers = new ArrayList<>();
    private final Queue<Attempt> attempts = new ConcurrentLinkedQueue<>();

    private final EventHandler counting = new EventHandler() {
        @Override
        public String name() {
            return "counting";
        }

        @Override
        public boolean handles(WebhookEvent event) {
            return true;
        }

        @Override
        public ObjectNode handle(EventContext context) throws InterruptedException, RefusedException {
            String id = context.event().key().eventId();
            runs.merge(id, 1, Integer::sum);
            if (id.startsWith("slow")) {
                new CountDownLatch(1).await(600, TimeUnit.MILLISECONDS);
                throw new RefusedException("the other service did not answer");
            }
            if (id.startsWith("deaf")) {
                awaitWhateverInterrupts();
            }
            if (id.startsWith("poison")) {
                poisonMayEnd.await(3, TimeUnit.SECONDS);
            }
            return Json.object();
        }
    };

    private void awaitWhateverInterrupts() {
        while (poisonMayEnd.getCount() > 0) {
            Thread.onSpinWait();
        }
    }

    @BeforeEach
    void refuseEvents() {
        for (int i = 1; i <= EVENTS; i++) {
            refuse("evt_" + i, i);
        }
    }

    @AfterEach
    void close() {
        poisonMayEnd.countDown();
        retriers.forEach(Retrier::close);
        shop.close();
    }

    private void refuse(String id, long order) {
        WebhookEvent event = event(id, succeeded("pi_" + id, order, 4999));
        originals.put(event.key(), event);
        Outcome outcome = node().process(event, Deadline.in(Duration.ofSeconds(4)));
        assertThat(outcome).isInstanceOf(Outcome.Failed.class);
    }

    /** Then the orders of all come. */
    private void refuseMore(String ids, int count) {
        for (int i = 1; i <= count; i++) {
            refuse(ids + i, EVENTS + i);
        }
        ordersCome(EVENTS + count);
    }

    private EventProcessor node() {
        return shop.node(Shop.grantingLocks(), Shop.forgettingCache(), counting);
    }

    private Retrier retrier() {
        return retrier(32);
    }

    private Retrier retrier(int poolSize) {
        Retrier retrier = new Retrier(
                shop.database(),
                node(),
                (key, body) -> Optional.ofNullable(originals.get(key)),
                attempts::add,
                Clock.systemUTC(),
                poolSize);
        retriers.add(retrier);
        return retrier;
    }

    private void ordersCome(long most) {
        for (long order = 1; order <= most; order++) {
            shop.order(order, "49.99");
        }
        shop.sql(handle -> handle.execute("UPDATE webhook_events SET next_attempt_at = '2026-01-01'"));
    }

    @Test
    void onSeveralNodesEachDueEventIsTriedOnce() throws Exception {
        ordersCome(EVENTS);
        List<Thread> nodes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Thread node = new Thread(retrier()::runDue, "node " + i);
            nodes.add(node);
        }
        nodes.forEach(Thread::start);
        for (Thread node : nodes) {
            node.join();
        }

        await().untilAsserted(() -> assertThat(shop.count("webhook_events WHERE status = 'processed'"))
                .isEqualTo(EVENTS));
        assertThat(runs)
                .hasSize(EVENTS)
                .allSatisfy((id, times) -> assertThat(times).as(id).isEqualTo(1));
        assertThat(shop.count("webhook_events WHERE attempts <> 2")).isZero();
        assertThat(shop.count("payments")).isEqualTo(EVENTS);
    }

    @Test
    void anEventThatTakesAsLongAsItMayDoesNotDelayTheOthers() {
        refuse("poison", EVENTS + 1);
        ordersCome(EVENTS + 1);
        shop.sql(handle ->
                handle.execute("UPDATE webhook_events SET next_attempt_at = '2025-01-01' WHERE event_id = 'poison'"));

        retrier().runDue();

        await().atMost(Duration.ofSeconds(2))
                .untilAsserted(() -> assertThat(shop.count("webhook_events WHERE status = 'processed'"))
                        .isEqualTo(EVENTS));
        assertThat(poisonMayEnd.getCount()).isEqualTo(1);
        assertThat(runs).containsKey("poison");
    }

    /** More of them than are tried at a time, and all waiting longer than the others. */
    @Test
    void eventsThatDidNotEndInTimeWaitForEachOtherOnly() {
        int late = 8;
        refuseMore("poison_", late);
        shop.sql(handle -> handle.createUpdate(
                        "UPDATE webhook_events SET next_attempt_at = '2025-01-01', error_cause = :late"
                                + " WHERE event_id LIKE 'poison%'")
                .bind("late", ErrorCause.LATE)
                .execute());

        retrier().runDue();

        await().atMost(Duration.ofSeconds(2))
                .untilAsserted(() -> assertThat(shop.count("webhook_events WHERE status = 'processed'"))
                        .isEqualTo(EVENTS));
        await().untilAsserted(() -> assertThat(runs).hasSize(EVENTS + 1));
        poisonMayEnd.countDown();
        await().untilAsserted(() -> assertThat(shop.count("webhook_events WHERE status = 'processed'"))
                .isEqualTo(EVENTS + late));
        assertThat(shop.count("webhook_events WHERE attempts <> 2")).isZero();
    }

    /** As a handler whose own call times out before it is interrupted. */
    @Test
    void eventsThatWereRefusedSlowlyWaitForEachOtherOnly() {
        int slow = 8;
        refuseMore("slow_", slow);
        shop.sql(handle -> handle.execute(
                "UPDATE webhook_events SET next_attempt_at = IF(event_id LIKE 'slow%', '2025-01-01', '2100-01-01')"));
        Retrier retrier = retrier();
        retrier.runDue();
        await().untilAsserted(
                        () -> assertThat(shop.count("webhook_events WHERE event_id LIKE 'slow%' AND attempts = 2"))
                                .isEqualTo(slow));

        shop.sql(handle -> handle.execute(
                "UPDATE webhook_events SET next_attempt_at = IF(event_id LIKE 'slow%', '2025-01-01', '2026-01-01')"));
        retrier.runDue();

        await().untilAsserted(() -> assertThat(shop.count("webhook_events WHERE status = 'processed'"))
                .isEqualTo(EVENTS));
        assertThat(runs.entrySet().stream()
                        .filter(run -> run.getKey().startsWith("slow"))
                        .mapToInt(Map.Entry::getValue)
                        .sum())
                .as("runs of slow ones, of which one is in work at a time")
                .isLessThanOrEqualTo(slow + 2);
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aHandlerThatDoesNotEndIsLeftItsThreadAndTheOthersGoOn() {
        refuse("deaf", EVENTS + 1);
        ordersCome(EVENTS + 1);
        shop.sql(handle ->
                handle.execute("UPDATE webhook_events SET next_attempt_at = '2025-01-01' WHERE event_id = 'deaf'"));

        retrier(4).runDue();

        await().untilAsserted(() -> assertThat(shop.count("webhook_events WHERE status = 'processed'"))
                .isEqualTo(EVENTS));
        assertThat(poisonMayEnd.getCount())
                .as("the one thread's handler has not ended")
                .isOne();
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void noMoreDoesItKeepOthersThatWereLateFromTheirTurn() {
        refuse("deaf", EVENTS + 1);
        ordersCome(EVENTS + 1);
        shop.sql(handle -> handle.createUpdate("UPDATE webhook_events SET error_cause = :late,"
                        + " next_attempt_at = IF(event_id = 'deaf', '2025-01-01', next_attempt_at)"
                        + " WHERE event_id IN ('deaf', 'evt_1', 'evt_2')")
                .bind("late", ErrorCause.LATE)
                .execute());
        Retrier retrier = retrier(32);

        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            retrier.runDue();
            assertThat(shop.count("webhook_events WHERE status = 'processed'")).isEqualTo(EVENTS);
        });
        assertThat(poisonMayEnd.getCount()).isOne();
    }

    @Test
    void anEventThatIsNotDueIsLeftAlone() {
        ordersCome(EVENTS);
        shop.sql(handle -> handle.execute("UPDATE webhook_events SET next_attempt_at = '2100-01-01'"));

        retrier().runDue();

        assertThat(runs).isEmpty();
    }

    @Test
    void allThatIsDueIsTriedInOneRunHoweverMuchItIs() {
        int more = 60;
        refuseMore("more_", more);

        retrier().runDue();

        await().untilAsserted(() -> assertThat(shop.count("webhook_events WHERE status = 'processed'"))
                .isEqualTo(EVENTS + more));
    }

    /** As when its disk is full: what is due can be read, and not even be put off. */
    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void onAMySqlThatCanBeReadOnlyARunEnds() {
        int more = 60;
        refuseMore("more_", more);
        shop.sql(handle -> handle.execute("CREATE TRIGGER of_a_full_disk BEFORE UPDATE ON webhook_events FOR EACH ROW"
                + " SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1021, MESSAGE_TEXT = 'Disk full'"));
        Retrier retrier = retrier();

        retrier.runDue();

        shop.sql(handle -> handle.execute("DROP TRIGGER of_a_full_disk"));
        retrier.runDue();
        await().untilAsserted(() -> assertThat(shop.count("webhook_events WHERE status = 'processed'"))
                .isEqualTo(EVENTS + more));
    }

    @Test
    void anEventWhoseBodyCannotBeReadIsPutOffByAnHour() {
        originals.clear();
        ordersCome(EVENTS);

        retrier().runDue();

        await().untilAsserted(() -> assertThat(
                        shop.count("webhook_events WHERE next_attempt_at > UTC_TIMESTAMP() + INTERVAL 55 MINUTE"))
                .isEqualTo(EVENTS));
        assertThat(runs).isEmpty();
    }
}
