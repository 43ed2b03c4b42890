package hooklatch.service;

import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.Deadline;
import hooklatch.domain.Json;
import hooklatch.domain.Outcome;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventContext;
import hooklatch.handler.EventHandler;
import hooklatch.lock.LockDirectory;
import hooklatch.testing.LockNode;
import hooklatch.testing.Shop;
import hooklatch.testing.TestServers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A lock that a person takes away from its holder while the holder is in the middle of its work. */
class LockReleaseTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final WebhookEvent event = event("evt_1", succeeded("pi_1", 42, 4999));
    private final StopsHalfWay stopping = new StopsHalfWay();
    private Shop shop;
    private LockNode a;
    private LockNode b;
    private EventProcessor nodeA;
    private EventProcessor nodeB;
    private LockQuery locksOfB;

    @BeforeEach
    void openShop() {
        shop = new Shop(8);
        shop.order(42, "49.99");
        shop.sql(handle -> handle.execute("CREATE TABLE effects_seen (event_id VARCHAR(255))"));
        String redis = TestServers.get().newRedisUrl();
        a = new LockNode(shop.redis(redis), "node-a");
        b = new LockNode(shop.redis(redis), "node-b");
        nodeA = shop.node(a.locks(), Shop.forgettingCache(), stopping);
        nodeB = shop.node(b.locks(), Shop.forgettingCache(), new CountsEffects());
        locksOfB = new LockQuery(b.directory(), shop.database());
    }

    @AfterEach
    void closeShop() {
        stopping.goOn.countDown();
        a.close();
        b.close();
        shop.close();
    }

    private CompletableFuture<Outcome> deliverToA() {
        return CompletableFuture.supplyAsync(() -> nodeA.process(event, Deadline.in(PATIENCE)));
    }

    private Outcome deliverToB() {
        return nodeB.process(event, Deadline.in(PATIENCE));
    }

    private LockQuery.Entry seenByB() {
        await().until(() -> locksOfB.find(event.key()).entry().isPresent());
        return locksOfB.find(event.key()).entry().orElseThrow();
    }

    @Test
    void theHolderItWasTakenFromIsStillGuardedByTheUniqueKey() throws Exception {
        CompletableFuture<Outcome> first = deliverToA();
        assertThat(stopping.halfWay.await(10, TimeUnit.SECONDS)).isTrue();
        LockQuery.Entry held = seenByB();
        assertThat(held.type()).isEqualTo("PaymentSucceeded");
        assertThat(held.orderId()).isEqualTo(42);
        assertThat(deliverToB()).as("while it is held").isInstanceOf(Outcome.Busy.class);

        assertThat(b.directory().release(event.key(), held.lock().holder())).isEqualTo(LockDirectory.Release.RELEASED);

        assertThat(deliverToB()).as("the lock is free, the row is not").isInstanceOf(Outcome.Busy.class);
        stopping.goOn.countDown();
        assertThat(first.get(10, TimeUnit.SECONDS)).isInstanceOf(Outcome.Processed.class);
        assertThat(deliverToB()).isInstanceOf(Outcome.Duplicate.class);
        assertOneEffect();
    }

    @Test
    void aHolderWhoseTransactionIsGoneCannotHaveItsEffectAfterAnotherHadIt() throws Exception {
        CompletableFuture<Outcome> first = deliverToA();
        assertThat(stopping.halfWay.await(10, TimeUnit.SECONDS)).isTrue();
        LockQuery.Entry held = seenByB();
        assertThat(b.directory().release(event.key(), held.lock().holder())).isEqualTo(LockDirectory.Release.RELEASED);
        // As when the server gives up a client that has stopped: the row is free too.
        shop.sql(handle -> handle.execute("KILL CONNECTION " + stopping.connection));

        await().until(() -> Shop.isDone(deliverToB()));
        stopping.goOn.countDown();

        assertThat(first.get(10, TimeUnit.SECONDS)).isInstanceOf(Outcome.StorageUnavailable.class);
        assertThat(deliverToB()).isInstanceOf(Outcome.Duplicate.class);
        assertOneEffect();
    }

    private void assertOneEffect() {
        assertThat(shop.count("effects_seen")).isEqualTo(1);
        assertThat(shop.count("payments")).isEqualTo(1);
        assertThat(shop.count("webhook_events WHERE status = 'processed' AND attempts = 1"))
                .isEqualTo(1);
        assertThat(shop.orderState(42)).isEqualTo("PAID");
    }

    /** Writes down each effect; what is rolled back is not there. */
    private static class CountsEffects implements EventHandler {
        @Override
        public String name() {
            return "counts_effects";
        }

        @Override
        public boolean handles(WebhookEvent event) {
            return true;
        }

        @Override
        public ObjectNode handle(EventContext context) throws Exception {
            context.handle()
                    .execute(
                            "INSERT INTO effects_seen (event_id) VALUES (?)",
                            context.event().key().eventId());
            return Json.object();
        }
    }

    /** The same, and then it stops, with everything written and nothing committed. */
    private static final class StopsHalfWay extends CountsEffects {
        private final CountDownLatch halfWay = new CountDownLatch(1);
        private final CountDownLatch goOn = new CountDownLatch(1);
        private volatile long connection;

        @Override
        public ObjectNode handle(EventContext context) throws Exception {
            ObjectNode result = super.handle(context);
            connection = context.handle()
                    .createQuery("SELECT CONNECTION_ID()")
                    .mapTo(Long.class)
                    .one();
            halfWay.countDown();
            assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
            return result;
        }
    }
}
