package hooklatch.web;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One answer in JSON, with the headers that belong to it. Immutable.
 *
 * @param json the body, written as it is
 * @param retryAfterSeconds value of {@code Retry-After}, or null
 * @param allow value of {@code Allow}, or null
 */
public record Answer(
        int status,
        String json,
        @Nullable Integer retryAfterSeconds,
        @Nullable String allow) {
    private static final String JSON = "application/json;charset=UTF-8";

    public static Answer of(int status, String json) {
        return new Answer(status, json, null, null);
    }

    public Answer withRetryAfter(int seconds) {
        return new Answer(status, json, seconds, allow);
    }

    public Answer withAllow(String methods) {
        return new Answer(status, json, retryAfterSeconds, methods);
    }

    /**
     * Writes status, headers and body. Nothing may have been written before.
     *
     * @throws IOException when the peer is gone
     */
    public void writeTo(HttpServletResponse response) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        response.setStatus(status);
        response.setContentType(JSON);
        response.setContentLength(bytes.length);
        response.setHeader("Cache-Control", "no-store");
        if (retryAfterSeconds != null) {
            response.setHeader("Retry-After", Integer.toString(retryAfterSeconds));
        }
        if (allow != null) {
            response.setHeader("Allow", allow);
        }
        response.getOutputStream().write(bytes);
    }
}
