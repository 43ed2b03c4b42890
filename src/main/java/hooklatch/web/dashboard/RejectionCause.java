package hooklatch.web.dashboard;

import java.util.List;
import java.util.Optional;

/**
 * Why a delivery was refused before processing, in words, and what to do about it. The words in the log and in MySQL are
 * those of {@code Refusal} and of the providers; a cause that is not listed here is shown as its word.
 */
enum RejectionCause {
    SIGNATURE_MISMATCH(
            "signature_mismatch",
            "The signature does not match",
            "If the address is the provider's: compare the signing secret there with the one configured here. While a secret"
                    + " is rotated, configure both, separated by a comma. If it is not, somebody else is knocking: nothing to do."),
    SIGNATURE_MISSING(
            "signature_missing",
            "There is no signature",
            "The sender sent no signature header: it is not the provider's webhook, or a proxy in between drops headers."),
    TIMESTAMP_TOO_OLD(
            "timestamp_too_old",
            "Signed too long ago",
            "Look at the clock of this server (NTP). If it is right, the delivery was held up or recorded and sent again;"
                    + " WEBHOOK_TOLERANCE_SECONDS says how old it may be."),
    TIMESTAMP_IN_FUTURE(
            "timestamp_in_future",
            "Signed in the future",
            "Look at the clock of this server (NTP): it seems to be slow."),
    MALFORMED_HEADER(
            "malformed_header",
            "The signature header cannot be read",
            "Not what the provider sends: a sender of somebody's own, or a proxy that changes headers."),
    SEVERAL_TIMESTAMPS(
            "several_timestamps",
            "The signature header has several times",
            "No provider sends that: somebody tries what is accepted. Nothing to do."),
    MALFORMED_TIMESTAMP(
            "malformed_timestamp",
            "The time of the signature cannot be read",
            "Not what the provider sends: a sender of somebody's own, or a proxy that changes headers."),
    NO_SUPPORTED_SIGNATURE(
            "no_supported_signature",
            "No signature of a known kind",
            "The header has no signature of a version that is known here. Look into the provider's news about its signatures."),
    NOT_UTF8(
            "not_utf8",
            "The body is not UTF-8",
            "It was signed with the right secret and cannot be read: report it to the provider."),
    JSON_LIMIT_EXCEEDED(
            "json_limit_exceeded",
            "The body is nested too deeply or has a number too long",
            "It was signed with the right secret and cannot be read: report it to the provider."),
    INVALID_JSON(
            "invalid_json",
            "The body is not JSON",
            "It was signed with the right secret. Does the endpoint at the provider send form data instead of JSON?"),
    NOT_AN_OBJECT(
            "not_an_object",
            "The body is not a JSON object",
            "It was signed with the right secret. Is this the endpoint for webhooks of this kind?"),
    ID_MISSING(
            "id_missing",
            "The event has no id",
            "Without an id it cannot be told from another one. Is the endpoint set to a format without ids?"),
    ID_INVALID(
            "id_invalid",
            "The event's id is not usable",
            "An id is 1 to 255 printable ASCII characters without blanks. Report it to the provider."),
    METHOD_NOT_ALLOWED(
            "method_not_allowed",
            "Not a POST",
            "Somebody opened the endpoint in a browser, or a monitor looks at it. For monitors there is /health/ready."),
    UNKNOWN_PROVIDER(
            "unknown_provider",
            "No such provider",
            "If the address is the provider's: correct the endpoint's URL there. Otherwise somebody guesses."),
    NOT_CONFIGURED(
            "not_configured",
            "The provider has no secret here",
            "Configure its secret (STRIPE_WEBHOOK_SECRET and so on) and restart. Until then the provider sends again."),
    BUSY(
            "busy",
            "Too many deliveries at once",
            "The provider sends them again. If it happens often: more nodes, or a higher MAX_IN_FLIGHT and DB_POOL_SIZE."),
    BODY_TOO_LARGE(
            "body_too_large",
            "The body is too large",
            "WEBHOOK_MAX_BODY_BYTES is the limit. Events of the known providers are far smaller."),
    BODY_TOO_SLOW(
            "body_too_slow",
            "The body took too long to arrive",
            "A slow or broken line, or somebody who holds connections open on purpose. Nothing to do if it is rare."),
    BODY_INCOMPLETE(
            "body_incomplete", "The body ended early", "The connection broke. The provider sends the event again."),
    INTERNAL_ERROR(
            "internal_error",
            "An unforeseen failure of ours",
            "The log of the node has it, at this time. The provider sends the event again.");

    private final String word;
    private final String title;
    private final String advice;

    RejectionCause(String word, String title, String advice) {
        this.word = word;
        this.title = title;
        this.advice = advice;
    }

    String word() {
        return word;
    }

    String title() {
        return title;
    }

    String advice() {
        return advice;
    }

    static Optional<RejectionCause> of(String word) {
        return List.of(values()).stream()
                .filter(cause -> cause.word.equals(word))
                .findFirst();
    }

    /** The cause in words, or its word when it is a new one. */
    static String titleOf(String word) {
        return of(word).map(RejectionCause::title).orElse(word);
    }
}
