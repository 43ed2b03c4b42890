package hooklatch.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/**
 * What happens to a body that nobody will read. A container that wants to keep the connection reads it to its end, which
 * would hold a thread for as long as the sender likes; so the connection is closed instead.
 */
final class UnreadBody {
    private UnreadBody() {}

    static boolean isThere(HttpServletRequest request) {
        return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
    }

    static void closeConnectionAfterAnswer(HttpServletRequest request, HttpServletResponse response) {
        // HTTP/2 knows no such header: there a refused stream does not hold the connection.
        if (request.getProtocol().startsWith("HTTP/1")) {
            response.setHeader("Connection", "close");
        }
    }
}
