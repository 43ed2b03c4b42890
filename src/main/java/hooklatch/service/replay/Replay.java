package hooklatch.service.replay;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.Database;
import hooklatch.dao.ReplayDao;
import hooklatch.dao.StorageException;
import hooklatch.dao.WebhookEventDao;
import hooklatch.domain.Actor;
import hooklatch.domain.Attempt;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import hooklatch.domain.EventStatus;
import hooklatch.domain.Json;
import hooklatch.domain.Outcome;
import hooklatch.domain.Payload;
import hooklatch.domain.ReplayOutcome;
import hooklatch.domain.WebhookEvent;
import hooklatch.lock.EventLocks;
import hooklatch.service.Audit;
import hooklatch.service.EventProcessor;
import hooklatch.service.Originals;
import hooklatch.service.Rehearsal;
import hooklatch.service.ReplayEnds;
import hooklatch.service.events.ShownReason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
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
    private final Consumer<Attempt> notes;
    private final Audit audit;
    private final Clock clock;
    private final String node;
    private final WebhookEventDao events = new WebhookEventDao();
    private final ReplayDao replays = new ReplayDao();

    /**
     * @param database the pages', for all but the replay itself
     * @param notes take down each attempt and return at once
     * @param node name of this node, as shown to people
     */
    public Replay(
            Database database,
            EventProcessor processor,
            Rehearsal rehearsal,
            EventLocks locks,
            Originals originals,
            Consumer<Attempt> notes,
            Audit audit,
            Clock clock,
            String node) {
        this.database = database;
        this.processor = processor;
        this.rehearsal = rehearsal;
        this.locks = locks;
        this.originals = originals;
        this.notes = notes;
        this.audit = audit;
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

    /**
     * Shows what a replay would do, and does none of it; that somebody looked is audited.
     *
     * @throws StorageException when that cannot be written down
     */
    public Rehearsal.Ended rehearse(EventKey key, Actor actor) {
        Rehearsal.Ended ended = withEvent(key, rehearsal::of, outcome -> new Rehearsal.Ended(outcome, List.of(), 0));
        database.inTransaction(Deadline.in(PATIENCE), handle -> {
            audit.record(handle, actor, "event_dry_run", target(key), null, details(ended.outcome()));
            return null;
        });
        return ended;
    }

    /**
     * A replay that was asked for.
     *
     * @param id its number, by which {@link #find} tells of it later; null when there is no such event
     */
    public record Ended(@Nullable Long id, ReplayOutcome outcome) {}

    /**
     * Replays an event. Who asked for it is written down before, in the audit log too; how it ended after, with the replay
     * only: should this node die in between, the replay is listed without an outcome, and the event itself tells what became
     * of it.
     *
     * @param reason in the words of who asked for it, or null
     * @throws StorageException when MySQL cannot be asked; nothing was done then
     */
    public Ended replay(EventKey key, Actor actor, @Nullable String reason) {
        String username = actor.username() == null ? "" : actor.username();
        Optional<Long> id = database.inTransaction(
                Deadline.in(PATIENCE),
                handle -> replays.stored(handle, key).map(stored -> {
                    long added = replays.add(handle, stored.rowId(), username, reason, clock.instant(), node);
                    ObjectNode details = Json.object().put(ReplayEnds.REPLAY, added);
                    audit.record(handle, actor, ReplayEnds.ACTION, target(key), reason, details);
                    return added;
                }));
        if (id.isEmpty()) {
            return new Ended(null, ReplayOutcome.of(ReplayOutcome.Kind.UNKNOWN_EVENT));
        }
        ReplayOutcome outcome = replay(key, id.get());
        log.info("{} was replayed by {}: {}", key, username, outcome.kind().column());
        noteEnd(id.get(), key, outcome);
        return new Ended(id.get(), outcome);
    }

    /** What was done stays done, noted or not. */
    private void noteEnd(long id, EventKey key, ReplayOutcome outcome) {
        try {
            database.inTransaction(Deadline.in(PATIENCE), handle -> {
                replays.end(handle, Map.of(id, outcome), clock.instant(), node);
                return null;
            });
        } catch (StorageException e) {
            log.error(
                    "{} was replayed ({}), which could not be noted",
                    key,
                    outcome.kind().column(),
                    e);
        }
    }

    /** As the audit log names an event. */
    static String target(EventKey key) {
        return key.provider() + "/" + key.eventId();
    }

    private static ObjectNode details(ReplayOutcome outcome) {
        return Json.object()
                .put("outcome", outcome.kind().column())
                .put("message", ShownReason.ofNullable(outcome.message()));
    }

    /**
     * Replays an event, and notes the attempt; who calls keeps the note of the replay.
     *
     * @param id of the replay
     */
    ReplayOutcome replay(EventKey key, long id) {
        Instant startedAt = clock.instant();
        long begun = System.nanoTime();
        String ended = "error";
        try {
            ReplayOutcome outcome = withEvent(key, this::run, refused -> refused);
            ended = outcome.kind().column();
            return outcome;
        } finally {
            notes.accept(new Attempt(
                    key, startedAt, Attempt.Origin.REPLAY, id, ended, Duration.ofNanos(System.nanoTime() - begun)));
        }
    }

    /** A replay by its number; empty when there is none. */
    public Optional<ReplayDao.Entry> find(long id) {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> replays.find(handle, id));
    }

    private <T> T withEvent(EventKey key, Function<WebhookEvent, T> act, Function<ReplayOutcome, T> impossible) {
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
            return act.apply(event.get());
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
}
