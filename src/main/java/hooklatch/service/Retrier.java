package hooklatch.service;

import hooklatch.dao.Database;
import hooklatch.dao.StorageException;
import hooklatch.dao.WebhookEventDao;
import hooklatch.domain.Attempt;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.WebhookEvent;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Tries refused events again when they are due, through the same lock and claim as a delivery: on any number of nodes
 * without double work, and without waiting for the provider's next try. Thread-safe.
 */
public final class Retrier {
    private static final Logger log = LoggerFactory.getLogger(Retrier.class);
    private static final int BATCH = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(4);
    /** Within it a node that took its turn is done with the event. */
    private static final Duration TURN = Duration.ofMinutes(1);

    private final Database database;
    private final EventProcessor processor;
    private final Originals originals;
    private final Consumer<Attempt> notes;
    private final Clock clock;
    private final WebhookEventDao events = new WebhookEventDao();

    /** @param notes take down each attempt and return at once */
    public Retrier(
            Database database, EventProcessor processor, Originals originals, Consumer<Attempt> notes, Clock clock) {
        this.database = database;
        this.processor = processor;
        this.originals = originals;
        this.notes = notes;
        this.clock = clock;
    }

    /**
     * Tries what is due, the longest waiting first. One event that fails again does not keep the others from their turn.
     *
     * @return how many were tried
     */
    public int runDue() {
        List<WebhookEventDao.Due> due;
        try {
            due = database.inTransaction(Deadline.in(PATIENCE), handle -> events.due(handle, clock.instant(), BATCH));
        } catch (StorageException e) {
            log.debug("no look at what is due: {}", e.getMessage());
            return 0;
        }
        int tried = 0;
        for (WebhookEventDao.Due one : due) {
            MDC.put("provider", one.key().provider());
            MDC.put("event", one.key().eventId());
            try {
                tried += tryAgain(one) ? 1 : 0;
            } finally {
                MDC.remove("event");
                MDC.remove("provider");
            }
        }
        return tried;
    }

    private boolean tryAgain(WebhookEventDao.Due due) {
        EventKey key = due.key();
        try {
            if (!claimTurn(due)) {
                return false;
            }
            Optional<WebhookEvent> event = database.inTransaction(
                            Deadline.in(PATIENCE), handle -> events.payload(handle, due.rowId()))
                    .flatMap(body -> originals.read(key, body));
            if (event.isEmpty()) {
                log.warn("{} is due but its body cannot be read here: has its provider no secret any more?", key);
                return false;
            }
            attempt(event.get());
            return true;
        } catch (RuntimeException e) {
            log.error("{} could not be tried again; it is due again in {}", key, TURN, e);
            return false;
        }
    }

    private void attempt(WebhookEvent event) {
        Instant startedAt = clock.instant();
        long begun = System.nanoTime();
        String outcome = "error";
        try {
            outcome = processor.process(event, Deadline.in(PATIENCE)).label();
            log.info("{} was tried again: {}", event.key(), outcome);
        } finally {
            notes.accept(new Attempt(
                    event.key(),
                    startedAt,
                    Attempt.Origin.RETRY,
                    null,
                    outcome,
                    Duration.ofNanos(System.nanoTime() - begun)));
        }
    }

    /** Of several nodes one tries: the others find the event no longer due. Should this node die, it is due again soon. */
    private boolean claimTurn(WebhookEventDao.Due due) {
        return database.inTransaction(
                Deadline.in(PATIENCE),
                handle -> events.postpone(handle, due, clock.instant().plus(TURN)));
    }
}
