package hooklatch.provider;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

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

    /** What every provider refuses in a secret. */
    static Optional<String> problemIfBlank(String secret) {
        return secret.isBlank() ? Optional.of("is blank") : Optional.empty();
    }

    /**
     * Stops a provider from being built on a secret that could never match.
     *
     * @throws IllegalArgumentException with the first problem, never with the secret
     */
    void requireUsable(Function<String, Optional<String>> problemWith) {
        secrets.stream().map(problemWith).flatMap(Optional::stream).findFirst().ifPresent(problem -> {
            throw new IllegalArgumentException("a secret " + problem);
        });
    }

    /** Never the secrets. */
    @Override
    public String toString() {
        return "ProviderSettings[" + secrets.size() + " secrets, tolerance " + tolerance + "]";
    }
}
