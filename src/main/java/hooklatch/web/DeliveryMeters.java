package hooklatch.web;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Counts and times what the endpoint answers. Label values come from bounded sets only: a provider that nobody knows is
 * counted as {@code other}. Thread-safe.
 */
public final class DeliveryMeters {
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofMillis(4500),
        Duration.ofSeconds(10)
    };

    /** All from bounded sets. */
    private record Labels(String provider, String outcome, int status) {}

    private final MeterRegistry registry;
    /** The registry finds a timer again too, after it has been described anew. */
    private final Map<Labels, Timer> timers = new ConcurrentHashMap<>();

    private final Set<String> providers;

    public DeliveryMeters(MeterRegistry registry, Set<String> providers) {
        this.registry = registry;
        this.providers = Set.copyOf(providers);
    }

    /**
     * Counts and times one delivery.
     *
     * @param outcome {@link hooklatch.domain.Outcome#label()}, or {@code error}
     */
    void delivered(String provider, String outcome, int status, Duration duration) {
        timers.computeIfAbsent(new Labels(known(provider), outcome, status), this::timer)
                .record(duration);
    }

    private Timer timer(Labels labels) {
        return Timer.builder("hooklatch.deliveries")
                .description("Deliveries that were processed, by outcome, from the request's headers to its answer")
                .tag("provider", labels.provider())
                .tag("outcome", labels.outcome())
                .tag("status", Integer.toString(labels.status()))
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    void rejected(String provider, String cause, int status) {
        Counter.builder("hooklatch.rejections")
                .description("Requests turned away before processing, by cause")
                .tag("provider", known(provider))
                .tag("cause", cause)
                .tag("status", Integer.toString(status))
                .register(registry)
                .increment();
    }

    void watch(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    private String known(String provider) {
        return providers.contains(provider) ? provider : "other";
    }
}
