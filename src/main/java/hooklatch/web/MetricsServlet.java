package hooklatch.web;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** {@code GET /metrics} in Prometheus' text format, with the bearer token unless made public. Thread-safe. */
public final class MetricsServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final transient PrometheusMeterRegistry registry;
    private final transient BearerToken token;
    private final boolean isPublic;

    public MetricsServlet(PrometheusMeterRegistry registry, BearerToken token, boolean isPublic) {
        this.registry = registry;
        this.token = token;
        this.isPublic = isPublic;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!request.getMethod().equals("GET") && !request.getMethod().equals("HEAD")) {
            Answers.error(405, "Method not allowed: metrics are read by GET")
                    .withAllow("GET, HEAD")
                    .writeTo(response);
        } else if (!isPublic && !token.isOn(request)) {
            response.setHeader("WWW-Authenticate", "Bearer");
            Answers.error(401, "Bearer token missing or wrong").writeTo(response);
        } else {
            byte[] text = registry.scrape(TEXT).getBytes(StandardCharsets.UTF_8);
            response.setContentType(TEXT);
            response.setHeader("Cache-Control", "no-store");
            response.setContentLength(text.length);
            response.getOutputStream().write(text);
        }
    }
}
