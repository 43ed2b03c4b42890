package hooklatch.provider;

import hooklatch.domain.EventKey;
import hooklatch.domain.Payload;
import hooklatch.domain.WebhookEvent;
import java.util.Optional;

/**
 * One payment provider: how it signs a delivery and what its bodies mean. Implementations are final, immutable and
 * thread-safe, do no I/O and take the time from an injected clock. A new provider is one class and one registration line
 * in {@code ProviderCatalog}.
 */
public interface Provider {
    /** Name in lower case, the last segment of its endpoint's path. */
    String name();

    /**
     * Checks the signature over the raw bytes, before anything is decoded. Never throws for what a sender controls.
     */
    Verification verify(Payload payload, Headers headers);

    /**
     * Reads a verified body. Never throws for what a sender controls. Whatever is wrong with an amount or a reference
     * becomes a {@link hooklatch.domain.Fact.Unusable}, so that the event is kept and shown.
     */
    Reading read(Payload payload, Headers headers);

    /**
     * The key of the event that {@link #read} would find, told without reading the whole body. To be believed only of a body
     * that was read before, byte for byte: nothing but the id is looked at. Never throws for what a sender controls.
     *
     * @return empty when it cannot be told that cheaply
     */
    default Optional<EventKey> likelyKey(Payload payload, Headers headers) {
        return Optional.empty();
    }

    /** Outcome of the signature check. */
    sealed interface Verification {
        record Valid() implements Verification {}

        /** No signature header, or an empty one. */
        record Missing() implements Verification {}

        /**
         * Not accepted.
         *
         * @param cause a short stable word for logs and metrics, for example {@code signature_mismatch} or
         *     {@code timestamp_too_old}; the sender is not told
         */
        record Invalid(String cause) implements Verification {}
    }

    /** Outcome of reading a body. */
    sealed interface Reading {
        record Event(WebhookEvent event) implements Reading {}

        /** Not one JSON object in UTF-8. */
        record Malformed(String cause) implements Reading {}

        record MissingId() implements Reading {}

        /** Present, but not a string of 1 to 255 characters 0x21 to 0x7E. */
        record InvalidId() implements Reading {}
    }
}
