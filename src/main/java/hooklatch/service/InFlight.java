package hooklatch.service;

import hooklatch.dao.StorageException;
import hooklatch.domain.EventKey;
import hooklatch.domain.Outcome;
import hooklatch.domain.WebhookEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One request per event and node does the work, the others wait for its answer: a storm of duplicates costs one lock and
 * one transaction, and no connection is held by those who wait. Thread-safe.
 */
final class InFlight {
    /**
     * Only requests with the same body join: where the id is not signed, another body under it may turn out to be another
     * event, whose answer is not this one's.
     */
    private record Work(EventKey key, String bodySha256) {}

    /** Longer than any work takes that ends. */
    private static final Duration LONGEST_WORK = Duration.ofSeconds(6);

    private static final class Flight {
        private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        private final long begunNanos = System.nanoTime();

        boolean isOlderThan(Duration age) {
            return System.nanoTime() - begunNanos > age.toNanos();
        }
    }

    private final ConcurrentMap<Work, Flight> working = new ConcurrentHashMap<>();
    private final Duration longestWork;

    InFlight() {
        this(LONGEST_WORK);
    }

    InFlight(Duration longestWork) {
        this.longestWork = longestWork;
    }

    /**
     * Does the work, or waits for the request that does it.
     *
     * @param wait longest wait for the other request
     * @param waits told how long the other request was waited for, if there was one
     * @return empty when the other request did not finish in time, at once when it is {@linkplain #isStuck stuck}
     */
    Optional<Outcome> join(WebhookEvent event, Duration wait, Consumer<Duration> waits, Supplier<Outcome> work) {
        Work key = work(event);
        Flight mine = new Flight();
        Flight others = working.putIfAbsent(key, mine);
        if (others != null && others.isOlderThan(longestWork)) {
            return Optional.empty();
        }
        if (others != null) {
            long asked = System.nanoTime();
            try {
                return await(others.outcome, wait).map(InFlight::asSeenByAnother);
            } finally {
                waits.accept(Duration.ofNanos(System.nanoTime() - asked));
            }
        }
        try {
            Outcome outcome = work.get();
            mine.outcome.complete(outcome);
            return Optional.of(outcome);
        } catch (RuntimeException | Error e) {
            mine.outcome.completeExceptionally(e);
            throw e;
        } finally {
            // After the result is in the cache and in the future: who comes next finds either.
            working.remove(key, mine);
        }
    }

    /** Whether a request has been at the event for longer than any takes that ends: its handler may never do. */
    boolean isStuck(WebhookEvent event) {
        Flight flight = working.get(work(event));
        return flight != null && flight.isOlderThan(longestWork);
    }

    private static Work work(WebhookEvent event) {
        return new Work(event.key(), event.payload().sha256Hex());
    }

    private static Optional<Outcome> await(CompletableFuture<Outcome> others, Duration wait) {
        try {
            return Optional.of(others.get(wait.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StorageException storage) {
                throw storage;
            }
            throw new IllegalStateException("the request that worked on the event failed", e.getCause());
        }
    }

    /** What one request processed is a duplicate for every other. */
    private static Outcome asSeenByAnother(Outcome outcome) {
        return outcome instanceof Outcome.Processed processed ? new Outcome.Duplicate(processed.event()) : outcome;
    }
}
