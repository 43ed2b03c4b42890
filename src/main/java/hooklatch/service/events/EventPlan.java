package hooklatch.service.events;

import hooklatch.dao.EventListDao.Position;
import hooklatch.dao.EventListDao.Range;
import hooklatch.dao.EventListDao.Residue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way to the events of a filter: ordered ranges of an index each, or single places, and what is left to decide.
 */
record EventPlan(List<Range> ranges, List<Position> places, Residue residue, EventPage.@Nullable Found found) {
    static EventPlan of(List<Range> ranges, Residue residue, EventPage.@Nullable Found found) {
        return new EventPlan(ranges, List.of(), residue, found);
    }

    /** Nothing can pass. */
    static EventPlan nothing() {
        return of(List.of(), Residue.NONE, null);
    }

    boolean isEmpty() {
        return ranges.isEmpty() && places.isEmpty();
    }

    /** Whether the ranges hold each event once. */
    boolean isDisjoint() {
        return ranges.stream().map(Range::index).distinct().count() <= 1;
    }
}
