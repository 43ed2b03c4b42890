package hooklatch.web;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** {@code GET /}: what this is and where its endpoints are. Nothing in it depends on the request. Thread-safe. */
public final class HomeServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final String PAGE = """
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Hooklatch</title></head>
            <body>
            <h1>Hooklatch</h1>
            <p>Receives payment webhooks so that each event counts exactly once.</p>
            <ul>
            %s<li><code>GET webhooks/status/{eventId}</code> what became of an event (bearer token)</li>
            <li><a href="health/live">health/live</a> the process answers</li>
            <li><a href="health/ready">health/ready</a> it can do its work</li>
            <li><a href="metrics">metrics</a> for Prometheus (bearer token, unless made public)</li>
            </ul>
            </body>
            </html>
            """;

    private final transient byte[] page;

    /**
     * Writes the page once.
     *
     * @param providers names of the providers that have an endpoint
     */
    public HomeServlet(Iterable<String> providers) {
        NavigableSet<String> names = new TreeSet<>();
        providers.forEach(names::add);
        String endpoints = names.stream()
                .map(name -> "<li><code>POST webhooks/" + name + "</code> deliveries of this provider</li>\n")
                .collect(Collectors.joining());
        this.page = PAGE.formatted(endpoints).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!request.getMethod().equals("GET") && !request.getMethod().equals("HEAD")) {
            Answers.error(405, "Method not allowed").withAllow("GET, HEAD").writeTo(response);
            return;
        }
        response.setContentType("text/html;charset=UTF-8");
        response.setContentLength(page.length);
        response.getOutputStream().write(page);
    }
}
