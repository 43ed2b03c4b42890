package hooklatch.service;

import hooklatch.dao.Database;
import hooklatch.dao.RetentionDao;
import hooklatch.dao.RetentionDao.EventWalk;
import hooklatch.dao.RetentionDao.LogTable;
import hooklatch.dao.StorageException;
import hooklatch.domain.Deadline;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Forgets old events, bodies and log rows, a small batch at a time, each a transaction of its own that knows where the last
 * one ended. Failed and dead-lettered events and all facts stay for good: a forgotten event that comes again finds its facts
 * there and changes nothing. For one thread; several nodes may do it at once.
 */
public final class Retention {
    /**
     * Rows of a batch: few enough to be locked for milliseconds, and to be a small event of the server's replication and a
     * small piece of its redo log, for which the commits of deliveries wait. Bodies make those large.
     */
    private static final int EVENTS = 50;

    private static final int LOG_ROWS = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Database database;
    private final @Nullable Duration events;
    private final Clock clock;
    private final ObjLongConsumer<String> forgotten;
    private final RetentionDao dao = new RetentionDao();
    private final List<Kind> kinds = new ArrayList<>();
    private final Map<EventWalk, Long> leftAfter = new EnumMap<>(EventWalk.class);
    private long replaysAfter;
    /** Kinds that may have more; one that came to its end is looked at again when all have. */
    private final Deque<Kind> pass = new ArrayDeque<>();

    /** One kind of row, forgotten batch by batch. */
    @FunctionalInterface
    private interface Kind {
        /** False at the end of what is old. */
        boolean forgetBatch();
    }

    /**
     * @param events age at which a finished event is forgotten, or null for never; log rows and replays go at the same age
     * @param payloads age at which the body of a finished event is forgotten, or null for never
     * @param forgotten is told what has gone, and of how many
     */
    public Retention(
            Database database,
            @Nullable Duration events,
            @Nullable Duration payloads,
            Clock clock,
            ObjLongConsumer<String> forgotten) {
        this.database = database;
        this.events = events;
        this.clock = clock;
        this.forgotten = forgotten;
        if (payloads != null) {
            addEventWalk(EventWalk.PAYLOADS, payloads);
        }
        if (events != null) {
            addEventWalk(EventWalk.EVENTS, events);
            for (LogTable table : LogTable.values()) {
                kinds.add(() -> forgetLog(table, before(events)));
            }
            kinds.add(() -> forgetReplays(before(events)));
            kinds.add(() -> forgetEmptyJobs(before(events)));
        }
    }

    private void addEventWalk(EventWalk walk, Duration age) {
        kinds.add(() -> walkAhead(walk, before(age)));
        kinds.add(() -> lookAtLeft(walk, before(age)));
    }

    private Instant before(Duration age) {
        return clock.instant().minus(age);
    }

    /** Whether there is nothing that it would ever forget. */
    public boolean isOff() {
        return kinds.isEmpty();
    }

    /**
     * Forgets one batch of one kind, each kind in its turn.
     *
     * @return false when none of them had anything old any more
     * @throws StorageException when MySQL failed; what was committed is not done again
     */
    public boolean runBatch() {
        if (pass.isEmpty()) {
            pass.addAll(kinds);
        }
        Kind kind = pass.poll();
        if (kind != null && kind.forgetBatch()) {
            pass.add(kind);
        }
        return !pass.isEmpty();
    }

    /** Old events in the order in which they came. */
    private boolean walkAhead(EventWalk walk, Instant before) {
        return forget(walk.label(), handle -> {
            List<RetentionDao.Aged> page = dao.eventsAhead(handle, walk, EVENTS).stream()
                    .takeWhile(event -> event.cameBefore(before))
                    .toList();
            if (page.isEmpty()) {
                return new Batch(0, 0);
            }
            List<Long> due = due(page, walk, before);
            List<Long> gone = dao.forget(handle, walk, due);
            Set<Long> dealtWith = new HashSet<>(gone);
            List<Long> left = page.stream()
                    .filter(event -> !dealtWith.contains(event.rowId()) && !isNothingToDo(event, walk, before))
                    .map(RetentionDao.Aged::rowId)
                    .toList();
            dao.move(handle, walk, page.get(page.size() - 1).rowId(), left);
            return new Batch(page.size(), gone.size());
        });
    }

    /** Events that were not done, or in a delivery's hands, when the walk came by. */
    private boolean lookAtLeft(EventWalk walk, Instant before) {
        long[] last = {0};
        boolean any = forget(walk.label(), handle -> {
            List<RetentionDao.Aged> page = dao.left(handle, walk, leftAfter.getOrDefault(walk, 0L), EVENTS);
            if (page.isEmpty()) {
                return new Batch(0, 0);
            }
            List<Long> gone = dao.forget(handle, walk, due(page, walk, before));
            List<Long> over = new ArrayList<>(gone);
            page.stream()
                    .filter(event -> event.isGone() || isNothingToDo(event, walk, before))
                    .forEach(event -> over.add(event.rowId()));
            dao.noLongerLeft(handle, walk, over);
            last[0] = page.get(page.size() - 1).rowId();
            return new Batch(page.size(), gone.size());
        });
        // At the end of the list the next look begins anew.
        leftAfter.put(walk, last[0]);
        return any;
    }

    private List<Long> due(List<RetentionDao.Aged> page, EventWalk walk, Instant before) {
        return page.stream()
                .filter(event -> event.wasDoneBefore(before) && !isNothingToDo(event, walk, before))
                .map(RetentionDao.Aged::rowId)
                .toList();
    }

    /** A body that is gone already, or that goes with its event. */
    private boolean isNothingToDo(RetentionDao.Aged event, EventWalk walk, Instant before) {
        return walk == EventWalk.PAYLOADS
                && event.wasDoneBefore(before)
                && (!event.hasPayload() || (events != null && event.wasDoneBefore(before(events))));
    }

    private boolean forgetLog(LogTable table, Instant before) {
        return forget(table.label(), handle -> {
            int rows = dao.forgetLogAhead(handle, table, before, LOG_ROWS);
            return new Batch(rows, rows);
        });
    }

    /** What belongs to a group replay goes once that is over for as long: never under a runner's hands. */
    private boolean forgetReplays(Instant before) {
        long[] last = {0};
        boolean any = forget("replays", handle -> {
            List<RetentionDao.AgedReplay> page = dao.replaysAfter(handle, replaysAfter, before, LOG_ROWS).stream()
                    .takeWhile(replay -> replay.requestedAt().isBefore(before))
                    .toList();
            List<Long> over = page.stream()
                    .filter(RetentionDao.AgedReplay::over)
                    .map(RetentionDao.AgedReplay::rowId)
                    .toList();
            dao.forgetReplays(handle, over);
            last[0] = page.isEmpty() ? 0 : page.get(page.size() - 1).rowId();
            return new Batch(page.size(), over.size());
        });
        replaysAfter = last[0];
        return any;
    }

    private boolean forgetEmptyJobs(Instant before) {
        return forget("jobs", handle -> {
            int jobs = dao.forgetEmptyJobs(handle, before, EVENTS);
            return new Batch(jobs, jobs);
        });
    }

    /**
     * @param seen rows that were old
     * @param gone those that were forgotten
     */
    private record Batch(int seen, int gone) {}

    @FunctionalInterface
    private interface Work {
        Batch run(org.jdbi.v3.core.Handle handle);
    }

    private boolean forget(String kind, Work work) {
        Batch batch = database.inTransaction(Deadline.in(PATIENCE), work::run);
        if (batch.gone() > 0) {
            forgotten.accept(kind, batch.gone());
        }
        return batch.seen() > 0;
    }
}
