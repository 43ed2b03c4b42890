package hooklatch.web;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the status endpoint asks. Thread-safe. */
@FunctionalInterface
public interface StatusLookup {
    /**
     * The whole status answer as JSON.
     *
     * @param provider null for any
     * @return empty when no store could be asked
     */
    Optional<String> find(String eventId, @Nullable String provider);
}
