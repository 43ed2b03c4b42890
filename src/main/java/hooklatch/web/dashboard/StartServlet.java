package hooklatch.web.dashboard;

import hooklatch.web.Answers;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** {@code /}, {@code /dashboard} and {@code /dashboard/}: the way to the first page. Thread-safe. */
final class StartServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (request.getMethod().equals("GET") || request.getMethod().equals("HEAD")) {
            PageServlet.redirect(request, response, Navigation.start());
        } else {
            Answers.error(405, "Method not allowed").withAllow("GET, HEAD").writeTo(response);
        }
    }
}
