package hooklatch.web;

import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.Outcome;
import hooklatch.domain.Payload;
import hooklatch.domain.WebhookEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** What the endpoint hands a verified event to. Thread-safe. */
@FunctionalInterface
public interface Processing {
    /**
     * Processes the event and returns before the deadline has passed.
     *
     * @param lockWaits told, by the calling thread, of each time that the event's lock was waited for, in vain or not
     */
    Outcome process(WebhookEvent event, Deadline deadline, Consumer<Duration> lockWaits);

    /**
     * The answer for a verified body that need not even be read; it takes no time to find out.
     *
     * @param key of the event that the body is believed to be of
     */
    default Optional<Outcome> known(EventKey key, Payload payload) {
        return Optional.empty();
    }
}
