package hooklatch.service;

import hooklatch.domain.Deadline;
import hooklatch.domain.Outcome;
import hooklatch.domain.WebhookEvent;

/** Keeps the promise for one delivery. Thread-safe. */
public final class EventProcessor {
    /** Processes a verified event. Never throws for what MySQL, Redis or a handler does. */
    public Outcome process(WebhookEvent event, Deadline deadline) {
        return new Outcome.StorageUnavailable();
    }
}
