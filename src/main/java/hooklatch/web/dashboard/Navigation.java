package hooklatch.web.dashboard;

import hooklatch.domain.Role;
import java.util.List;

/** The pages that the menu lists, in its order. The first one is where a visitor lands. */
final class Navigation {
    private static final List<Entry> ENTRIES = List.of(
            new Entry(OverviewServlet.PATH, "Overview", Role.VIEWER),
            new Entry(EventsServlet.PATH, "Events", Role.VIEWER),
            new Entry(OrderServlet.PATH, "Orders", Role.VIEWER),
            new Entry(FailuresServlet.PATH, "Failures", Role.VIEWER),
            new Entry(LocksServlet.PATH, "Locks", Role.VIEWER),
            new Entry(RejectedServlet.PATH, "Rejected", Role.VIEWER),
            new Entry(ChecksServlet.PATH, "Checks", Role.VIEWER),
            new Entry(UsersServlet.PATH, "Users", Role.ADMIN),
            new Entry(AuditServlet.PATH, "Audit log", Role.ADMIN),
            new Entry(AccountServlet.PATH, "Account", Role.VIEWER));

    private record Entry(String path, String label, Role readers) {}

    private Navigation() {}

    /** Path of the page where a visitor lands, below the context path. */
    static String start() {
        return ENTRIES.get(0).path();
    }

    /**
     * What the visitor sees of it.
     *
     * @param root the context path
     * @param current path of the page being shown; a page below an entry belongs to it
     */
    static List<Frame.Link> links(String root, String current, Role role) {
        return ENTRIES.stream()
                .filter(entry -> role.covers(entry.readers()))
                .map(entry -> new Frame.Link(
                        root + entry.path(),
                        entry.label(),
                        current.equals(entry.path()) || current.startsWith(entry.path() + "/")))
                .toList();
    }
}
