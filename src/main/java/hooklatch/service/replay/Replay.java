package hooklatch.service.replay;

import hooklatch.dao.Database;
import hooklatch.dao.ReplayDao;
import hooklatch.dao.StorageException;
import hooklatch.dao.WebhookEventDao;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import hooklatch.domain.EventStatus;
import hooklatch.domain.Outcome;
import hooklatch.domain.Payload;
import hooklatch.domain.ReplayOutcome;
import hooklatch.domain.WebhookEvent;
import hooklatch.lock.EventLocks;
import hooklatch.service.EventProcessor;
import hooklatch.service.Originals;
import hooklatch.service.Rehearsal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Replays one stored event, for real or as a rehearsal. For real it goes the way of a delivery: the same lock, the same
 * claim, the same handlers; only what is remembered of it is passed over. An effect is never had twice, however often and
 * from however many nodes it is asked for.
 *
 * <p>A skipped event that has its effect now is {@code processed} in MySQL from the commit on. So is what this node
 * remembers and, if Redis can be reached at that moment, what Redis remembers; other nodes may answer duplicates from their
 * own memory with the old result for up to a minute ({@link hooklatch.cache.LocalResultCache}), and if Redis was away, its
 * old value until it expires. Nobody's effect depends on either. Thread-safe.
 */
public final class Replay {
    private static final Logger log = LoggerFactory.getLogger(Replay.class);
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Database database;
    private final EventProcessor processor;
    private final Rehearsal rehearsal;
    private final EventLocks locks;
    private final Originals originals;
    private final Clock clock;
    private final String node;
    private final WebhookEventDao events = new WebhookEventDao();
    private final ReplayDao replays = new ReplayDao();

    /**
     * @param database the pages', for all but the replay itself
     * @param node name of this node, as shown to people
     */
    public Replay(
            Database database,
            EventProcessor processor,
            Rehearsal rehearsal,
            EventLocks locks,
            Originals originals,
            Clock clock,
            String node) {
        this.database = database;
        this.processor = processor;
        this.rehearsal = rehearsal;
        this.locks = locks;
        this.originals = originals;
        this.clock = clock;
        this.node = node;
    }

    /**
     * An event as far as replaying it is concerned.
     *
     * @param obstacle why it cannot be replayed now, or null when it can
     * @param earlier replays of it, the newest first
     */
    public record Look(EventRecord event, ReplayOutcome.@Nullable Kind obstacle, List<ReplayDao.Entry> earlier) {}

    /**
     * Looks at an event, and changes nothing.
     *
     * @return empty when there is none
     * @throws StorageException when MySQL cannot be asked
     */
    public Optional<Look> look(EventKey key) {
        // Asked before MySQL: a lock that is freed in between leaves a committed result behind.
        boolean working = locks.isHeld(key).orElse(false);
        return database.inTransaction(
                Deadline.in(PATIENCE),
                handle -> events.find(handle, key).map(event -> {
                    ReplayDao.Stored stored = replays.stored(handle, key).orElseThrow();
                    return new Look(
                            event, obstacle(event, stored, working), replays.ofEvent(handle, stored.rowId(), 20));
                }));
    }

    private ReplayOutcome.@Nullable Kind obstacle(EventRecord event, ReplayDao.Stored stored, boolean working) {
        if (event.status() == EventStatus.PROCESSED) {
            return ReplayOutcome.Kind.EFFECT_STANDS;
        }
        if (stored.payload() == null) {
            return ReplayOutcome.Kind.PURGED;
        }
        if (originals.read(event.key(), stored.payload().bytes()).isEmpty()) {
            return ReplayOutcome.Kind.UNREADABLE;
        }
        return working ? ReplayOutcome.Kind.BUSY : null;
    }

    /** Shows what a replay would do, and does none of it. */
    public Rehearsal.Ended rehearse(EventKey key) {
        return withEvent(
                key, (event, stored) -> rehearsal.of(event), outcome -> new Rehearsal.Ended(outcome, List.of(), 0));
    }

    /**
     * A replay that was asked for.
     *
     * @param id its number, by which {@link #find} tells of it later; null when there is no such event, or the note of it
     *     could not be written
     */
    public record Ended(@Nullable Long id, ReplayOutcome outcome) {}

    /**
     * Replays an event and notes that it was.
     *
     * @param reason in the words of who asked for it, or null
     */
    public Ended replay(EventKey key, String username, @Nullable String reason) {
        Instant asked = clock.instant();
        long[] row = {0};
        ReplayOutcome outcome = withEvent(
                key,
                (event, stored) -> {
                    row[0] = stored.rowId();
                    return run(event);
                },
                refused -> refused);
        log.info("{} was replayed by {}: {}", key, username, outcome.kind().column());
        return new Ended(noted(key, row[0], outcome, username, reason, asked), outcome);
    }

    /** Replays an event without a note of it: who calls keeps one. */
    ReplayOutcome replay(EventKey key) {
        return withEvent(key, (event, stored) -> run(event), refused -> refused);
    }

    /** A replay by its number; empty when there is none. */
    public Optional<ReplayDao.Entry> find(long id) {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> replays.find(handle, id));
    }

    @FunctionalInterface
    private interface Act<T> {
        T on(WebhookEvent event, ReplayDao.Stored stored);
    }

    private <T> T withEvent(EventKey key, Act<T> act, Function<ReplayOutcome, T> impossible) {
        MDC.put("provider", key.provider());
        MDC.put("event", key.eventId());
        try {
            Optional<ReplayDao.Stored> stored =
                    database.inTransaction(Deadline.in(PATIENCE), handle -> replays.stored(handle, key));
            if (stored.isEmpty()) {
                return impossible.apply(ReplayOutcome.of(ReplayOutcome.Kind.UNKNOWN_EVENT));
            }
            Payload payload = stored.get().payload();
            if (payload == null) {
                return impossible.apply(withoutPayload(key));
            }
            Optional<WebhookEvent> event = originals.read(key, payload.bytes());
            if (event.isEmpty()) {
                return impossible.apply(ReplayOutcome.of(ReplayOutcome.Kind.UNREADABLE));
            }
            return act.on(event.get(), stored.get());
        } catch (StorageException e) {
            log.warn("storage unavailable for the replay of {}: {}", key, e.getMessage());
            return impossible.apply(ReplayOutcome.of(ReplayOutcome.Kind.UNAVAILABLE));
        } finally {
            MDC.remove("event");
            MDC.remove("provider");
        }
    }

    /** Bodies are purged of processed events too, and of those it matters more that they had their effect. */
    private ReplayOutcome withoutPayload(EventKey key) {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> events.find(handle, key))
                .filter(event -> event.status() == EventStatus.PROCESSED)
                .map(event -> ReplayOutcome.of(ReplayOutcome.Kind.EFFECT_STANDS, event))
                .orElseGet(() -> ReplayOutcome.of(ReplayOutcome.Kind.PURGED));
    }

    private ReplayOutcome run(WebhookEvent event) {
        Outcome outcome = processor.replay(event, Deadline.in(PATIENCE));
        return outcome.match(
                processed -> ReplayOutcome.done(processed.event()),
                duplicate -> ReplayOutcome.of(ReplayOutcome.Kind.EFFECT_STANDS, duplicate.event()),
                busy -> ReplayOutcome.of(ReplayOutcome.Kind.BUSY),
                failed -> ReplayOutcome.refused(failed.error()),
                deadLettered -> ReplayOutcome.refused(deadLettered.error()),
                unavailable -> ReplayOutcome.of(ReplayOutcome.Kind.UNAVAILABLE));
    }

    /** The note is for people: that it cannot be written changes nothing about the replay. */
    private @Nullable Long noted(
            EventKey key, long row, ReplayOutcome outcome, String username, @Nullable String reason, Instant asked) {
        if (outcome.kind() == ReplayOutcome.Kind.UNKNOWN_EVENT) {
            return null;
        }
        try {
            return database.inTransaction(Deadline.in(PATIENCE), handle -> {
                long event = row != 0
                        ? row
                        : replays.stored(handle, key).orElseThrow().rowId();
                return replays.add(handle, event, outcome, username, reason, asked, clock.instant(), node);
            });
        } catch (StorageException e) {
            log.warn("the replay of {} could not be noted: {}", key, e.getMessage());
            return null;
        }
    }
}
