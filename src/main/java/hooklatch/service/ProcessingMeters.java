package hooklatch.service;

import hooklatch.lock.EventLocks;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/** What processing counts and measures. Thread-safe. */
public final class ProcessingMeters {
    private final Counter cacheHits;
    private final Counter cacheMisses;
    private final Timer lockHeld;
    private final Timer lockBusy;
    private final Timer lockUnavailable;

    public ProcessingMeters(MeterRegistry registry) {
        cacheHits = cache(registry, "hit");
        cacheMisses = cache(registry, "miss");
        lockHeld = lock(registry, "held");
        lockBusy = lock(registry, "busy");
        lockUnavailable = lock(registry, "unavailable");
    }

    private static Counter cache(MeterRegistry registry, String answer) {
        return Counter.builder("hooklatch.result.cache")
                .description("Look-ups in the result cache")
                .tag("answer", answer)
                .register(registry);
    }

    private static Timer lock(MeterRegistry registry, String outcome) {
        return Timer.builder("hooklatch.lock.wait")
                .description("Time to take an event's lock, or to learn that it cannot be had")
                .tag("outcome", outcome)
                .publishPercentileHistogram()
                .register(registry);
    }

    void cacheAsked(boolean hit) {
        (hit ? cacheHits : cacheMisses).increment();
    }

    void lockAsked(EventLocks.Attempt attempt, Duration took) {
        Timer timer = attempt instanceof EventLocks.Attempt.Held
                ? lockHeld
                : attempt instanceof EventLocks.Attempt.Busy ? lockBusy : lockUnavailable;
        timer.record(took);
    }
}
