package hooklatch.web.dashboard;

import hooklatch.service.AuditQuery;
import hooklatch.service.SignIn;
import hooklatch.service.Users;
import hooklatch.service.events.EventDetails;
import hooklatch.service.events.EventSearch;
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
        LivePages live,
        EventSearch events,
        EventDetails eventDetails) {

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
        Site.add(context, "login", new SignInServlet(surroundings, signIn, origin, random), SignInServlet.PATH);
        Site.add(context, "logout", new SignOutServlet(surroundings, signIn), SignOutServlet.PATH);
        Site.add(context, "no-page", new NotFoundServlet(surroundings), "/dashboard/*");
        page(context, "account", new AccountServlet(surroundings, users, clock), AccountServlet.PATH);
        page(context, "users", new UsersServlet(surroundings, users, clock), UsersServlet.PATH);
        page(context, "events", new EventsServlet(surroundings, events, clock), EventsServlet.PATH);
        Site.add(context, "page-event", new EventServlet(surroundings, eventDetails, clock), EventServlet.PATH);
        page(context, "audit", new AuditServlet(surroundings, audit, clock), AuditServlet.PATH);
        live.addTo(context, surroundings, clock);
    }

    private static void page(ServletContext context, String name, PageServlet page, String path) {
        Site.add(context, "page-" + name, page, path, path + ".json");
    }
}
