package hooklatch.web.dashboard;

import java.util.List;

/**
 * One group replay and how far it is.
 *
 * @param silent that its node has not been heard of for a while, in sentences; empty = it has, or none runs it
 * @param done events that have come to an end, as a number for {@code progress}
 * @param timeLeft empty = not known, or over
 * @param typed reason for stopping it, as it was typed
 * @param problem what is wrong with that reason; empty = nothing
 * @param ended how many came to which end
 */
public record ReplayJobView(
        String id,
        String kind,
        String state,
        List<String> filter,
        String by,
        String reason,
        Moment created,
        String finished,
        String node,
        String silent,
        String events,
        long total,
        long done,
        String doneText,
        String left,
        String timeLeft,
        boolean running,
        boolean mayCancel,
        String typed,
        String problem,
        List<Ended> ended,
        List<Event> refused) {
    public ReplayJobView {
        filter = List.copyOf(filter);
        ended = List.copyOf(ended);
        refused = List.copyOf(refused);
    }

    /** How many came to one end. */
    public record Ended(String kind, String label, String count) {}

    /** An event that was refused again. */
    public record Event(long key, String provider, String eventId, String href, String type, String message) {}
}
