package hooklatch.bench;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Reads a body and answers like the real one, with nothing in between: what the container itself costs. */
public final class EmptyServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final byte[] ANSWER =
            "{\"processed\":false,\"status\":\"already_processed\"}".getBytes(StandardCharsets.UTF_8);

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        request.getInputStream().readAllBytes();
        response.setContentType("application/json;charset=utf-8");
        response.setContentLength(ANSWER.length);
        response.getOutputStream().write(ANSWER);
    }
}
