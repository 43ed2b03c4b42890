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

    private final ConcurrentMap<Work, CompletableFuture<Outcome>> working = new ConcurrentHashMap<>();

    /**
     * Does the work, or waits for the request that does it.
     *
     * @param wait longest wait for the other request
     * @param waits told how long the other request was waited for, if there was one
     * @return empty when the other request did not finish in time
     */
    Optional<Outcome> join(WebhookEvent event, Duration wait, Consumer<Duration> waits, Supplier<Outcome> work) {
        Work key = new Work(event.key(), event.payload().sha256Hex());
        CompletableFuture<Outcome> mine = new CompletableFuture<>();
        CompletableFuture<Outcome> others = working.putIfAbsent(key, mine);
        if (others != null) {
            long asked = System.nanoTime();
            try {
                return await(others, wait).map(InFlight::asSeenByAnother);
            } finally {
                waits.accept(Duration.ofNanos(System.nanoTime() - asked));
            }
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
