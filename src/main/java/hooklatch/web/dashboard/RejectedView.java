package hooklatch.web.dashboard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries refused before processing, as their JSP shows them.
 *
 * @param filtered whether anything is filtered, so that an empty list may mean "nothing matches"
 * @param advice what to do, once for each cause on the page
 * @param first link to the newest; null = this is that page
 * @param next link to older ones; null = there are none
 */
public record RejectedView(
        Filter filter,
        List<Option> causes,
        List<Option> providers,
        boolean filtered,
        List<Row> rows,
        List<Advice> advice,
        String kept,
        @Nullable String first,
        @Nullable String next) {
    public RejectedView {
        causes = List.copyOf(causes);
        providers = List.copyOf(providers);
        rows = List.copyOf(rows);
        advice = List.copyOf(advice);
    }

    /** The fields of the form as they were sent. */
    public record Filter(String cause, String provider, String from, String to) {}

    /** One choice of a field. */
    public record Option(String value, String label, boolean chosen) {}

    /**
     * One refused delivery.
     *
     * @param more in words, how many more of its kind in its minute were only counted; null = none
     */
    public record Row(
            long id,
            Moment at,
            String cause,
            String word,
            String provider,
            int httpStatus,
            String size,
            String source,
            String node,
            @Nullable String more) {}

    /** What a cause means and asks for. */
    public record Advice(String cause, String text) {}
}
