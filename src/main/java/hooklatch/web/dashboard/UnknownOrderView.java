package hooklatch.web.dashboard;

import java.util.List;

/**
 * An order that the shop does not have.
 *
 * @param action where the form that finds another goes
 * @param payments that counted for it while the shop had it
 * @param events that name it all the same
 */
public record UnknownOrderView(
        String id, String action, String message, String whatToDo, List<Payment> payments, List<Event> events) {
    public UnknownOrderView {
        payments = List.copyOf(payments);
        events = List.copyOf(events);
    }

    /** One payment. */
    public record Payment(String id, String href, String provider, String status, String amount) {}

    /**
     * One event.
     *
     * @param kind of the status: ok, warn, bad or idle
     * @param status in words
     */
    public record Event(Moment at, String type, String kind, String status, String error, String id, String href) {}
}
