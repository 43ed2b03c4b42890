package hooklatch.service.events;

import hooklatch.dao.EventListDao.Position;
import hooklatch.dao.EventListDao.Stretch;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a page begins. A cursor names a place in time and not a number of rows, so events that arrive meanwhile shift
 * nothing. Its text is for links only.
 *
 * @param way which events the page shows
 * @param place the place, which is not on the page itself; of {@link Way#DUPLICATES} only the row counts, and it is one of
 *     the delivery log
 */
record EventCursor(Way way, Position place) {
    enum Way {
        /** Those before the place, the newest of them first. */
        OLDER('o'),
        /** Those right after the place. */
        NEWER('n'),
        /** The oldest of all. */
        LAST('l'),
        /** Events whose latest duplicate stands before the row of the delivery log. */
        DUPLICATES('d');

        private final char letter;

        Way(char letter) {
            this.letter = letter;
        }
    }

    private static final int RADIX = 36;
    private static final Pattern TEXT = Pattern.compile("([onld])([0-9a-z]{1,12})\\.([0-9a-z]{1,13})");
    private static final EventCursor LAST = new EventCursor(Way.LAST, new Position(Instant.EPOCH, 0));

    static EventCursor last() {
        return LAST;
    }

    static EventCursor older(Position place) {
        return new EventCursor(Way.OLDER, place);
    }

    static EventCursor newer(Position place) {
        return new EventCursor(Way.NEWER, place);
    }

    static EventCursor duplicatesBefore(long logRowId) {
        return new EventCursor(Way.DUPLICATES, new Position(Instant.EPOCH, logRowId));
    }

    /** The cursor that a text stands for, or empty when it stands for none. */
    static Optional<EventCursor> read(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            long micros = Long.parseLong(matcher.group(2), RADIX);
            long row = Long.parseLong(matcher.group(3), RADIX);
            Instant at = Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
            if (at.isAfter(EventFilter.LATEST)) {
                return Optional.empty();
            }
            for (Way way : Way.values()) {
                if (way.letter == text.charAt(0)) {
                    return Optional.of(new EventCursor(way, new Position(at, row)));
                }
            }
            return Optional.empty();
        } catch (NumberFormatException beyondLong) {
            return Optional.empty();
        }
    }

    /** The part of a list that the page is the beginning of. A cursor of another kind of list stands for the first page. */
    Stretch within(Stretch all) {
        return switch (way) {
            case OLDER -> new Stretch(min(place, all.newer()), all.older(), true);
            case NEWER -> new Stretch(all.newer(), max(place, all.older()), false);
            case LAST -> new Stretch(all.newer(), all.older(), false);
            case DUPLICATES -> all;
        };
    }

    private static Position min(Position a, Position b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static Position max(Position a, Position b) {
        return a.compareTo(b) < 0 ? b : a;
    }

    /** As in the query string; letters, digits and a dot. */
    @Override
    public String toString() {
        long micros = Math.max(0, ChronoUnit.MICROS.between(Instant.EPOCH, place.at()));
        return way.letter + Long.toString(micros, RADIX) + "." + Long.toString(place.rowId(), RADIX);
    }
}
