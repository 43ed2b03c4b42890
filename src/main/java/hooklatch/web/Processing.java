package hooklatch.web;

import hooklatch.domain.Deadline;
import hooklatch.domain.Outcome;
import hooklatch.domain.WebhookEvent;

/** What the endpoint hands a verified event to. Thread-safe. */
@FunctionalInterface
public interface Processing {
    /** Processes the event and returns before the deadline has passed. */
    Outcome process(WebhookEvent event, Deadline deadline);
}
