package hooklatch.web;

import java.time.Duration;

/**
 * Why a delivery was turned away before processing. One instance or factory for each row of the check table.
 *
 * @param cause a short stable word for the log, the metric and the table of rejections; the sender is not told
 * @param answer what the sender is told
 */
record Refusal(String cause, Answer answer) {
    static final Refusal WRONG_METHOD = new Refusal(
            "method_not_allowed",
            Answers.error(405, "Method not allowed: webhooks are sent by POST").withAllow("POST"));
    static final Refusal BUSY = new Refusal("busy", Answers.error(503, "Busy").withRetryAfter(1));
    static final Refusal BODY_INCOMPLETE =
            new Refusal("body_incomplete", Answers.error(400, "Webhook body ended early"));
    static final Refusal SIGNATURE_MISSING =
            new Refusal("signature_missing", Answers.error(400, "Missing webhook signature"));
    static final Refusal ID_MISSING = new Refusal("id_missing", Answers.error(400, "Webhook event missing ID"));
    static final Refusal ID_INVALID = new Refusal("id_invalid", Answers.error(400, "Webhook event invalid ID"));

    static Refusal unknownProvider(String name) {
        return new Refusal("unknown_provider", Answers.error(404, "Unknown provider: " + name));
    }

    static Refusal notConfigured(String name) {
        return new Refusal("not_configured", Answers.error(503, "Provider not configured: " + name));
    }

    static Refusal bodyTooLarge(int maxBytes) {
        return new Refusal(
                "body_too_large", Answers.error(413, "Webhook body too large: at most " + maxBytes + " bytes"));
    }

    static Refusal bodyTooSlow(Duration limit) {
        return new Refusal(
                "body_too_slow",
                Answers.error(408, "Webhook body not received within " + limit.toSeconds() + " seconds"));
    }

    static Refusal invalidSignature(String cause) {
        return new Refusal(cause, Answers.error(401, "Invalid webhook signature"));
    }

    static Refusal malformed(String cause) {
        return new Refusal(cause, Answers.error(400, "Malformed webhook body"));
    }

    int status() {
        return answer.status();
    }
}
