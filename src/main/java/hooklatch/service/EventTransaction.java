package hooklatch.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import hooklatch.dao.Database;
import hooklatch.dao.StorageException;
import hooklatch.dao.StorageFailures;
import hooklatch.dao.WebhookBodyDao;
import hooklatch.dao.WebhookEventDao;
import hooklatch.domain.Claim;
import hooklatch.domain.Deadline;
import hooklatch.domain.ErrorCause;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import hooklatch.domain.EventStatus;
import hooklatch.domain.Fact;
import hooklatch.domain.Json;
import hooklatch.domain.Outcome;
import hooklatch.domain.Unspoken;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventHandlers;
import hooklatch.handler.RefusedException;
import hooklatch.service.events.ShownReason;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one event is to MySQL: claim, effect and result in one transaction, or a recorded refusal. It needs neither a lock
 * nor a cache to be right. Thread-safe.
 */
final class EventTransaction {
    private static final Logger log = LoggerFactory.getLogger(EventTransaction.class);
    /** In characters. It is answered each time, kept in Redis and shown. */
    private static final int LONGEST_RESULT = 1_000_000;

    private static final int FLAGS_REMEMBERED = 10_000;
    private static final Duration FLAG_IS_NEW = Duration.ofMinutes(1);
    /** To record a refusal that no answer waits for. */
    private static final Duration TIME_ASIDE = Duration.ofSeconds(8);

    private final Database database;
    private final Originals originals;
    private final EventHandlers handlers;
    private final RetryPolicy retries;
    private final Executor lateRefusals;
    private final Clock clock;
    private final WebhookEventDao events = new WebhookEventDao();
    private final WebhookBodyDao bodies = new WebhookBodyDao();
    /** Noted a moment ago: a storm of such bodies must not queue for the one row, each with a connection. */
    private final Cache<EventKey, Boolean> flagged = Caffeine.newBuilder()
            .maximumSize(FLAGS_REMEMBERED)
            .expireAfterWrite(FLAG_IS_NEW)
            .build();

    /** @param lateRefusals records what no answer can wait for */
    EventTransaction(
            Database database,
            Originals originals,
            EventHandlers handlers,
            RetryPolicy retries,
            Executor lateRefusals,
            Clock clock) {
        this.database = database;
        this.originals = originals;
        this.handlers = handlers;
        this.retries = retries;
        this.lateRefusals = lateRefusals;
        this.clock = clock;
    }

    /**
     * How a transaction ended.
     *
     * @param sameAs the event that this one turned out to be, when its body came before under another id
     * @param afterCommit what the handlers want done now
     */
    record Ended(Outcome outcome, @Nullable EventKey sameAs, List<Runnable> afterCommit) {
        static Ended with(Outcome outcome) {
            return new Ended(outcome, null, List.of());
        }

        /** Nothing was kept under the event's own id. */
        static Ended sameAs(EventKey first) {
            return new Ended(new Outcome.Busy(), first, List.of());
        }
    }

    /**
     * Runs the event's transaction, and records a refusal in one of its own.
     *
     * @throws StorageException when MySQL failed; nothing is committed, unless the outcome is unknown
     */
    Ended run(WebhookEvent event, Occasion occasion, Deadline deadline) {
        try {
            return effectOrRefusal(event, occasion, deadline);
        } catch (ClaimedByAnother busy) {
            return Ended.with(new Outcome.Busy());
        }
    }

    private Ended effectOrRefusal(WebhookEvent event, Occasion occasion, Deadline deadline) {
        try {
            return database.inTransaction(deadline, handle -> effect(handle, event, occasion, deadline));
        } catch (Refusal refusal) {
            if (database.mayBegin(deadline)) {
                return recorded(refusal, event, occasion, deadline);
            }
            lateRefusals.execute(() -> recordAside(refusal, event, occasion));
            throw StorageFailures.tooLate("a handler took as long as there was", refusal);
        }
    }

    /** Records an attempt as refused whose handler is in another attempt, and may never come back from it. */
    Outcome refuseLate(WebhookEvent event, Occasion occasion, Deadline deadline) {
        try {
            return recorded(late(event), event, occasion, deadline).outcome();
        } catch (ClaimedByAnother busy) {
            return new Outcome.Busy();
        }
    }

    /** So that an event whose handler takes too long each time is seen as refused and becomes a dead letter. */
    private void recordAside(Refusal refusal, WebhookEvent event, Occasion occasion) {
        Deadline deadline = Deadline.in(TIME_ASIDE);
        try {
            while (database.mayBegin(deadline)) {
                try {
                    recorded(refusal, event, occasion, deadline);
                    return;
                } catch (ClaimedByAnother e) {
                    log.debug("{} is in work again; its refusal is recorded after that", event.key());
                }
            }
            log.warn("{} was refused, which could not be recorded: it is in work", event.key());
        } catch (StorageException e) {
            log.warn("{} was refused, which could not be recorded: {}", event.key(), e.getMessage());
        } catch (RuntimeException e) {
            log.error("{} was refused, which could not be recorded", event.key(), new Unspoken(e));
        }
    }

    /** Another transaction has held the event's row for as long as we wait. Without a cause: that would be MySQL's failure. */
    static final class ClaimedByAnother extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private Claim claim(Handle handle, WebhookEvent event, Instant now) {
        try {
            return events.claim(handle, event, now);
        } catch (RuntimeException e) {
            boolean waited = StorageFailures.of(e, false)
                    .filter(failure -> failure.kind() == StorageException.Kind.LOCK_WAIT_TIMEOUT)
                    .isPresent();
            throw waited ? new ClaimedByAnother() : e;
        }
    }

    /** A handler's no: carries what to record out of the transaction that it rolls back. */
    static final class Refusal extends Exception {
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
    Ended effect(Handle handle, WebhookEvent delivered, Occasion occasion, Deadline deadline) throws Refusal {
        Instant now = now();
        Claim claim = claim(handle, delivered, now);
        boolean otherBody = claim.event().isOfAnotherBody(delivered.payload());
        if (occasion.isAnsweredBy(claim)) {
            return Ended.with(new Outcome.Duplicate(claim.event()));
        }
        WebhookEvent event = delivered;
        if (claim.fresh()) {
            Optional<EventKey> first = bodyBefore(handle, delivered);
            if (first.isPresent()) {
                Database.rollBack(handle);
                return Ended.sameAs(first.get());
            }
        } else {
            events.beginAnotherAttempt(handle, claim.rowId());
            if (otherBody) {
                flagOtherBody(handle, claim, now);
                event = original(handle, delivered, claim);
            }
        }
        List<Runnable> afterCommit = new ArrayList<>();
        ObjectNode result = handle(handle, event, occasion, deadline, afterCommit);
        boolean skipped = "skipped".equals(result.path("status").textValue());
        EventRecord done = new EventRecord(
                event.key(),
                claim.event().type(),
                skipped ? EventStatus.SKIPPED : EventStatus.PROCESSED,
                written(event, result),
                null,
                claim.event().attempts() + 1,
                claim.event().receivedAt(),
                now(),
                claim.event().payloadSha256());
        boolean completed =
                events.complete(handle, claim, done, longOrNull(result.path("order_id")), paymentNamedBy(result));
        if (!completed) {
            // It swallowed a deadlock, or rolled back itself: what the other handlers wrote is gone too.
            throw new Refusal(event, "A handler ended the transaction that it was given");
        }
        return new Ended(new Outcome.Processed(done), null, afterCommit);
    }

    /** A result that cannot be kept is a defect of the handler that made it. */
    private static String written(WebhookEvent event, ObjectNode result) throws Refusal {
        try {
            String text = Json.canonical(result);
            if (text.length() > LONGEST_RESULT) {
                log.error(
                        "a handler's result for {} has {} characters, which counts as a refusal",
                        event.key(),
                        text.length());
                throw new Refusal(event, "Handler failed: its result is too long");
            }
            return text;
        } catch (IllegalArgumentException e) {
            log.error("a handler's result for {} is not JSON, which counts as a refusal", event.key(), new Unspoken(e));
            throw new Refusal(event, "Handler failed: its result is not JSON");
        }
    }

    private ObjectNode handle(
            Handle handle, WebhookEvent event, Occasion occasion, Deadline deadline, List<Runnable> afterCommit)
            throws Refusal {
        if (event.fact() instanceof Fact.Ignored ignored) {
            return EventHandlers.skipped(ignored.message());
        }
        // It may never come back, and its event would be kept nowhere.
        Runnable recordIt = () -> lateRefusals.execute(() -> recordAside(late(event), event, occasion));
        try (Database.Interruption interruption = database.interruptInTime(deadline, recordIt)) {
            ObjectNode result = handledUnlessGivenUp(handle, event, interruption, afterCommit);
            if (deadline.hasPassed() || (interruption.hasCome() && !database.mayCommit(deadline))) {
                // It waited where no interrupt reaches, and what it did cannot be committed in time any more.
                throw late(event);
            }
            return result;
        }
    }

    private ObjectNode handledUnlessGivenUp(
            Handle handle, WebhookEvent event, Database.Interruption interruption, List<Runnable> afterCommit)
            throws Refusal {
        try {
            ObjectNode result = handled(handle, event, interruption, afterCommit);
            requireNotGivenUp(interruption, late(event));
            return result;
        } catch (Refusal refusal) {
            requireNotGivenUp(interruption, refusal);
            throw refusal;
        }
    }

    /** What was given up is recorded as refused, once. */
    private static void requireNotGivenUp(Database.Interruption interruption, Refusal refusal) {
        if (interruption.isGivenUp()) {
            throw StorageFailures.tooLate("a handler came back after it was given up", refusal);
        }
    }

    private ObjectNode handled(
            Handle handle, WebhookEvent event, Database.Interruption interruption, List<Runnable> afterCommit)
            throws Refusal {
        try {
            return handlers.handle(handle, event, afterCommit)
                    .orElseGet(() -> EventHandlers.skipped("Unhandled event type: " + event.type()));
        } catch (RefusedException e) {
            throw new Refusal(event, String.valueOf(e.getMessage()));
        } catch (Exception e) {
            boolean hung = interruption.hasCome() && isInterruption(e);
            if (!hung && (e instanceof InterruptedException || e instanceof ClosedByInterruptException)) {
                // Nobody but a container that stops its threads does that.
                Thread.currentThread().interrupt();
                throw StorageFailures.tooLate("this node stops", e);
            }
            Optional<StorageException> storage = hung ? Optional.empty() : StorageFailures.of(handle, e);
            if (storage.isPresent()) {
                // A statement of the handler's that takes too long; MySQL is well.
                boolean hungThere = interruption.hasCome()
                        && isOf(SocketTimeoutException.class, storage.get())
                        && database.servesOthers();
                if (hungThere) {
                    throw hung(event, e);
                }
                throw storage.get();
            }
            throw hung ? hung(event, e) : failed(event, e);
        } catch (Error e) {
            if (e instanceof VirtualMachineError && !(e instanceof StackOverflowError)) {
                throw e;
            }
            // A handler's jar that misses a class, an endless recursion or a broken assertion in it: its own, not the
            // machine's.
            throw failed(event, e);
        }
    }

    private static Refusal hung(WebhookEvent event, Exception e) {
        log.error(
                "a handler hung on {} until it was interrupted, which counts as a refusal",
                event.key(),
                new Unspoken(e));
        return late(event);
    }

    private static Refusal late(WebhookEvent event) {
        return new Refusal(event, ErrorCause.LATE);
    }

    private static boolean isOf(Class<? extends Throwable> type, Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (type.isInstance(t)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isInterruption(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof InterruptedException
                    || t instanceof ClosedByInterruptException
                    || t.getClass() == InterruptedIOException.class) {
                return true;
            }
        }
        return false;
    }

    private static Refusal failed(WebhookEvent event, Throwable e) {
        log.error("a handler failed on {}, which counts as a refusal", event.key(), new Unspoken(e));
        return new Refusal(event, "Handler failed: " + e.getClass().getSimpleName());
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
        events.flagOtherPayload(handle, claim.event().key(), now);
    }

    /** Binds the body of a new event to it; the event that had it before, when there is one. */
    private Optional<EventKey> bodyBefore(Handle handle, WebhookEvent event) {
        return event.identifiedByBody() ? bodies.bind(handle, event.key(), event.payload()) : Optional.empty();
    }

    /** Keeps a refused event, in a transaction of its own, unless another request completed it meanwhile. */
    private Ended recorded(Refusal refusal, WebhookEvent delivered, Occasion occasion, Deadline deadline) {
        return database.inTransaction(deadline, handle -> {
            Instant now = now();
            WebhookEvent event = refusal.event;
            Claim claim = claim(handle, event, now);
            if (occasion.isAnsweredBy(claim)) {
                return Ended.with(new Outcome.Duplicate(claim.event()));
            }
            if (claim.isDuplicate()) {
                // Skipped before, refused when replayed: it was answered as done, and stays as it was answered.
                return Ended.with(new Outcome.Failed(refusal.reason()));
            }
            if (claim.fresh()) {
                Optional<EventKey> first = bodyBefore(handle, event);
                if (first.isPresent()) {
                    Database.rollBack(handle);
                    return Ended.sameAs(first.get());
                }
            }
            EventRecord before = claim.event();
            EventStatus status =
                    retries.statusAfterRefusal(before.status(), before.attempts(), before.receivedAt(), now);
            Instant deadSince = status == EventStatus.DEAD_LETTERED ? deadSince(handle, claim, now) : null;
            Instant next = retries.nextAttempt(before.attempts(), deadSince, now, ThreadLocalRandom.current());
            events.fail(handle, claim.rowId(), status, refusal.reason(), next, deadSince, event.fact());
            if (before.isOfAnotherBody(delivered.payload())) {
                flagOtherBody(handle, claim, now);
            }
            logRefusal(event.key(), before.status(), status, ShownReason.of(refusal.reason()), next);
            return Ended.with(
                    status == EventStatus.DEAD_LETTERED
                            ? new Outcome.DeadLettered(refusal.reason())
                            : new Outcome.Failed(refusal.reason()));
        });
    }

    private Instant deadSince(Handle handle, Claim claim, Instant now) {
        EventRecord before = claim.event();
        return before.status() == EventStatus.DEAD_LETTERED
                ? events.deadSince(handle, claim.rowId())
                        .orElseGet(() -> retries.deadAtTheEarliest(before.receivedAt()))
                : now;
    }

    /** The first body of an id stands; that another came is noted for people, and changes no answer. */
    void flagOtherBody(EventRecord known, WebhookEvent delivered, Deadline deadline) {
        if (!known.key().equals(delivered.key()) || !known.isOfAnotherBody(delivered.payload())) {
            return;
        }
        if (flagged.asMap().putIfAbsent(known.key(), true) != null) {
            return;
        }
        try {
            log.warn("another body came under the id of {}; it is answered from the first", known.key());
            database.inTransaction(deadline, handle -> events.flagOtherPayload(handle, known.key(), now()));
        } catch (StorageException e) {
            flagged.invalidate(known.key());
            log.warn("another body came under the id of {}, which could not be noted: {}", known.key(), e.getMessage());
        }
    }

    /** The charge where nobody had said yet whose it is. A handler of somebody else's may put anything there. */
    private static @Nullable String paymentNamedBy(JsonNode result) {
        String text = result.path(result.hasNonNull("payment_id") ? "payment_id" : "charge_id")
                .textValue();
        return text != null && EventKey.isValidId(text) ? text : null;
    }

    private static @Nullable Long longOrNull(JsonNode node) {
        return node.canConvertToLong() ? Long.valueOf(node.longValue()) : null;
    }

    private static void logRefusal(
            EventKey key, EventStatus before, EventStatus after, String reason, @Nullable Instant next) {
        if (after == EventStatus.DEAD_LETTERED && before != EventStatus.DEAD_LETTERED) {
            log.error("{} is now a dead letter, somebody must look at it: {}", key, reason);
        } else {
            log.info("{} is refused, tried again at {}: {}", key, next == null ? "its next delivery" : next, reason);
        }
    }

    /** As precise as MySQL keeps it, so that a cached answer and a stored one are the same. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
