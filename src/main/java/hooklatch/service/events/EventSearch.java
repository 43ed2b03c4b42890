package hooklatch.service.events;

import hooklatch.dao.Database;
import hooklatch.dao.EventListDao;
import hooklatch.dao.EventListDao.Index;
import hooklatch.dao.EventListDao.Position;
import hooklatch.dao.EventListDao.Range;
import hooklatch.dao.EventListDao.Stretch;
import hooklatch.dao.StorageException;
import hooklatch.domain.CappedCount;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventStatus;
import hooklatch.domain.EventSummary;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Finds events: by id, by filter, by saved view, a page at a time. A page costs by what it shows: the first, the last and
 * one of a thousand pages in between cost the same, whatever is stored. Thread-safe.
 */
public final class EventSearch {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration TYPES_ARE_BELIEVED = Duration.ofSeconds(10);
    private static final int COUNT_CAP = 1_000;
    private static final int LOG_ROWS_COUNTED = 3_000;

    private final Database database;
    private final EventListDao dao = new EventListDao();
    /** What was last read; two threads that race read the same. */
    private volatile @Nullable Types types;

    private final EventPlanner planner;
    private final List<String> endpoints;
    private final EventLines lines = new EventLines(dao);
    private final DuplicateList duplicates = new DuplicateList(dao, lines);

    private record Types(List<String> names, Deadline until) {}

    /**
     * @param database the pool of the pages
     * @param providers the providers that have an endpoint; others may have events from earlier
     */
    public EventSearch(Database database, Set<String> providers) {
        this.database = database;
        this.planner = new EventPlanner(dao, providers);
        this.endpoints = providers.stream().sorted().toList();
    }

    /**
     * The page that a filter asks for.
     *
     * @param filter without problems
     * @throws StorageException when MySQL cannot tell
     */
    public EventPage find(EventFilter filter) {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> find(handle, filter));
    }

    /**
     * The same for people who leaf back towards the newest: where too few newer events are left to fill a page, the first
     * page.
     *
     * @throws StorageException when MySQL cannot tell
     */
    public EventPage findFull(EventFilter filter) {
        EventPage page = find(filter);
        boolean isTop = filter.cursor() != null && page.newer() == null && page.older() != null;
        return isTop && page.events().size() < EventPage.SIZE ? find(filter.atFirstPage()) : page;
    }

    /** The providers that have an endpoint, in the order of the alphabet. */
    public List<String> endpoints() {
        return endpoints;
    }

    /**
     * The types that there are, as of some seconds ago, for a person to choose from; at most a hundred.
     *
     * @throws StorageException when MySQL cannot tell
     */
    public List<String> types() {
        Types known = types;
        if (known == null || known.until().hasPassed()) {
            known = new Types(
                    database.inTransaction(Deadline.in(PATIENCE), planner::types), Deadline.in(TYPES_ARE_BELIEVED));
            types = known;
        }
        return known.names();
    }

    /**
     * Whether there is no event at all yet.
     *
     * @throws StorageException when MySQL cannot tell
     */
    public boolean isEmpty() {
        return database.inTransaction(
                Deadline.in(PATIENCE), handle -> dao.providers(handle, 1).isEmpty());
    }

    private EventPage find(Handle handle, EventFilter filter) {
        if (filter.duplicatesOnly()) {
            List<String> types = filter.type() == null ? List.of() : planner.typesOf(handle, filter.type());
            return duplicates.page(
                    handle,
                    filter,
                    event -> filter.passes(event, types)
                            && (filter.id() == null
                                    || filter.id().equals(event.key().eventId())
                                    || filter.id().equals(event.paymentId())));
        }
        EventPlan plan = planner.plan(handle, filter);
        if (plan.isEmpty()) {
            return EventPage.EMPTY;
        }
        if (!plan.places().isEmpty()) {
            return places(handle, plan, filter);
        }
        return walk(handle, plan, filter);
    }

    /** The events of one id: no more than there are providers. */
    private EventPage places(Handle handle, EventPlan plan, EventFilter filter) {
        List<Position> newestFirst =
                plan.places().stream().sorted(Comparator.reverseOrder()).toList();
        List<EventSummary> events = lines.at(handle, newestFirst).stream()
                .filter(event -> filter.passes(event, plan.residue().types()) && filter.isInTime(event.receivedAt()))
                .toList();
        return new EventPage(events, null, null, null, null, null, new CappedCount(events.size(), false), plan.found());
    }

    private EventPage walk(Handle handle, EventPlan plan, EventFilter filter) {
        Stretch all = Stretch.between(filter.from(), filter.end());
        EventCursor cursor = filter.cursor();
        EventCursor.Way way = cursor == null ? EventCursor.Way.OLDER : cursor.way();
        Stretch stretch = cursor == null ? all : cursor.within(all);
        EventWalk.Walked walked =
                new EventWalk(dao, handle, plan.ranges(), plan.residue()).first(stretch, EventPage.SIZE + 1);

        List<Position> places = new ArrayList<>(walked.places());
        boolean more = places.size() > EventPage.SIZE;
        if (more) {
            places.remove(EventPage.SIZE);
        }
        Position stoppedAt = more ? null : walked.stoppedAt();
        String newer = null;
        String older = null;
        if (stretch.newestFirst()) {
            if (more) {
                older = EventCursor.older(places.get(places.size() - 1)).toString();
            } else if (stoppedAt != null) {
                older = EventCursor.older(stoppedAt.nextNewer()).toString();
            }
            if (cursor != null) {
                newer = EventCursor.newer(places.isEmpty() ? cursor.place().nextOlder() : places.get(0))
                        .toString();
            }
        } else {
            if (more) {
                newer = EventCursor.newer(places.get(places.size() - 1)).toString();
            } else if (stoppedAt != null) {
                newer = EventCursor.newer(stoppedAt.nextOlder()).toString();
            }
            if (cursor != null && way == EventCursor.Way.NEWER) {
                older = EventCursor.older(places.isEmpty() ? cursor.place().nextNewer() : places.get(0))
                        .toString();
            }
            Collections.reverse(places);
        }
        boolean whole = newer == null && older == null;
        return new EventPage(
                lines.at(handle, places),
                newer,
                older,
                places.isEmpty() ? null : EventCursor.newer(places.get(0)).toString(),
                older == null ? null : EventCursor.last().toString(),
                stoppedAt == null ? null : stoppedAt.at(),
                whole ? new CappedCount(places.size(), false) : total(handle, plan, all),
                plan.found());
    }

    /** What only a walk over everything could count is not counted. */
    private @Nullable CappedCount total(Handle handle, EventPlan plan, Stretch all) {
        if (!plan.residue().isEmpty() || !plan.isDisjoint()) {
            return null;
        }
        CappedCount total = CappedCount.NONE;
        for (Range range : plan.ranges()) {
            total = total.plus(dao.count(handle, range, all, COUNT_CAP), COUNT_CAP);
        }
        return total;
    }

    /**
     * How many events the saved views have.
     *
     * @param duplicates deliveries answered from an earlier result, as far back as the newest rows of the log reach
     */
    public record Views(
            CappedCount all,
            CappedCount failed,
            CappedCount deadLettered,
            CappedCount duplicates,
            CappedCount rejected) {}

    /**
     * Counts within a time, each capped.
     *
     * @throws StorageException when MySQL cannot tell
     */
    public Views views(Instant from, Instant to) {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> {
            Stretch time = Stretch.between(from, to);
            Map<EventStatus, CappedCount> counts = new HashMap<>();
            CappedCount all = CappedCount.NONE;
            for (EventStatus status : EventStatus.values()) {
                CappedCount count = dao.count(handle, new Range(Index.STATUS, status.column()), time, COUNT_CAP);
                counts.put(status, count);
                all = all.plus(count, COUNT_CAP);
            }
            EventListDao.Duplicates again = dao.duplicates(handle, from, to, LOG_ROWS_COUNTED);
            CappedCount counted = CappedCount.of(again.count(), COUNT_CAP);
            return new Views(
                    all,
                    counts.getOrDefault(EventStatus.FAILED, CappedCount.NONE),
                    counts.getOrDefault(EventStatus.DEAD_LETTERED, CappedCount.NONE),
                    new CappedCount(counted.atLeast(), counted.more() || !again.wholeRange()),
                    dao.rejections(handle, from, to, COUNT_CAP));
        });
    }
}
