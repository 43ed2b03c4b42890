package hooklatch.service.events;

import hooklatch.dao.EventListDao;
import hooklatch.dao.EventListDao.Position;
import hooklatch.dao.EventListDao.Range;
import hooklatch.dao.EventListDao.Residue;
import hooklatch.dao.EventListDao.Stretch;
import hooklatch.domain.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Walks several ordered ranges of events as if they were one, from one end of a stretch, and stops when enough were found.
 * Where a residue lets few pass it walks window by window, each of a bounded number of index entries, and gives up for now
 * when its time is over: what it then has is complete as far as it came.
 */
final class EventWalk {
    private static final Duration TIME = Duration.ofMillis(30);
    /** Index entries of the first window in each range. Usually it has all that is wanted; if not, the next is larger. */
    private static final int FIRST_WINDOW = 500;

    private static final int GROWTH = 5;
    private static final int LEAST_WALKED = 12_500;
    private static final int LARGEST_WINDOW = 20_000;
    /** Where the residue is not in the index, each entry is a row to read. */
    private static final int LARGEST_WINDOW_OF_ROWS = 1_000;

    private final EventListDao dao;
    private final Handle handle;
    private final List<Range> ranges;
    private final Residue residue;

    EventWalk(EventListDao dao, Handle handle, List<Range> ranges, Residue residue) {
        this.dao = dao;
        this.handle = handle;
        this.ranges = ranges;
        this.residue = residue;
    }

    /**
     * What a walk found.
     *
     * @param places in the order of the walk
     * @param stoppedAt where it gave up for now: everything before was looked at; null when it came to an end
     */
    record Walked(List<Position> places, @Nullable Position stoppedAt) {}

    /** The first places of the stretch, as many as are wanted. */
    Walked first(Stretch stretch, int wanted) {
        Deadline giveUp = Deadline.in(TIME);
        Comparator<Position> order = stretch.newestFirst() ? Comparator.reverseOrder() : Comparator.naturalOrder();
        List<Position> found = new ArrayList<>();
        Stretch rest = stretch;
        for (int size = FIRST_WINDOW; ; size = Math.min(size * GROWTH, LARGEST_WINDOW)) {
            Optional<Position> end = endOfWindow(rest, size, order);
            Stretch window = end.isEmpty() ? rest : upTo(rest, end.get());
            int missing = wanted - found.size();
            List<Position> merged = new ArrayList<>();
            for (Range range : ranges) {
                merged.addAll(dao.places(handle, range, window, residue, missing));
            }
            merged.stream().distinct().sorted(order).limit(missing).forEach(found::add);
            if (found.size() >= wanted || end.isEmpty()) {
                return new Walked(found, null);
            }
            rest = from(rest, end.get());
            // On a busy machine too a walk gets somewhere before it gives up.
            if (size >= LEAST_WALKED && giveUp.hasPassed()) {
                return new Walked(found, end.get());
            }
        }
    }

    /** The nearest place at which a range has had its share of entries, or empty when all of them can be walked at once. */
    private Optional<Position> endOfWindow(Stretch rest, int size, Comparator<Position> order) {
        if (residue.isEmpty()) {
            return Optional.empty();
        }
        return ranges.stream()
                .flatMap(range -> dao.placeBehind(handle, range, rest, Math.min(size, largestWindow(range))).stream())
                .min(order);
    }

    private int largestWindow(Range range) {
        boolean inIndex = switch (range.index()) {
            case STATUS -> residue.statuses().isEmpty();
            case TYPE -> residue.statuses().isEmpty() && residue.types().isEmpty();
            case ORDER, PAYMENT -> false;
        };
        return inIndex ? LARGEST_WINDOW : LARGEST_WINDOW_OF_ROWS;
    }

    private static Stretch upTo(Stretch stretch, Position end) {
        return stretch.newestFirst()
                ? new Stretch(stretch.newer(), end, true)
                : new Stretch(end, stretch.older(), false);
    }

    /** The end of a window is the first place that is not in it. */
    private static Stretch from(Stretch stretch, Position end) {
        return stretch.newestFirst()
                ? new Stretch(end.nextNewer(), stretch.older(), true)
                : new Stretch(stretch.newer(), end.nextOlder(), false);
    }
}
