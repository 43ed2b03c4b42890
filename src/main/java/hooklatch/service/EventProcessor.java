package hooklatch.service;

import hooklatch.cache.ResultCache;
import hooklatch.dao.Database;
import hooklatch.dao.StorageException;
import hooklatch.dao.WebhookEventDao;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import hooklatch.domain.Outcome;
import hooklatch.domain.Payload;
import hooklatch.domain.Unspoken;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventHandlers;
import hooklatch.lock.EventLocks;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the promise for one delivery: its event has its effect exactly once, and the delivery is answered as done only
 * when that effect is committed. MySQL decides; the cache, the join and the lock in front of it save work, and each may
 * fail without changing an answer to a wrong one. Thread-safe.
 */
public final class EventProcessor {
    private static final Logger log = LoggerFactory.getLogger(EventProcessor.class);

    /** A transaction is not begun with less than the first; the rest is for getting there. */
    private static final Duration TIME_AFTER_A_WAIT = Database.TIME_OF_A_DELIVERY.plusMillis(200);

    /** What the cache of all nodes may take to answer, or not to: to be reached, and then to answer. */
    private static final Duration TIME_TO_REMEMBER = Duration.ofMillis(1_300);

    private final ResultCache cache;
    private final InFlight inFlight = new InFlight();
    private final AtWork atWork = new AtWork();
    private final EventLocks locks;
    private final Database database;
    private final EventTransaction transaction;
    private final Duration lockWait;
    private final Executor afterCommit;
    private final CacheFirst cacheFirst;
    private final ProcessingMeters meters;
    private final WebhookEventDao events = new WebhookEventDao();

    /**
     * @param originals for a refused event that comes again with another body
     * @param lockWait longest wait for another request's work on the same event
     * @param afterCommit runs what handlers want done after the commit; not waited for
     * @param lateRefusals records refusals for which there was no time before the answer; not waited for
     */
    public EventProcessor(
            ResultCache cache,
            EventLocks locks,
            Database database,
            Originals originals,
            EventHandlers handlers,
            RetryPolicy retries,
            Duration lockWait,
            Executor afterCommit,
            Executor lateRefusals,
            Clock clock,
            ProcessingMeters meters) {
        this.cache = cache;
        this.locks = locks;
        this.database = database;
        this.transaction = new EventTransaction(database, originals, handlers, retries, lateRefusals, clock);
        this.lockWait = lockWait;
        this.afterCommit = afterCommit;
        this.cacheFirst = new CacheFirst(clock);
        this.meters = meters;
    }

    /**
     * Processes a verified event.
     *
     * @throws RuntimeException only for a defect; nothing was answered as done then
     */
    public Outcome process(WebhookEvent event, Deadline deadline) {
        return process(event, deadline, EventProcessor::untold);
    }

    /**
     * The same, and tells how long the event's lock was waited for.
     *
     * @param lockWaits told, by the calling thread, of each time that the lock, or the request of this node that had it, was
     *     waited for, in vain or not; not told when neither was needed
     */
    public Outcome process(WebhookEvent event, Deadline deadline, Consumer<Duration> lockWaits) {
        boolean asked = cacheFirst.isWorthAskingOf(event);
        Optional<EventRecord> known = asked ? cache.get(event.key()) : cache.atHand(event.key());
        if (asked || known.isPresent()) {
            meters.cacheAsked(known.isPresent());
        }
        Outcome outcome;
        try {
            outcome = known.<Outcome>map(Outcome.Duplicate::new)
                    .or(() -> inFlight(event, deadline, lockWaits))
                    .orElseGet(() -> besideAnother(event, Occasion.DELIVERY, deadline));
        } catch (StorageException e) {
            if (e.kind() == StorageException.Kind.NOT_ASKED) {
                // Said once, by who found out.
                log.debug("storage unavailable for {}", event.key());
            } else {
                log.warn("storage unavailable for {}: {}", event.key(), e.getMessage());
            }
            cacheFirst.askForAWhile();
            outcome = asked ? new Outcome.StorageUnavailable() : whatIsRemembered(event, deadline);
        }
        if (outcome instanceof Outcome.Duplicate duplicate) {
            transaction.flagOtherBody(duplicate.event(), event, deadline);
        }
        return outcome;
    }

    /** When MySQL could not tell: what the cache of all nodes would have told, had it been asked first, if there is time. */
    private Outcome whatIsRemembered(WebhookEvent event, Deadline deadline) {
        if (deadline.left().compareTo(TIME_TO_REMEMBER) < 0) {
            return new Outcome.StorageUnavailable();
        }
        Optional<EventRecord> known = cache.get(event.key());
        meters.cacheAsked(known.isPresent());
        return known.<Outcome>map(Outcome.Duplicate::new).orElseGet(Outcome.StorageUnavailable::new);
    }

    /**
     * The answer for a body that is the very one with which an event was received that is done, if that can be told from this
     * node's memory. Such a body was read and accepted then, and need not be read again.
     *
     * @param key of the event that the body is believed to be of
     */
    public Optional<Outcome> known(EventKey key, Payload payload) {
        Optional<EventRecord> known = cache.atHand(key).filter(event -> !event.isOfAnotherBody(payload));
        if (known.isPresent()) {
            meters.cacheAsked(true);
        }
        return known.map(Outcome.Duplicate::new);
    }

    /**
     * Processes a stored event once more because a person asked for it: through the same lock, claim and handlers, past
     * what is remembered. An effect stands ({@link Outcome.Duplicate}); an event that was skipped gets another chance, and
     * stays skipped when it is refused ({@link Outcome.Failed}).
     *
     * @throws RuntimeException only for a defect
     */
    public Outcome replay(WebhookEvent event, Deadline deadline) {
        try {
            return underLock(event, Occasion.REPLAY, deadline, EventProcessor::untold);
        } catch (StorageException e) {
            log.warn("storage unavailable for the replay of {}: {}", event.key(), e.getMessage());
            return new Outcome.StorageUnavailable();
        }
    }

    /** How long another request on the event is waited for: what comes after it must still be able to ask MySQL. */
    private Duration waitFor(Deadline deadline) {
        return deadline.leaving(TIME_AFTER_A_WAIT).atMost(lockWait);
    }

    private Optional<Outcome> inFlight(WebhookEvent event, Deadline deadline, Consumer<Duration> lockWaits) {
        return atWork.isStuck(event.key())
                ? Optional.empty()
                : inFlight.join(
                        event,
                        waitFor(deadline),
                        lockWaits,
                        () -> underLock(event, Occasion.DELIVERY, deadline, lockWaits));
    }

    private Outcome underLock(WebhookEvent event, Occasion occasion, Deadline deadline, Consumer<Duration> lockWaits) {
        if (atWork.isStuck(event.key())) {
            return besideAnother(event, occasion, deadline);
        }
        long asked = System.nanoTime();
        EventLocks.Attempt attempt = locks.acquire(event, waitFor(deadline));
        boolean done = false;
        try {
            Duration waited = Duration.ofNanos(System.nanoTime() - asked);
            meters.lockAsked(attempt, waited);
            lockWaits.accept(waited);
            if (attempt instanceof EventLocks.Attempt.Busy) {
                return besideAnother(event, occasion, deadline);
            }
            Outcome outcome = once(event, occasion, deadline, lockWaits);
            if (attempt instanceof EventLocks.Attempt.Unavailable alone && outcome instanceof Outcome.Processed) {
                alone.wentThrough().run();
            }
            done = outcome instanceof Outcome.Processed || outcome instanceof Outcome.Duplicate;
            return outcome;
        } finally {
            if (attempt instanceof EventLocks.Attempt.Held held) {
                (done ? held.releaseOfDone() : held.release()).run();
            } else if (attempt instanceof EventLocks.Attempt.Unavailable alone) {
                alone.release().run();
            }
        }
    }

    /**
     * Another request works on the event: only what it has committed counts, its attempt may still fail. When its handler
     * may never come back this attempt is refused in its stead, since busy is what ends; running the handler again would
     * cost a thread each time.
     */
    private Outcome besideAnother(WebhookEvent event, Occasion occasion, Deadline deadline) {
        Optional<Outcome> committed = database.inTransaction(deadline, handle -> events.find(handle, event.key()))
                .filter(known -> occasion.isAnsweredBy(known.status()))
                .map(Outcome.Duplicate::new);
        return committed.orElseGet(() ->
                atWork.isStuck(event.key()) ? transaction.refuseLate(event, occasion, deadline) : new Outcome.Busy());
    }

    /** Runs the transaction, then what follows from how it ended. */
    private Outcome once(WebhookEvent event, Occasion occasion, Deadline deadline, Consumer<Duration> lockWaits) {
        EventTransaction.Ended ended = run(event, occasion, deadline);
        if (ended.sameAs() != null) {
            return process(event.as(ended.sameAs()), deadline, lockWaits).firstSeenAs(ended.sameAs());
        }
        if (ended.outcome() instanceof Outcome.Busy) {
            return besideAnother(event, occasion, deadline);
        }
        // Committed: nothing from here on may change the answer.
        try {
            if (ended.outcome() instanceof Outcome.Processed processed) {
                cache.put(processed.event());
                ended.afterCommit().forEach(action -> afterCommit.execute(() -> runAfterCommit(action)));
            } else if (ended.outcome() instanceof Outcome.Duplicate duplicate) {
                cacheFirst.askForAWhile();
                cache.put(duplicate.event());
            }
        } catch (RuntimeException e) {
            log.error("what follows a commit failed; the event stays as it is and is answered so", new Unspoken(e));
        }
        return ended.outcome();
    }

    private EventTransaction.Ended run(WebhookEvent event, Occasion occasion, Deadline deadline) {
        Runnable end = atWork.begin(event.key());
        try {
            return transaction.run(event, occasion, deadline);
        } finally {
            end.run();
        }
    }

    private static void untold(Duration wait) {
        // Nobody wants to know.
    }

    private static void runAfterCommit(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | Error e) {
            log.error(
                    "an after-commit action failed; the event stays processed, the action is not run again",
                    new Unspoken(e));
        }
    }
}
