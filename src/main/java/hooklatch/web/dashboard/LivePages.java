package hooklatch.web.dashboard;

import hooklatch.lock.LockBoard;
import hooklatch.lock.LockDirectory;
import hooklatch.service.Checks;
import hooklatch.service.LockQuery;
import hooklatch.service.LockRelease;
import hooklatch.service.OverviewQuery;
import hooklatch.service.RejectionQuery;
import hooklatch.web.Readiness;
import hooklatch.web.Site;
import jakarta.servlet.ServletContext;
import java.time.Clock;
import java.util.Set;

/**
 * The pages that show how it goes right now: overview, held locks, rejected deliveries.
 *
 * @param node name of this node
 * @param providers names of all providers that have an endpoint
 */
public record LivePages(
        OverviewQuery overview,
        LockQuery locks,
        LockRelease release,
        LockDirectory directory,
        LockBoard board,
        RejectionQuery rejections,
        Readiness readiness,
        Checks checks,
        String node,
        Set<String> providers) {
    public LivePages {
        providers = Set.copyOf(providers);
    }

    void addTo(ServletContext context, Surroundings surroundings, Clock clock) {
        OverviewServlet.Sources sources =
                new OverviewServlet.Sources(overview, locks, directory, board, readiness, checks, providers);
        add(context, "overview", new OverviewServlet(surroundings, sources, clock), OverviewServlet.PATH);
        add(context, "locks", new LocksServlet(surroundings, locks, node), LocksServlet.PATH);
        add(context, "lock-release", new LockReleaseServlet(surroundings, locks, release), LockReleaseServlet.PATH);
        add(context, "rejected", new RejectedServlet(surroundings, rejections, providers, clock), RejectedServlet.PATH);
    }

    private static void add(ServletContext context, String name, PageServlet page, String path) {
        Site.add(context, "page-" + name, page, path, path + ".json");
    }
}
