package hooklatch.service;

import hooklatch.domain.EventKey;
import hooklatch.domain.Outcome;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * One request per event and node does the work, the others wait for its answer: a storm of duplicates costs one lock and
 * one transaction, and no connection is held by those who wait. Thread-safe.
 */
final class InFlight {
    private final ConcurrentMap<EventKey, CompletableFuture<Outcome>> working = new ConcurrentHashMap<>();

    /**
     * Does the work, or waits for the request that does it.
     *
     * @param wait longest wait for the other request
     * @return empty when the other request did not finish in time
     */
    Optional<Outcome> join(EventKey key, Duration wait, Supplier<Outcome> work) {
        CompletableFuture<Outcome> mine = new CompletableFuture<>();
        CompletableFuture<Outcome> others = working.putIfAbsent(key, mine);
        if (others != null) {
            return await(others, wait).map(InFlight::asSeenByAnother);
        }
        try {
            Outcome outcome = work.get();
            mine.complete(outcome);
            return Optional.of(outcome);
        } catch (RuntimeException | Error e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            // After the result is in the cache and in the future: who comes next finds either.
            working.remove(key, mine);
        }
    }

    /** Whether a request of this node works on the event. */
    boolean isWorkingOn(EventKey key) {
        return working.containsKey(key);
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
            throw new IllegalStateException("the request that worked on the event failed", e.getCause());
        }
    }

    /** What one request processed is a duplicate for every other. */
    private static Outcome asSeenByAnother(Outcome outcome) {
        return outcome instanceof Outcome.Processed processed ? new Outcome.Duplicate(processed.event()) : outcome;
    }
}
