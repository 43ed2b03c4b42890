package hooklatch.web;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import java.time.Clock;
import java.util.EnumSet;

/**
 * Which servlet answers which path outside the dashboard, and the headers of every answer.
 * {@link hooklatch.web.dashboard.Dashboard} is the rest of what the outside can reach.
 */
public record Site(
        WebhookServlet webhooks,
        StatusServlet status,
        HealthServlet health,
        MetricsServlet metrics,
        BrowserOrigin origin) {

    /**
     * Registers all of it. To be called while the context starts.
     *
     * @throws IllegalStateException when a name is taken already or the context has started
     */
    public void addTo(ServletContext context) {
        add(context, "webhooks", webhooks, "/webhooks/*");
        add(context, "status", status, "/webhooks/status/*");
        add(context, "health", health, "/health/*");
        add(context, "metrics", metrics, "/metrics");
        add(context, "error", new ErrorServlet(), "/error");

        var headers = context.addFilter("security-headers", new SecurityHeadersFilter(origin));
        headers.setAsyncSupported(true);
        headers.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST, DispatcherType.ERROR), false, "/*");

        var forms = context.addFilter("forms", new FormFilter(Clock.systemUTC()));
        forms.setAsyncSupported(true);
        forms.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC), false, "/*");
    }

    /**
     * Registers one servlet. Each supports asynchronous requests, for any may be sent a body that must be waited for.
     *
     * @throws IllegalStateException when the name or one of the paths is taken already or the context has started
     */
    public static ServletRegistration.Dynamic add(
            ServletContext context, String name, Servlet servlet, String... patterns) {
        ServletRegistration.Dynamic registration = context.addServlet(name, servlet);
        if (registration == null || !registration.addMapping(patterns).isEmpty()) {
            throw new IllegalStateException(
                    "the servlet name or path is taken: " + name + " at " + String.join(", ", patterns));
        }
        registration.setAsyncSupported(true);
        return registration;
    }
}
