package hooklatch.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What happens to a body that nobody will read. */
final class UnreadBody {
    private static final Logger log = LoggerFactory.getLogger(UnreadBody.class);

    private UnreadBody() {}

    /** Whether bytes of the body are still to come, after those that are here have been taken. */
    static boolean isLeft(ArrivingBody body, HttpServletRequest request) {
        if (request.getContentLengthLong() <= 0 && request.getHeader("Transfer-Encoding") == null) {
            return false;
        }
        if (request.getDispatcherType() != DispatcherType.REQUEST) {
            return true;
        }
        try {
            return body.takeReceived(request.getInputStream()) != ArrivingBody.Progress.COMPLETE;
        } catch (IOException e) {
            log.debug("body could not be read", e);
            return true;
        }
    }

    /**
     * Answers and has the connection closed.
     *
     * <p>Tomcat reads an unwanted body to its end, even when the connection is to be closed, with a thread that blocks for
     * as long as the sender likes. It does not when the request ends asynchronously, so that is how it ends here.
     */
    static void answerAndLeave(
            Answer answer,
            HttpServletRequest request,
            HttpServletResponse response,
            BiConsumer<Answer, HttpServletResponse> writing) {
        // HTTP/2 knows no such header: there a refused stream does not hold the connection.
        if (request.getProtocol().startsWith("HTTP/1")) {
            response.setHeader("Connection", "close");
        }
        if (request.getDispatcherType() == DispatcherType.REQUEST) {
            AsyncContext leaving = request.startAsync();
            writing.accept(answer, response);
            leaving.complete();
        } else {
            writing.accept(answer, response);
        }
    }
}
