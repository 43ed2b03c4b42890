package hooklatch.web;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the dependencies themselves, at most once a second however often it is asked, and waits for each answer at most
 * half a second. A probe that hangs counts as down; it is not started again before it has ended, so at most one thread
 * hangs for each dependency. Thread-safe.
 */
public final class ProbedReadiness implements Readiness, AutoCloseable {
    private static final Duration KEPT_FOR = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofMillis(500);

    /** Looks at one dependency; may block. */
    @FunctionalInterface
    public interface Probe {
        /**
         * Looks now.
         *
         * @return why the dependency cannot be used, in words that may be shown to anybody, or empty when it can
         * @throws Exception counts as down; its text is not shown, as it may hold addresses or names
         */
        Optional<String> problem() throws Exception;
    }

    private final Watch mysql;
    private final Watch redis;
    private final Supplier<Optional<Degraded>> degraded;

    /** @param degraded as it is known without asking anybody */
    public ProbedReadiness(Probe mysql, Probe redis, Supplier<Optional<Degraded>> degraded, Clock clock) {
        this.degraded = degraded;
        this.mysql = new Watch("mysql", mysql, clock);
        this.redis = new Watch("redis", redis, clock);
    }

    @Override
    public Report report() {
        CompletableFuture<Dependency> mysqlState = mysql.look();
        CompletableFuture<Dependency> redisState = redis.look();
        return new Report(mysql.await(mysqlState), redis.await(redisState), degraded.get());
    }

    /** Interrupts what still hangs; does not wait for it. */
    @Override
    public void close() {
        mysql.close();
        redis.close();
    }

    /** One dependency and its newest state. */
    private static final class Watch implements AutoCloseable {
        private final Probe probe;
        private final Clock clock;
        private final ExecutorService thread;
        private @Nullable CompletableFuture<Dependency> look;
        private long lookedAtNanos;
        private @Nullable Dependency last;

        Watch(String name, Probe probe, Clock clock) {
            this.probe = probe;
            this.clock = clock;
            this.thread = Executors.newSingleThreadExecutor(task -> {
                Thread made = new Thread(task, "hooklatch-probe-" + name);
                made.setDaemon(true);
                return made;
            });
        }

        /** A look that is running or young enough, else a new one. */
        synchronized CompletableFuture<Dependency> look() {
            boolean old = System.nanoTime() - lookedAtNanos >= KEPT_FOR.toNanos();
            if (look == null || (look.isDone() && old)) {
                lookedAtNanos = System.nanoTime();
                look = CompletableFuture.supplyAsync(this::ask, thread);
            }
            return look;
        }

        Dependency await(CompletableFuture<Dependency> running) {
            try {
                return running.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                return state(false, "no answer");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return state(false, "not asked: shutting down");
            } catch (ExecutionException e) {
                throw new IllegalStateException("a probe's failures are part of its answer", e);
            }
        }

        private Dependency ask() {
            try {
                Optional<String> problem = probe.problem();
                return state(problem.isEmpty(), problem.orElse(null));
            } catch (Exception e) {
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                return state(false, "unreachable");
            }
        }

        /** The state, since it was first seen. */
        private synchronized Dependency state(boolean up, @Nullable String reason) {
            Instant since = last != null && last.up() == up ? last.since() : clock.instant();
            last = new Dependency(up, reason, since);
            return last;
        }

        @Override
        public void close() {
            thread.shutdownNow();
        }
    }
}
