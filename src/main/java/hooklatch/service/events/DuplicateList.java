package hooklatch.service.events;

import hooklatch.dao.EventListDao;
import hooklatch.dao.EventListDao.Logged;
import hooklatch.dao.EventListDao.Position;
import hooklatch.domain.CappedCount;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventSummary;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Events by their latest duplicate. The log is walked backwards along its primary key, so where duplicates are many a page
 * is found at once; where they are rare the walk gives up for now and can be gone on with. No index of the log is needed
 * that every delivery would pay for. Thread-safe.
 */
final class DuplicateList {
    private static final int WINDOW = 2_000;
    private static final Duration TIME = Duration.ofMillis(50);

    private final EventListDao dao;
    private final EventLines lines;

    DuplicateList(EventListDao dao, EventLines lines) {
        this.dao = dao;
        this.lines = lines;
    }

    /** Where a walk along the log stands. */
    private static final class Walk {
        private final EventFilter filter;
        private final boolean begins;
        private final Set<EventKey> seen = new HashSet<>();
        private final List<EventSummary> found = new ArrayList<>();
        private long before;
        private @Nullable Instant reached;
        private boolean ended;

        Walk(EventFilter filter) {
            EventCursor cursor = filter.cursor();
            this.filter = filter;
            this.begins = cursor == null || cursor.way() != EventCursor.Way.DUPLICATES;
            this.before =
                    begins || cursor == null ? Long.MAX_VALUE : cursor.place().rowId();
        }

        boolean isFull() {
            return found.size() >= EventPage.SIZE;
        }

        /** Takes the rows up to the one that may fill the page; those with a duplicate of an event not met yet. */
        List<Logged> take(List<Logged> log) {
            List<Logged> fresh = new ArrayList<>();
            for (Logged row : log) {
                if (row.receivedAt().isBefore(filter.from())) {
                    ended = true;
                    return fresh;
                }
                before = row.rowId();
                reached = row.receivedAt();
                boolean inTime = filter.to() == null || row.receivedAt().isBefore(filter.to());
                if (inTime && row.outcome().equals("duplicate") && seen.add(row.key())) {
                    fresh.add(row);
                    if (fresh.size() + found.size() >= EventPage.SIZE) {
                        return fresh;
                    }
                }
            }
            ended = log.size() < WINDOW;
            return fresh;
        }

        EventPage page() {
            boolean finished = ended && !isFull();
            return new EventPage(
                    found,
                    null,
                    finished ? null : EventCursor.duplicatesBefore(before).toString(),
                    null,
                    null,
                    finished || isFull() ? null : reached,
                    finished && begins ? new CappedCount(found.size(), false) : null,
                    null);
        }
    }

    /** A page of them. */
    EventPage page(Handle handle, EventFilter filter, Predicate<EventSummary> passes) {
        Deadline giveUp = Deadline.in(TIME);
        Walk walk = new Walk(filter);
        do {
            List<Logged> fresh = walk.take(dao.logBefore(handle, walk.before, WINDOW));
            lines.at(handle, latestOnly(handle, fresh, walk.begins)).stream()
                    .filter(passes)
                    .forEach(walk.found::add);
        } while (!walk.ended && !walk.isFull() && !giveUp.hasPassed());
        return walk.page();
    }

    /** An event that a newer duplicate has put on an earlier page is not shown again. */
    private List<Position> latestOnly(Handle handle, List<Logged> log, boolean firstPage) {
        List<Position> places = new ArrayList<>();
        for (Logged row : log) {
            if (firstPage || !dao.hasLaterDuplicate(handle, row.key(), row.rowId(), EventLines.DELIVERIES_OF_A_LINE)) {
                dao.byKey(handle, row.key()).ifPresent(places::add);
            }
        }
        return places;
    }
}
