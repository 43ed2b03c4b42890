package hooklatch.web.dashboard;

import java.util.List;

/**
 * An order that the shop does not have.
 *
 * @param action where the form that finds another goes
 * @param events that name it all the same
 */
public record UnknownOrderView(String id, String action, String message, List<Event> events) {
    public UnknownOrderView {
        events = List.copyOf(events);
    }

    /**
     * One event.
     *
     * @param kind of the status: ok, warn, bad or idle
     * @param status in words
     */
    public record Event(Moment at, String type, String kind, String status, String error, String id, String href) {}
}
