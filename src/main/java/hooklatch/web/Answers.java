package hooklatch.web;

import com.fasterxml.jackson.databind.node.TextNode;
import hooklatch.domain.EventRecord;
import hooklatch.domain.Outcome;

/**
 * The one place that maps what happened to HTTP. Stored results are inserted as the text they are, so that a duplicate
 * gets the first result byte for byte.
 */
public final class Answers {
    /** Seconds after which another attempt is worth it while storage is away. */
    private static final int STORAGE_RETRY_SECONDS = 5;

    private Answers() {}

    static Answer of(Outcome outcome) {
        return outcome.match(
                processed -> Answer.of(
                        200,
                        "{\"processed\":true,\"status\":\"success\",\"result\":" + result(processed.event()) + "}"),
                duplicate -> Answer.of(
                        200,
                        "{\"processed\":false,\"status\":\"already_processed\","
                                + "\"message\":\"Webhook event was already processed\",\"previous_result\":"
                                + result(duplicate.event()) + "}"),
                busy -> Answer.of(
                                409,
                                "{\"processed\":false,\"status\":\"already_processing\","
                                        + "\"message\":\"Webhook event is already being processed\"}")
                        .withRetryAfter(1),
                failed -> error(500, failed.error()),
                deadLettered -> Answer.of(
                        200,
                        "{\"processed\":false,\"status\":\"dead_lettered\",\"error\":" + quote(deadLettered.error())
                                + "}"),
                unavailable -> error(503, "Storage unavailable").withRetryAfter(STORAGE_RETRY_SECONDS));
    }

    public static Answer error(int status, String message) {
        return Answer.of(status, "{\"error\":" + quote(message) + "}");
    }

    /** Says nothing but where to look in the log. */
    public static Answer internalError(String reference) {
        return Answer.of(500, "{\"error\":\"Internal error\",\"reference\":" + quote(reference) + "}");
    }

    private static String result(EventRecord event) {
        return event.resultJson() == null ? "null" : event.resultJson();
    }

    /** The text as a JSON string. */
    static String quote(String text) {
        return TextNode.valueOf(text).toString();
    }
}
