package hooklatch.web;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the container sends what it answers itself: paths that nobody serves, requests it refuses, exceptions that escape.
 * Says in JSON what a sender may know, never a stack trace or a server's name and version. Thread-safe.
 */
public final class ErrorServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(ErrorServlet.class);
    private static final Map<Integer, String> TEXTS = Map.of(
            400, "Bad request",
            401, "Unauthorized",
            403, "Forbidden",
            404, "Not found",
            405, "Method not allowed",
            408, "Request not received in time",
            413, "Request too large",
            503, "Unavailable");

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        answer(request).writeTo(response);
    }

    private static Answer answer(HttpServletRequest request) {
        if (request.getDispatcherType() != DispatcherType.ERROR) {
            return Answers.error(404, "Not found");
        }
        Object failure = request.getAttribute(RequestDispatcher.ERROR_EXCEPTION);
        Object status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        if (failure instanceof Throwable || !(status instanceof Integer code) || code == 500) {
            String reference = RequestId.next();
            log.error(
                    "unforeseen failure, answered with reference {}",
                    reference,
                    failure instanceof Throwable thrown ? thrown : null);
            return Answers.internalError(reference);
        }
        return Answers.error(code, TEXTS.getOrDefault(code, "Error " + code));
    }
}
