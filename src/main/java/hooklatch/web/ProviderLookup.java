package hooklatch.web;

import hooklatch.provider.Provider;
import java.util.Optional;
import java.util.Set;

/** Which providers have an endpoint, and which of them can be used. Thread-safe and constant. */
public interface ProviderLookup {
    /** Names of all providers that this build knows, configured or not. */
    Set<String> names();

    /** The provider, or empty when it is unknown or has no secret. */
    Optional<Provider> configured(String name);
}
