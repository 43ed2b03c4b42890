package hooklatch.service;

import hooklatch.dao.Database;
import hooklatch.dao.RetentionDao;
import hooklatch.dao.StorageException;
import hooklatch.domain.Deadline;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets old events, bodies and log rows, a small batch at a time. Failed and dead-lettered events and all facts stay for
 * good: a forgotten event that comes again finds its facts there and changes nothing. For one thread; several nodes may
 * do it at once.
 */
public final class Retention {
    private static final Logger log = LoggerFactory.getLogger(Retention.class);
    private static final int BATCH = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Database database;
    private final @Nullable Duration events;
    private final @Nullable Duration payloads;
    private final Clock clock;
    private final RetentionDao dao = new RetentionDao();
    private final Walk eventWalk = new Walk();
    private final Walk payloadWalk = new Walk();
    private final Walk replayWalk = new Walk();

    /** Where a walk along a table has come to; at the end of what is old it begins anew. */
    private static final class Walk {
        private long after;
    }

    /**
     * @param events age at which a finished event is forgotten, or null for never; log rows and replays go at the same age
     * @param payloads age at which the body of a finished event is forgotten, or null for never
     */
    public Retention(Database database, @Nullable Duration events, @Nullable Duration payloads, Clock clock) {
        this.database = database;
        this.events = events;
        this.payloads = payloads;
        this.clock = clock;
    }

    /**
     * Forgets one batch of each.
     *
     * @return whether there may be more that is old
     */
    public boolean runBatch() {
        try {
            boolean more = false;
            if (payloads != null) {
                Instant before = clock.instant().minus(payloads);
                more |= walk(payloadWalk, before, dao::forgetPayload);
            }
            if (events != null) {
                Instant before = clock.instant().minus(events);
                more |= walk(eventWalk, before, dao::forget);
                for (RetentionDao.LogTable table : RetentionDao.LogTable.values()) {
                    more |= database.inTransaction(
                                    Deadline.in(PATIENCE), handle -> dao.forgetLog(handle, table, before, BATCH))
                            == BATCH;
                }
                more |= walkReplays(before);
                more |= database.inTransaction(
                                Deadline.in(PATIENCE), handle -> dao.forgetEmptyJobs(handle, before, BATCH))
                        == BATCH;
            }
            return more;
        } catch (StorageException e) {
            log.debug("nothing is forgotten now: {}", e.getMessage());
            return false;
        }
    }

    @FunctionalInterface
    private interface Forget {
        void apply(Handle handle, RetentionDao.Aged event);
    }

    private boolean walk(Walk walk, Instant before, Forget forget) {
        List<RetentionDao.Aged> old = database.inTransaction(Deadline.in(PATIENCE), handle -> {
            List<RetentionDao.Aged> page = dao.eventsAfter(handle, walk.after, BATCH).stream()
                    .takeWhile(event -> event.receivedAt().isBefore(before))
                    .toList();
            page.stream().filter(event -> event.wasDoneBefore(before)).forEach(event -> forget.apply(handle, event));
            return page;
        });
        if (old.isEmpty()) {
            // All that is old was seen; the next walk looks again at what was not done then.
            walk.after = 0;
            return false;
        }
        walk.after = old.get(old.size() - 1).rowId();
        return true;
    }

    /** What belongs to a group replay goes once that is over for as long: never under a runner's hands. */
    private boolean walkReplays(Instant before) {
        List<RetentionDao.AgedReplay> old = database.inTransaction(Deadline.in(PATIENCE), handle -> {
            List<RetentionDao.AgedReplay> page = dao.replaysAfter(handle, replayWalk.after, before, BATCH).stream()
                    .takeWhile(replay -> replay.requestedAt().isBefore(before))
                    .toList();
            page.stream().filter(RetentionDao.AgedReplay::over).forEach(replay -> dao.forget(handle, replay));
            return page;
        });
        replayWalk.after = old.isEmpty() ? 0 : old.get(old.size() - 1).rowId();
        return !old.isEmpty();
    }
}
