package hooklatch.web.dashboard;

import java.util.List;

/**
 * The way to an order.
 *
 * @param action where the form goes, and below which the orders are
 * @param q what was looked for; empty = nothing yet
 * @param ids orders that it belongs to, when there are several
 * @param events link to the events that are found by it
 */
public record FinderView(String action, String q, List<String> ids, String events) {
    public FinderView {
        ids = List.copyOf(ids);
    }
}
