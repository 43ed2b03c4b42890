package hooklatch.web.dashboard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One order as its JSP shows it.
 *
 * @param kind of what is said on top: ok, warn, bad, info or idle
 * @param href stable address of this page
 */
public record OrderView(
        String id,
        String href,
        String kind,
        String state,
        String verdict,
        List<String> because,
        List<Advice> advice,
        String ordered,
        List<Payment> payments,
        List<Refund> refunds,
        List<Dispute> disputes,
        List<Entry> timeline,
        boolean moreEvents) {
    public OrderView {
        because = List.copyOf(because);
        advice = List.copyOf(advice);
        payments = List.copyOf(payments);
        refunds = List.copyOf(refunds);
        disputes = List.copyOf(disputes);
        timeline = List.copyOf(timeline);
    }

    /**
     * Something to do.
     *
     * @param href where; null = nowhere in particular
     * @param label of the link
     */
    public record Advice(String text, @Nullable String href, String label) {}

    /** One payment. */
    public record Payment(
            String provider,
            String id,
            String status,
            String kind,
            String amount,
            String givenBack,
            Moment firstSeen) {}

    /**
     * A refund of its own, or the running total of a charge.
     *
     * @param counts what of it counts, in words
     */
    public record Refund(
            String id, String source, String payment, String status, String kind, String announced, String counts) {}

    /** One dispute. */
    public record Dispute(String id, String payment, String status, String kind, String amount) {}

    /**
     * One line of the timeline.
     *
     * @param what happened, in words
     * @param more what else is to be said, or empty
     * @param job the group replay that it is about
     * @param id of the event, or empty
     * @param href null = no event
     */
    public record Entry(
            Moment at,
            String status,
            String kind,
            String what,
            @Nullable Job job,
            String more,
            String id,
            @Nullable String href) {}

    /** A group replay and the way to its page. */
    public record Job(long id, String href) {}
}
