package hooklatch.service.replay;

import hooklatch.cache.ResultCache;
import hooklatch.dao.WebhookEventDao;
import hooklatch.domain.Actor;
import hooklatch.domain.Attempt;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import hooklatch.domain.Outcome;
import hooklatch.domain.Role;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.DisputeHandler;
import hooklatch.handler.EventHandler;
import hooklatch.handler.EventHandlers;
import hooklatch.handler.PaymentHandler;
import hooklatch.handler.RefundHandler;
import hooklatch.lock.EventLocks;
import hooklatch.service.Audit;
import hooklatch.service.EventProcessor;
import hooklatch.service.Originals;
import hooklatch.service.Rehearsal;
import hooklatch.service.RetryPolicy;
import hooklatch.testing.Facts;
import hooklatch.testing.Shop;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A shop on which events are delivered, and nodes that can replay them. Bodies are read again as what was delivered. */
final class Bench implements AutoCloseable {
    static final Actor OLGA = new Actor("olga", Role.OPERATOR, "192.0.2.7");

    final Shop shop;
    /** What the log of deliveries was told. */
    final List<Attempt> attempts = new CopyOnWriteArrayList<>();

    private final Map<EventKey, WebhookEvent> delivered = new ConcurrentHashMap<>();
    private final Set<EventKey> misread = ConcurrentHashMap.newKeySet();
    private final WebhookEventDao events = new WebhookEventDao();

    Bench(int poolSize) {
        shop = new Shop(poolSize);
    }

    /** A node: what delivers, and what replays. */
    record Node(EventProcessor processor, Replay replay, Bench bench) {
        Outcome deliver(WebhookEvent event) {
            bench.delivered.put(event.key(), event);
            return processor.process(event, Deadline.in(Duration.ofSeconds(4)));
        }
    }

    Node node(EventHandler... more) {
        return node(Shop.grantingLocks(), Shop.forgettingCache(), Clock.systemUTC(), more);
    }

    Node node(EventLocks locks, ResultCache cache, Clock clock, EventHandler... more) {
        RetryPolicy retries = new RetryPolicy(2, Duration.ofHours(4));
        List<EventHandler> handlers =
                new ArrayList<>(List.of(new PaymentHandler(), new RefundHandler(), new DisputeHandler()));
        handlers.addAll(List.of(more));
        Originals originals = (key, body) -> {
            if (misread.contains(key)) {
                throw new IllegalStateException("a defect of a provider's class");
            }
            return Optional.ofNullable(delivered.get(key));
        };
        EventProcessor processor = shop.node(locks, cache, retries, clock, more);
        Rehearsal rehearsal = new Rehearsal(shop.database(), originals, new EventHandlers(handlers), retries, clock);
        return new Node(
                processor,
                new Replay(
                        shop.database(),
                        processor,
                        rehearsal,
                        locks,
                        originals,
                        attempts::add,
                        new Audit("node-1", clock),
                        clock,
                        "node-1"),
                this);
    }

    /** From now on the event's body cannot be read. */
    void forgetHowToRead(EventKey key) {
        delivered.remove(key);
    }

    /** From now on reading the event's body ends in an exception. */
    void misread(EventKey key) {
        misread.add(key);
    }

    EventRecord stored(String id) {
        return shop.sql(handle -> events.find(handle, key(id))).orElseThrow();
    }

    static EventKey key(String id) {
        return new EventKey(Facts.PROVIDER, id);
    }

    @Override
    public void close() {
        shop.close();
    }
}
