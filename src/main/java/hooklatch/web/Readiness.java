package hooklatch.web;

import java.time.Instant;
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
     */
    record Report(Dependency mysql, Dependency redis) {}

    /**
     * One dependency.
     *
     * @param reason why it is down, in words that may be shown to anybody; null when it is up
     * @param since when it was first seen in this state
     */
    record Dependency(boolean up, @Nullable String reason, Instant since) {}
}
