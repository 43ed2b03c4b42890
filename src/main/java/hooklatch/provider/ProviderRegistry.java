package hooklatch.provider;

import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The providers by name: those that are known, and among them those that have a secret and so can be received. Immutable
 * and thread-safe.
 */
public final class ProviderRegistry {
    private final Set<String> names;
    private final Map<String, Provider> configured;

    private ProviderRegistry(Set<String> names, Map<String, Provider> configured) {
        this.names = Collections.unmodifiableSet(new LinkedHashSet<>(names));
        this.configured = Map.copyOf(configured);
    }

    /**
     * Starts a registry.
     *
     * @param secrets the accepted secrets of a provider by its name; an empty list = not configured
     * @param tolerance how far a signed timestamp may lie in the past or the future
     */
    public static Builder builder(Function<String, List<String>> secrets, Duration tolerance, Clock clock) {
        return new Builder(secrets, tolerance, clock);
    }

    /** The provider, if it is known and has a secret. The name is compared exactly, in lower case. */
    public Optional<Provider> configured(String name) {
        return Optional.ofNullable(configured.get(name));
    }

    /** Whether there is such a provider, with or without a secret. */
    public boolean isKnown(String name) {
        return names.contains(name);
    }

    /** The known names, in the order of their registration. */
    public Set<String> names() {
        return names;
    }

    /** Collects the providers; one line each. Not thread-safe. */
    public static final class Builder {
        /** What fits the last segment of a path and the columns that name a provider. */
        private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,31}");

        private final Function<String, List<String>> secrets;
        private final Duration tolerance;
        private final Clock clock;
        private final Set<String> names = new LinkedHashSet<>();
        private final Map<String, Provider> configured = new LinkedHashMap<>();

        private Builder(Function<String, List<String>> secrets, Duration tolerance, Clock clock) {
            this.secrets = secrets;
            this.tolerance = tolerance;
            this.clock = clock;
        }

        /**
         * Makes a provider known, and configures it if it has a secret.
         *
         * @throws IllegalArgumentException if the name is malformed, taken or not the provider's own, or if the provider
         *     refuses its secrets
         */
        public Builder register(String name, Function<ProviderSettings, Provider> factory) {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("not a provider name: " + name);
            }
            if (!names.add(name)) {
                throw new IllegalArgumentException("provider registered twice: " + name);
            }
            List<String> accepted = secrets.apply(name);
            if (!accepted.isEmpty()) {
                Provider provider = factory.apply(new ProviderSettings(accepted, tolerance, clock));
                if (!provider.name().equals(name)) {
                    throw new IllegalArgumentException(
                            "provider " + provider.name() + " registered under another name: " + name);
                }
                configured.put(name, provider);
            }
            return this;
        }

        public ProviderRegistry build() {
            return new ProviderRegistry(names, configured);
        }
    }
}
