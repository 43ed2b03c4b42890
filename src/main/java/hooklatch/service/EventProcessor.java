package hooklatch.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.cache.ResultCache;
import hooklatch.dao.Database;
import hooklatch.dao.StorageException;
import hooklatch.dao.WebhookBodyDao;
import hooklatch.dao.WebhookEventDao;
import hooklatch.domain.Claim;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import hooklatch.domain.EventStatus;
import hooklatch.domain.Fact;
import hooklatch.domain.Json;
import hooklatch.domain.Outcome;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventHandlers;
import hooklatch.handler.RefusedException;
import hooklatch.lock.EventLocks;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the promise for one delivery: its event has its effect exactly once, and the delivery is answered as done only
 * when that effect is committed. MySQL decides; the cache, the join and the lock in front of it save work, and each may
 * fail without changing an answer to a wrong one. Thread-safe.
 */
public final class EventProcessor {
    private static final Logger log = LoggerFactory.getLogger(EventProcessor.class);

    private final ResultCache cache;
    private final InFlight inFlight = new InFlight();
    private final EventLocks locks;
    private final Database database;
    private final Originals originals;
    private final EventHandlers handlers;
    private final RetryPolicy retries;
    private final Duration lockWait;
    private final Clock clock;
    private final ProcessingMeters meters;
    private final WebhookEventDao events = new WebhookEventDao();
    private final WebhookBodyDao bodies = new WebhookBodyDao();

    /** Reads a stored body again, the way its provider read it first. */
    @FunctionalInterface
    public interface Originals {
        /** Empty when the body can no longer be read. */
        Optional<WebhookEvent> read(EventKey key, byte[] body);
    }

    /**
     * @param lockWait longest wait for another request's work on the same event
     */
    public EventProcessor(
            ResultCache cache,
            EventLocks locks,
            Database database,
            Originals originals,
            EventHandlers handlers,
            RetryPolicy retries,
            Duration lockWait,
            Clock clock,
            ProcessingMeters meters) {
        this.cache = cache;
        this.locks = locks;
        this.database = database;
        this.originals = originals;
        this.handlers = handlers;
        this.retries = retries;
        this.lockWait = lockWait;
        this.clock = clock;
        this.meters = meters;
    }

    /**
     * Processes a verified event.
     *
     * @throws RuntimeException only for a defect; nothing was answered as done then
     */
    public Outcome process(WebhookEvent event, Deadline deadline) {
        Optional<EventRecord> known = cache.get(event.key());
        meters.cacheAsked(known.isPresent());
        try {
            Outcome outcome = known.<Outcome>map(Outcome.Duplicate::new)
                    .or(() -> inFlight.join(event.key(), deadline.atMost(lockWait), () -> underLock(event, deadline)))
                    .orElseGet(() -> committedOrBusy(event.key(), deadline));
            if (outcome instanceof Outcome.Duplicate duplicate) {
                flagOtherBody(duplicate.event(), event, deadline);
            }
            return outcome;
        } catch (StorageException e) {
            log.warn("storage unavailable for {}: {}", event.key(), e.getMessage());
            return new Outcome.StorageUnavailable();
        }
    }

    /** The first body of an id stands; that another came is noted for people, and changes no answer. */
    private void flagOtherBody(EventRecord known, WebhookEvent event, Deadline deadline) {
        if (!known.key().equals(event.key()) || !known.isOfAnotherBody(event.payload())) {
            return;
        }
        try {
            database.inTransaction(deadline, handle -> {
                flagOtherBody(handle, events.claim(handle, event, now()), now());
                return known;
            });
        } catch (StorageException e) {
            log.warn("another body came under the id of {}, which could not be noted: {}", event.key(), e.getMessage());
        }
    }

    private Outcome underLock(WebhookEvent event, Deadline deadline) {
        long asked = System.nanoTime();
        EventLocks.Attempt attempt = locks.acquire(event.key(), deadline.atMost(lockWait));
        meters.lockAsked(attempt, Duration.ofNanos(System.nanoTime() - asked));
        if (attempt instanceof EventLocks.Attempt.Busy) {
            return committedOrBusy(event.key(), deadline);
        }
        try {
            return once(event, deadline);
        } finally {
            if (attempt instanceof EventLocks.Attempt.Held held) {
                held.release().run();
            }
        }
    }

    /** Another request works on the event: only what it has committed counts, its attempt may still fail. */
    private Outcome committedOrBusy(EventKey key, Deadline deadline) {
        return database.inTransaction(deadline, handle -> events.find(handle, key))
                .filter(event -> event.status().isFinal())
                .<Outcome>map(Outcome.Duplicate::new)
                .orElseGet(Outcome.Busy::new);
    }

    /** Runs the transaction, then what follows from how it ended. */
    private Outcome once(WebhookEvent event, Deadline deadline) {
        List<Runnable> afterCommit = new ArrayList<>();
        Effect effect;
        try {
            effect = database.inTransaction(deadline, handle -> {
                afterCommit.clear();
                return effect(handle, event, afterCommit);
            });
        } catch (Refusal refusal) {
            effect = recorded(refusal, event, deadline);
        } catch (StorageException e) {
            if (e.kind() == StorageException.Kind.LOCK_WAIT_TIMEOUT) {
                return committedOrBusy(event.key(), deadline);
            }
            throw e;
        }
        if (effect.sameAs() != null) {
            return process(event.as(effect.sameAs()), deadline);
        }
        if (effect.outcome() instanceof Outcome.Processed processed) {
            cache.put(processed.event());
            afterCommit.forEach(EventProcessor::runAfterCommit);
        } else if (effect.outcome() instanceof Outcome.Duplicate duplicate) {
            cache.put(duplicate.event());
        }
        return effect.outcome();
    }

    /**
     * How a transaction ended.
     *
     * @param sameAs the event that this one turned out to be, when its body came before under another id
     */
    private record Effect(Outcome outcome, @Nullable EventKey sameAs) {
        static Effect of(Outcome outcome) {
            return new Effect(outcome, null);
        }

        static Effect sameAs(EventKey first) {
            return new Effect(new Outcome.Busy(), first);
        }
    }

    /** A handler's no: carries what to record out of the transaction that it rolls back. */
    private static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient WebhookEvent event;

        Refusal(WebhookEvent event, String message) {
            super(message);
            this.event = event;
        }

        String reason() {
            return String.valueOf(getMessage());
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    /** Claim, effect and result: the one transaction. */
    private Effect effect(Handle handle, WebhookEvent delivered, List<Runnable> afterCommit) throws Refusal {
        Instant now = now();
        Claim claim = events.claim(handle, delivered, now);
        boolean otherBody = claim.event().isOfAnotherBody(delivered.payload());
        if (claim.isDuplicate()) {
            return Effect.of(new Outcome.Duplicate(claim.event()));
        }
        WebhookEvent event = delivered;
        if (claim.fresh()) {
            Optional<EventKey> first = bodyBefore(handle, delivered);
            if (first.isPresent()) {
                undo(handle);
                return Effect.sameAs(first.get());
            }
        } else if (otherBody) {
            flagOtherBody(handle, claim, now);
            event = original(handle, delivered, claim);
        }
        ObjectNode result = run(handle, event, afterCommit);
        boolean skipped = "skipped".equals(result.path("status").textValue());
        EventRecord done = new EventRecord(
                event.key(),
                claim.event().type(),
                skipped ? EventStatus.SKIPPED : EventStatus.PROCESSED,
                Json.canonical(result),
                null,
                claim.event().attempts() + 1,
                claim.event().receivedAt(),
                now(),
                claim.event().payloadSha256());
        events.complete(
                handle,
                claim.rowId(),
                done,
                longOrNull(result.path("order_id")),
                result.path("payment_id").textValue());
        return Effect.of(new Outcome.Processed(done));
    }

    private ObjectNode run(Handle handle, WebhookEvent event, List<Runnable> afterCommit) throws Refusal {
        if (event.fact() instanceof Fact.Ignored ignored) {
            return EventHandlers.skipped(ignored.message());
        }
        try {
            return handlers.handle(handle, event, afterCommit)
                    .orElseGet(() -> EventHandlers.skipped("Unhandled event type: " + event.type()));
        } catch (RefusedException e) {
            throw new Refusal(event, String.valueOf(e.getMessage()));
        } catch (Exception e) {
            Optional<StorageException> storage = Database.storageFailure(e, false);
            if (storage.isPresent()) {
                throw storage.get();
            }
            log.error("a handler failed on {}; the event is kept as failed and tried again", event.key(), e);
            throw new Refusal(event, "Handler failed: " + e.getClass().getSimpleName());
        }
    }

    /** The first body of an event stands, whatever body comes under its id later. */
    private WebhookEvent original(Handle handle, WebhookEvent delivered, Claim claim) throws Refusal {
        Optional<WebhookEvent> original =
                events.payload(handle, claim.rowId()).flatMap(body -> originals.read(delivered.key(), body));
        if (original.isEmpty()) {
            throw new Refusal(delivered, "Another body came under this event id, and the first can no longer be read");
        }
        return original.get();
    }

    private void flagOtherBody(Handle handle, Claim claim, Instant now) {
        log.warn(
                "another body came under the id of {}; it is answered from the first",
                claim.event().key());
        events.flagOtherPayload(handle, claim.rowId(), now);
    }

    /** Binds the body of a new event to it; the event that had it before, when there is one. */
    private Optional<EventKey> bodyBefore(Handle handle, WebhookEvent event) {
        return event.identifiedByBody() ? bodies.bind(handle, event.key(), event.payload()) : Optional.empty();
    }

    private static void undo(Handle handle) {
        Database.rollBack(handle);
    }

    /** Keeps a refused event, in a transaction of its own, unless another request completed it meanwhile. */
    private Effect recorded(Refusal refusal, WebhookEvent delivered, Deadline deadline) {
        return database.inTransaction(deadline, handle -> {
            Instant now = now();
            WebhookEvent event = refusal.event;
            Claim claim = events.claim(handle, event, now);
            if (claim.isDuplicate()) {
                return Effect.of(new Outcome.Duplicate(claim.event()));
            }
            if (claim.fresh()) {
                Optional<EventKey> first = bodyBefore(handle, event);
                if (first.isPresent()) {
                    undo(handle);
                    return Effect.sameAs(first.get());
                }
            }
            EventRecord before = claim.event();
            EventStatus status =
                    retries.statusAfterRefusal(before.status(), before.attempts(), before.receivedAt(), now);
            Instant next = retries.nextAttempt(
                    status, before.attempts(), before.receivedAt(), now, ThreadLocalRandom.current());
            events.fail(handle, claim.rowId(), status, refusal.reason(), next);
            if (before.isOfAnotherBody(delivered.payload())) {
                flagOtherBody(handle, claim, now);
            }
            log.info("{} refused {}: {}", event.key(), status.column(), refusal.reason());
            return Effect.of(
                    status == EventStatus.DEAD_LETTERED
                            ? new Outcome.DeadLettered(refusal.reason())
                            : new Outcome.Failed(refusal.reason()));
        });
    }

    private static void runAfterCommit(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            log.error("an after-commit action failed; the event stays processed, the action is not run again", e);
        }
    }

    private static @Nullable Long longOrNull(JsonNode node) {
        return node.canConvertToLong() ? Long.valueOf(node.longValue()) : null;
    }

    /** As precise as MySQL keeps it, so that a cached answer and a stored one are the same. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
