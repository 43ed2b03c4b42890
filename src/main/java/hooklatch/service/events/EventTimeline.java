package hooklatch.service.events;

import hooklatch.dao.EventDetailDao;
import hooklatch.dao.EventDetailDao.AttemptRow;
import hooklatch.dao.EventDetailDao.DeliveryRow;
import hooklatch.dao.EventDetailDao.LogRow;
import hooklatch.domain.EventKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Pages through the attempts at one event: two logs, each in the order of its own row numbers, woven together by time. A page
 * costs as many rows as it shows, whatever the logs hold, and no row is missed or shown twice on the way to either end.
 * Stateless.
 */
public final class EventTimeline {
    /** Attempts on a page. */
    public static final int ROWS = 50;

    /** Cursor of the last page. */
    public static final String LAST = "b999999999999999999.999999999999999999";

    private static final int COUNT_CAP = 1_000;

    private final EventDetailDao dao;

    EventTimeline(EventDetailDao dao) {
        this.dao = dao;
    }

    /**
     * A place between two rows of each log.
     *
     * @param backwards whether the page ends before it, else begins behind it
     * @param delivery row of the log of deliveries; not on the page
     * @param attempt the same of the other log
     */
    private record Cursor(boolean backwards, long delivery, long attempt) {
        private static final Pattern TEXT = Pattern.compile("([ab])(\\d{1,18})\\.(\\d{1,18})");

        static Cursor of(@Nullable String text) {
            Matcher matcher = TEXT.matcher(text == null ? "" : text);
            return matcher.matches()
                    ? new Cursor(
                            matcher.group(1).equals("b"),
                            Long.parseLong(matcher.group(2)),
                            Long.parseLong(matcher.group(3)))
                    : new Cursor(false, 0, 0);
        }

        /** The way back to where this page came from. */
        Cursor turned() {
            int step = backwards ? -1 : 1;
            return new Cursor(!backwards, delivery + step, attempt + step);
        }

        /** The way on, behind the rows of a page. */
        Cursor behind(List<LogRow> rows) {
            long lastDelivery = delivery;
            long lastAttempt = attempt;
            for (LogRow row : rows) {
                if (row instanceof DeliveryRow) {
                    lastDelivery = row.rowId();
                } else {
                    lastAttempt = row.rowId();
                }
            }
            return new Cursor(backwards, lastDelivery, lastAttempt);
        }

        boolean isAtTheBeginning() {
            return !backwards && delivery == 0 && attempt == 0;
        }

        @Override
        public String toString() {
            return (backwards ? "b" : "a") + delivery + "." + attempt;
        }
    }

    EventDetail.Timeline read(Handle handle, EventKey key, @Nullable String text) {
        Cursor cursor = Cursor.of(text);
        List<LogRow> rows = cursor.backwards()
                ? woven(
                        dao.deliveriesBefore(handle, key, cursor.delivery(), ROWS + 1),
                        dao.attemptsBefore(handle, key, cursor.attempt(), ROWS + 1),
                        true)
                : woven(
                        dao.deliveriesAfter(handle, key, cursor.delivery(), ROWS + 1),
                        dao.attemptsAfter(handle, key, cursor.attempt(), ROWS + 1),
                        false);
        boolean more = rows.size() > ROWS;
        List<LogRow> page = new ArrayList<>(rows.subList(0, Math.min(ROWS, rows.size())));
        String on = more ? cursor.behind(page).toString() : null;
        String back = page.isEmpty() || cursor.isAtTheBeginning() || LAST.equals(text)
                ? null
                : cursor.turned().toString();
        if (cursor.backwards()) {
            Collections.reverse(page);
        }
        return new EventDetail.Timeline(
                page,
                dao.countDeliveries(handle, key, COUNT_CAP),
                dao.countAttempts(handle, key, COUNT_CAP),
                cursor.backwards() ? on : back,
                cursor.backwards() ? back : on);
    }

    /** Each log keeps its own order; of the two rows that are next, the one nearer in time comes first. */
    private static List<LogRow> woven(List<DeliveryRow> deliveries, List<AttemptRow> attempts, boolean backwards) {
        List<LogRow> rows = new ArrayList<>();
        int d = 0;
        int a = 0;
        while (rows.size() <= ROWS && (d < deliveries.size() || a < attempts.size())) {
            boolean delivery = a == attempts.size()
                    || (d < deliveries.size() && isNext(deliveries.get(d), attempts.get(a), backwards));
            rows.add(delivery ? deliveries.get(d++) : attempts.get(a++));
        }
        return rows;
    }

    private static boolean isNext(DeliveryRow delivery, AttemptRow attempt, boolean backwards) {
        return backwards ? delivery.at().isAfter(attempt.at()) : !delivery.at().isAfter(attempt.at());
    }
}
