package hooklatch.web.dashboard;

import hooklatch.service.AuditQuery;
import hooklatch.service.Checks;
import hooklatch.service.LiveCounts;
import hooklatch.service.OrderHistories;
import hooklatch.service.SignIn;
import hooklatch.service.Users;
import hooklatch.service.events.EventDetails;
import hooklatch.service.events.EventSearch;
import hooklatch.service.replay.Failures;
import hooklatch.service.replay.GroupReplay;
import hooklatch.service.replay.Replay;
import hooklatch.web.BrowserOrigin;
import hooklatch.web.Site;
import hooklatch.web.StaticFiles;
import jakarta.servlet.ServletContext;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.function.BooleanSupplier;

/**
 * Which page answers which path. A page is registered under its own path and, for the JSON twin, the same with
 * {@code .json}.
 *
 * @param storageIsThere whether the schema is there
 */
public record Dashboard(
        Gate gate,
        Banner banner,
        BooleanSupplier storageIsThere,
        BrowserOrigin origin,
        SecureRandom random,
        Clock clock,
        SignIn signIn,
        Users users,
        AuditQuery audit,
        OrderHistories orders,
        Checks checks,
        LivePages live,
        LiveCounts counts,
        EventSearch events,
        EventDetails eventDetails,
        Failures failures,
        Replay replay,
        GroupReplay groupReplay) {

    /**
     * Registers all of it. To be called while the context starts.
     *
     * @throws IllegalStateException when a name is taken already or the context has started
     */
    public void addTo(ServletContext context) {
        StaticFiles files = new StaticFiles(context);
        Surroundings surroundings = new Surroundings(gate, banner, files::link, storageIsThere);
        Site.add(context, "static", files, "/static/*");
        Site.add(context, "start", new StartServlet(), "", "/dashboard", "/dashboard/");
        Site.add(
                context,
                "login",
                new SignInServlet(surroundings, signIn, origin, random),
                SignInServlet.PATH,
                SignInServlet.TWIN);
        Site.add(context, "logout", new SignOutServlet(surroundings, signIn), SignOutServlet.PATH);
        Site.add(context, "no-page", new NotFoundServlet(surroundings), "/dashboard/*");
        page(context, "events", new EventsServlet(surroundings, events, counts, clock), EventsServlet.PATH);
        Site.add(context, "page-event", new EventServlet(surroundings, eventDetails, clock), EventServlet.PATH);
        page(context, "account", new AccountServlet(surroundings, users, clock), AccountServlet.PATH);
        page(context, "users", new UsersServlet(surroundings, users, clock), UsersServlet.PATH);
        page(context, "user-change", new UserChangeServlet(surroundings, users, clock), UserChangeServlet.PATH);
        page(context, "checks", new ChecksServlet(surroundings, checks, clock), ChecksServlet.PATH);
        Site.add(
                context,
                "page-order",
                new OrderServlet(surroundings, orders, clock),
                OrderServlet.PATH,
                OrderServlet.PATH + ".json",
                OrderServlet.PATH + "/*");
        page(context, "audit", new AuditServlet(surroundings, audit, clock), AuditServlet.PATH);
        live.addTo(context, surroundings, clock);
        page(context, "failures", new FailuresServlet(surroundings, failures, clock), FailuresServlet.PATH);
        page(context, "replay", new ReplayServlet(surroundings, replay, clock), ReplayServlet.PATH);
        page(context, "replay-group", new GroupReplayServlet(surroundings, groupReplay), GroupReplayServlet.PATH);
        Site.add(
                context,
                "page-replays",
                new ReplayJobsServlet(surroundings, groupReplay, clock),
                ReplayJobsServlet.PATH,
                ReplayJobsServlet.PATH + ".json",
                ReplayJobsServlet.PATH + "/*");
    }

    private static void page(ServletContext context, String name, PageServlet page, String path) {
        Site.add(context, "page-" + name, page, path, path + ".json");
    }
}
