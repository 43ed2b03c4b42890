package hooklatch.service;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import hooklatch.dao.Database;
import hooklatch.dao.StorageException;
import hooklatch.dao.WebhookEventDao;
import hooklatch.domain.Attempt;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.Unspoken;
import hooklatch.domain.WebhookEvent;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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
public final class Retrier implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Retrier.class);
    private static final int BATCH = 50;
    /** Not many: each may hold a connection that deliveries wait for. */
    private static final int MOST_AT_A_TIME = 4;

    private static final int POOL_SHARE = 4;

    private static final Duration PATIENCE = Duration.ofSeconds(4);
    /** So that a turn which began a moment ago is over, or has lost its place. */
    private static final Duration PATIENCE_FOR_A_PLACE = RetryLane.LONGEST_TURN.plusSeconds(1);

    /** Of a turn: events that take that long each time would be due faster than they can be tried. */
    private static final Duration SLOW = Duration.ofMillis(500);

    private static final int MOST_SLOW_ONES = 1_000;

    /** Within it a node that took its turn is done with the event. */
    private static final Duration TURN = Duration.ofMinutes(1);
    /** Only a setting can change that. */
    private static final Duration UNREADABLE = Duration.ofHours(1);

    private final Database database;
    private final EventProcessor processor;
    private final Originals originals;
    private final Consumer<Attempt> notes;
    private final Clock clock;
    private volatile boolean writesFail;
    private final WebhookEventDao events = new WebhookEventDao();
    private final RetryLane lane;
    /** For the events of which each may take as long as it may: of those one at a time. */
    private final RetryLane laneOfLateOnes;

    /** By row. Not told to other nodes: each finds out by itself. */
    private final Cache<Long, Boolean> slowOnes = Caffeine.newBuilder()
            .maximumSize(MOST_SLOW_ONES)
            .expireAfterWrite(Duration.ofHours(2))
            .build();

    /**
     * @param notes take down each attempt and return at once
     * @param poolSize connections of the database; a quarter of them, and four at most, are used at a time, and one for the
     *     events whose handler did not end in time
     */
    public Retrier(
            Database database,
            EventProcessor processor,
            Originals originals,
            Consumer<Attempt> notes,
            Clock clock,
            int poolSize) {
        int atATime = Math.max(1, Math.min(MOST_AT_A_TIME, poolSize / POOL_SHARE));
        this.lane = new RetryLane("hooklatch-retrier", atATime);
        this.laneOfLateOnes = new RetryLane("hooklatch-retrier-late", 1);
        this.database = database;
        this.processor = processor;
        this.originals = originals;
        this.notes = notes;
        this.clock = clock;
    }

    /**
     * Begins to try what is due, the longest waiting first, a few at a time: one event that fails again, or takes as long as
     * it may, does not keep the others from their turn. Those whose handler did not end in time, or that were refused slowly,
     * would: however many they are, they wait for each other and for nobody else. Returns when the last of the others has
     * begun; or this is closed, or MySQL is away or writes nothing (whoever could not even be put off would be due again at
     * once), or more threads than {@link RetryLane} can do without are in handlers that do not end.
     */
    public void runDue() {
        writesFail = false;
        int begun;
        do {
            beginLateOnes();
            begun = beginBatch();
        } while (begun == BATCH && !writesFail);
    }

    /** Those of the batch before that have not claimed their turn yet may be seen once more: of two claims one wins. */
    private int beginBatch() {
        List<WebhookEventDao.Due> due = due(false);
        for (WebhookEventDao.Due one : due) {
            if (!lane.begin(turn -> tryIn(turn, one), PATIENCE_FOR_A_PLACE)) {
                return 0;
            }
        }
        return due.size();
    }

    private void tryIn(RetryLane.Turn turn, WebhookEventDao.Due due) {
        turn.at(due.key());
        if (!inItsName(due)) {
            writesFail = true;
        }
    }

    private List<WebhookEventDao.Due> due(boolean late) {
        try {
            return database.inTransaction(
                    Deadline.in(PATIENCE),
                    handle -> events.due(
                            handle, clock.instant(), late, slowOnes.asMap().keySet(), BATCH));
        } catch (StorageException e) {
            log.debug("no look at what is due: {}", e.getMessage());
            return List.of();
        }
    }

    /** What is due while they run is seen by a later run. */
    private void beginLateOnes() {
        laneOfLateOnes.begin(this::runLateOnes, Duration.ZERO);
    }

    private void runLateOnes(RetryLane.Turn turn) {
        for (WebhookEventDao.Due one : due(true)) {
            if (laneOfLateOnes.isClosed() || !turn.at(one.key()) || !inItsName(one)) {
                return;
            }
        }
    }

    /** Begins no more, and waits for those that are being tried. */
    @Override
    public void close() {
        lane.close();
        laneOfLateOnes.close();
        Duration patience = PATIENCE.plusSeconds(1);
        try {
            // What both try now began before: together they rarely take longer than one.
            if (!lane.awaitEnd(patience) || !laneOfLateOnes.awaitEnd(patience)) {
                log.warn("an event that is tried again does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** False when MySQL would not even put it off. */
    private boolean inItsName(WebhookEventDao.Due due) {
        MDC.put("provider", due.key().provider());
        MDC.put("event", due.key().eventId());
        try {
            return tryAgain(due);
        } finally {
            MDC.remove("event");
            MDC.remove("provider");
        }
    }

    private boolean tryAgain(WebhookEventDao.Due due) {
        EventKey key = due.key();
        try {
            Instant turn = clock.instant().plus(TURN).truncatedTo(ChronoUnit.MICROS);
            if (!postpone(due, turn)) {
                return true;
            }
            Optional<WebhookEvent> event = database.inTransaction(
                            Deadline.in(PATIENCE), handle -> events.payload(handle, due.rowId()))
                    .flatMap(body -> originals.read(key, body));
            if (event.isEmpty()) {
                log.warn("{} is due but its body cannot be read here: has its provider no secret any more?", key);
                postpone(
                        new WebhookEventDao.Due(due.rowId(), key, turn),
                        clock.instant().plus(UNREADABLE));
                return true;
            }
            attempt(due.rowId(), event.get());
            return true;
        } catch (StorageException e) {
            log.debug("{} is left to its next turn: {}", key, e.getMessage());
            return false;
        } catch (RuntimeException e) {
            log.error("{} could not be tried again; it is due again in {}", key, TURN, new Unspoken(e));
            return true;
        }
    }

    private void attempt(long rowId, WebhookEvent event) {
        Instant startedAt = clock.instant();
        long begun = System.nanoTime();
        String outcome = "error";
        try {
            outcome = processor.process(event, Deadline.in(PATIENCE)).label();
            log.info("{} was tried again: {}", event.key(), outcome);
        } finally {
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            if (took.compareTo(SLOW) > 0) {
                slowOnes.put(rowId, true);
            } else {
                slowOnes.invalidate(rowId);
            }
            notes.accept(new Attempt(event.key(), startedAt, Attempt.Origin.RETRY, null, outcome, took));
        }
    }

    /** Of several nodes one tries: the others find the event no longer due. Should this node die, it is due again soon. */
    private boolean postpone(WebhookEventDao.Due due, Instant until) {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> events.postpone(handle, due, until));
    }
}
