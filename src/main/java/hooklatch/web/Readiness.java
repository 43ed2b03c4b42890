package hooklatch.web;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the readiness endpoint asks. Thread-safe; answers at once. */
@FunctionalInterface
public interface Readiness {
    /** The newest look at each dependency. */
    Report report();

    /**
     * Both dependencies.
     *
     * @param mysql up only when the schema is there too
     * @param degraded while deliveries are processed without Redis, which they are for a moment longer than it is away
     */
    record Report(Dependency mysql, Dependency redis, Optional<Degraded> degraded) {}

    /**
     * Deliveries are processed without Redis.
     *
     * @param events processed so on this node since then
     */
    record Degraded(Instant since, long events) {}

    /**
     * One dependency.
     *
     * @param reason why it is down, in words that may be shown to anybody; null when it is up
     * @param since when it was first seen in this state
     */
    record Dependency(boolean up, @Nullable String reason, Instant since) {}
}
