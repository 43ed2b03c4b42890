package hooklatch.service;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Answers what became of an event. Thread-safe. */
public final class StatusQuery {
    /**
     * The status answer as JSON, from Redis when it is there, else from MySQL.
     *
     * @param provider null for any: then the newest event of that id
     * @return empty when neither Redis nor MySQL could be asked
     */
    public Optional<String> find(String eventId, @Nullable String provider) {
        return Optional.empty();
    }
}
