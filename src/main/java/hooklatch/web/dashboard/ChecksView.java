package hooklatch.web.dashboard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The checks as their JSP shows them.
 *
 * @param kind of what is said on top: ok, warn, bad or idle
 * @param title what the last run says, in a few words
 * @param ran when the last run ended; null = never
 * @param took how long it took and what it looked at, in a sentence
 * @param running since when a run is under way; null = none is
 * @param stale whether the last run is long ago
 * @param detail findings of one check that was asked for; null = the overview
 */
public record ChecksView(
        String kind,
        String title,
        @Nullable Moment ran,
        String took,
        @Nullable Moment running,
        boolean stale,
        List<Row> rows,
        @Nullable Detail detail) {
    public ChecksView {
        rows = List.copyOf(rows);
    }

    /**
     * One check.
     *
     * @param kind of its badge: ok, warn or bad
     * @param href where its findings are; null = there are none
     */
    public record Row(
            String name,
            String title,
            String severity,
            String kind,
            String found,
            String meaning,
            String whatToDo,
            @Nullable String href) {}

    /**
     * The findings of one check.
     *
     * @param all link to the overview
     * @param next link to more; null = there are none
     * @param note what is not listed, or empty
     */
    public record Detail(
            Row check,
            List<Found> found,
            String all,
            @Nullable String first,
            @Nullable String next,
            String note) {
        public Detail {
            found = List.copyOf(found);
        }
    }

    /** One finding. Texts that are not there are empty, links null. */
    public record Found(
            int position,
            String detail,
            String event,
            @Nullable String eventHref,
            String order,
            @Nullable String orderHref,
            String payment,
            String fact) {}
}
