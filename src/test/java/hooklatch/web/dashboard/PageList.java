package hooklatch.web.dashboard;

import static java.util.stream.Collectors.toSet;

import hooklatch.domain.InvariantCheck;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Every page of the dashboard by the path it is registered under, with addresses by which it is opened in tests that are about
 * all of them. {@link HostileDataTest} fails when a page is registered that is not here.
 */
final class PageList {
    /** What is registered and is no page of its own: redirects, the sign-in form (it has tests of its own), what is no page. */
    static final Set<String> NO_PAGES =
            Set.of("/dashboard", "/dashboard/", "/dashboard/login", "/dashboard/*", "/static/*");

    private static final String CHECK = "/dashboard/checks?check=" + InvariantCheck.ORDER_STATE_DIFFERS.label();
    private static final String EVENT = "provider=stripe&event_id=evt_1";

    private static final Map<String, List<String>> PAGES = new TreeMap<>(Map.ofEntries(
            Map.entry("/dashboard/overview", List.of("/dashboard/overview")),
            Map.entry(
                    "/dashboard/events",
                    List.of(
                            "/dashboard/events",
                            "/dashboard/events?status=failed",
                            "/dashboard/events?view=duplicates")),
            Map.entry("/dashboard/events/*", List.of("/dashboard/events/stripe/evt_1")),
            Map.entry("/dashboard/orders", List.of("/dashboard/orders?q=pi_1")),
            Map.entry("/dashboard/orders/*", List.of("/dashboard/orders/42", "/dashboard/orders/43")),
            Map.entry("/dashboard/failures", List.of("/dashboard/failures")),
            Map.entry("/dashboard/replay", List.of("/dashboard/replay?" + EVENT)),
            Map.entry("/dashboard/replay-group", List.of("/dashboard/replay-group?provider=stripe")),
            Map.entry("/dashboard/replays", List.of("/dashboard/replays")),
            Map.entry("/dashboard/replays/*", List.of("/dashboard/replays/1")),
            Map.entry("/dashboard/locks", List.of("/dashboard/locks")),
            Map.entry(
                    LockReleaseServlet.PATH,
                    List.of(LockReleaseServlet.PATH + "?" + EVENT
                            + "&holder=00000000-0000-0000-0000-000000000000%3A1")),
            Map.entry("/dashboard/rejected", List.of("/dashboard/rejected")),
            Map.entry("/dashboard/checks", List.of("/dashboard/checks", CHECK)),
            Map.entry("/dashboard/users", List.of("/dashboard/users")),
            Map.entry(
                    UserChangeServlet.PATH,
                    List.of(
                            UserChangeServlet.PATH + "?do=role&id=1",
                            UserChangeServlet.PATH + "?do=disable&id=1",
                            UserChangeServlet.PATH + "?do=sign-out&id=1",
                            UserChangeServlet.PATH + "?do=password&id=1")),
            Map.entry("/dashboard/audit", List.of("/dashboard/audit")),
            Map.entry("/dashboard/account", List.of("/dashboard/account")),
            Map.entry("/dashboard/logout", List.of("/dashboard/logout"))));

    private PageList() {}

    /** Registered pages, their JSON twins left out. */
    static Set<String> registered(Set<String> mappings) {
        return mappings.stream()
                .filter(path -> path.startsWith("/dashboard") && !path.endsWith(".json") && !NO_PAGES.contains(path))
                .collect(toSet());
    }

    static Set<String> known() {
        return PAGES.keySet();
    }

    /** Addresses of all pages. */
    static List<String> addresses() {
        return PAGES.values().stream().flatMap(List::stream).toList();
    }

    /** The JSON twin of an address. */
    static String twin(String address) {
        int query = address.indexOf('?');
        return query < 0 ? address + ".json" : address.substring(0, query) + ".json" + address.substring(query);
    }
}
