package hooklatch.web;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import java.util.EnumSet;

/** Which servlet answers which path: the whole of what the outside can reach, in one place. */
public record Site(
        WebhookServlet webhooks, StatusServlet status, HealthServlet health, MetricsServlet metrics, HomeServlet home) {

    /**
     * Registers all of it. To be called while the context starts.
     *
     * @throws IllegalStateException when a name is taken already or the context has started
     */
    public void addTo(ServletContext context) {
        add(context, "webhooks", webhooks, "/webhooks/*").setAsyncSupported(true);
        add(context, "status", status, "/webhooks/status/*");
        add(context, "health", health, "/health/*");
        add(context, "metrics", metrics, "/metrics");
        add(context, "home", home, "");
        add(context, "error", new ErrorServlet(), "/error");

        var headers = context.addFilter("security-headers", new SecurityHeadersFilter());
        headers.setAsyncSupported(true);
        headers.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST, DispatcherType.ERROR), false, "/*");
    }

    private static ServletRegistration.Dynamic add(
            ServletContext context, String name, Servlet servlet, String pattern) {
        ServletRegistration.Dynamic registration = context.addServlet(name, servlet);
        if (registration == null || !registration.addMapping(pattern).isEmpty()) {
            throw new IllegalStateException("the servlet name or path is taken: " + name + " at " + pattern);
        }
        return registration;
    }
}
