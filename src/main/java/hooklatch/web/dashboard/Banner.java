package hooklatch.web.dashboard;

import java.util.Optional;

/** What every page says at its top while something is away. Thread-safe; answers at once. */
@FunctionalInterface
public interface Banner {
    /** One or two sentences; empty while all is well. */
    Optional<String> now();
}
