package hooklatch.service;

import hooklatch.domain.EventKey;
import hooklatch.domain.WebhookEvent;
import java.util.Optional;

/** Reads a stored body again, the way its provider read it first. Thread-safe. */
@FunctionalInterface
public interface Originals {
    /** Empty when the body can no longer be read. */
    Optional<WebhookEvent> read(EventKey key, byte[] body);
}
