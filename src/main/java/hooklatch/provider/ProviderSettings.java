package hooklatch.provider;

import java.time.Clock;
import java.time.Duration;
import java.util.List;

/**
 * What every provider class is given.
 *
 * @param secrets all accepted secrets, at least one
 * @param tolerance how far a signed timestamp may lie in the past or the future
 */
public record ProviderSettings(List<String> secrets, Duration tolerance, Clock clock) {
    public ProviderSettings {
        secrets = List.copyOf(secrets);
        if (secrets.isEmpty()) {
            throw new IllegalArgumentException("a provider needs a secret");
        }
    }

    /** Never the secrets. */
    @Override
    public String toString() {
        return "ProviderSettings[" + secrets.size() + " secrets, tolerance " + tolerance + "]";
    }
}
