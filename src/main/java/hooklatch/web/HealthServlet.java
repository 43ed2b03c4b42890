package hooklatch.web;

import hooklatch.domain.StatusAnswer;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * {@code GET /health/live}: the process answers. {@code GET /health/ready}: 200 {@code ok}; 200 {@code degraded} without
 * Redis, which only makes it slower, with since when and how many events were processed so; 503 {@code unavailable} without MySQL, or before the schema is there. Thread-safe.
 */
public final class HealthServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private final transient Readiness readiness;

    public HealthServlet(Readiness readiness) {
        this.readiness = readiness;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        answer(request).writeTo(response);
    }

    private Answer answer(HttpServletRequest request) {
        if (!request.getMethod().equals("GET") && !request.getMethod().equals("HEAD")) {
            return Answers.error(405, "Method not allowed: health is asked for by GET")
                    .withAllow("GET, HEAD");
        }
        String path = request.getPathInfo() == null ? "" : request.getPathInfo();
        return switch (path) {
            case "/live" -> Answer.of(200, "{\"status\":\"ok\"}");
            case "/ready" -> ready(readiness.report());
            default -> Answers.error(404, "Not found");
        };
    }

    private static Answer ready(Readiness.Report report) {
        boolean mysql = report.mysql().up();
        boolean whole = report.redis().up() && report.degraded().isEmpty();
        String status = !mysql ? "unavailable" : whole ? "ok" : "degraded";
        return Answer.of(
                mysql ? 200 : 503,
                "{\"status\":\"" + status + "\""
                        + dependency("mysql", report.mysql())
                        + dependency("redis", report.redis())
                        + report.degraded().map(HealthServlet::degraded).orElse("") + "}");
    }

    private static String degraded(Readiness.Degraded degraded) {
        return ",\"degraded_since\":\"" + StatusAnswer.time(degraded.since()) + "\",\"events_without_redis\":"
                + degraded.events();
    }

    private static String dependency(String name, Readiness.Dependency state) {
        String json = ",\"" + name + "\":\"" + (state.up() ? "up" : "down") + "\"";
        if (state.up()) {
            return json;
        }
        String reason = state.reason() == null ? "unknown" : state.reason();
        return json + ",\"" + name + "_reason\":" + Answers.quote(reason) + ",\"" + name + "_since\":\""
                + StatusAnswer.time(state.since()) + "\"";
    }
}
