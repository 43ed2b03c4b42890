package hooklatch.cache;

import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import java.util.Optional;

/**
 * Remembers events whose result is final, so that a duplicate costs no SQL. It may forget at any time and never waits for
 * long: a miss is always a right answer. Thread-safe.
 */
public interface ResultCache {
    /** What is remembered of the event; empty also when the memory cannot be reached. */
    Optional<EventRecord> get(EventKey key);

    /** What is remembered of the event here, told without asking anybody: less than {@link #get} may tell. */
    default Optional<EventRecord> atHand(EventKey key) {
        return Optional.empty();
    }

    /** Remembers a processed or skipped event. Returns at once, and a failure is nobody's problem but the log's. */
    void put(EventRecord event);
}
