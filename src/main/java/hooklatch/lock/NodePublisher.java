package hooklatch.lock;

import dev.failsafe.CircuitBreaker;
import hooklatch.domain.Pace;
import io.netty.util.concurrent.FastThreadLocal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntSupplier;
import org.redisson.api.RedissonClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the other nodes once a second what this one holds and has bumped into, by one command. When a lock turns out to be
 * held for longer than usual, or a new one was in the way, it tells at once, ten times a second at most: a node that is
 * killed later has said so. It goes through the same circuit breaker as the deliveries, so that it asks a Redis that is
 * away now and then, and finds out when it is back: the only one that does, as deliveries do not ask while the breaker is
 * open.
 */
public final class NodePublisher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodePublisher.class);
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    /** Longer than an event takes; held for so long, a lock is worth telling at once. */
    private static final Duration LONG_HELD = Duration.ofMillis(100);

    private final RedissonClient redisson;
    private final CircuitBreaker<Object> breaker;
    private final Pace pace;
    private final LockBoard board;
    private final Node node;
    private final Clock clock;
    private final Runnable afterwards;
    private final ScheduledExecutorService thread;
    private final ScheduledFuture<?> ticking;
    private final CompletableFuture<Boolean> first = new CompletableFuture<>();
    private long toldAtNanos;
    private long toldNews;
    private Set<LockBoard.Holding> toldHeld = Set.of();

    /**
     * Who reports.
     *
     * @param name as configured
     * @param version of the product
     * @param startedAt when the process began to serve
     * @param lease of the locks it takes
     * @param inFlight deliveries in work now
     */
    public record Node(String name, String version, Instant startedAt, Duration lease, IntSupplier inFlight) {
        NodeReport report(String clientId, LockBoard board, boolean leaving) {
            return new NodeReport(
                    clientId,
                    name,
                    version,
                    startedAt,
                    lease,
                    inFlight.getAsInt(),
                    board.eventsWithoutLock(),
                    leaving,
                    Duration.ZERO,
                    List.copyOf(board.held()),
                    board.met().entrySet().stream()
                            .map(met -> new NodeReport.Met(
                                    met.getKey(),
                                    met.getValue().type(),
                                    met.getValue().order()))
                            .toList(),
                    board.overlooked().size());
        }
    }

    /**
     * Begins to report.
     *
     * @param pace told how long each report took; by its measure a Redis that was away must be quick to be used again
     * @param afterwards is run after each report that arrived
     */
    public NodePublisher(
            RedissonClient redisson,
            CircuitBreaker<Object> breaker,
            Pace pace,
            LockBoard board,
            Node node,
            Clock clock,
            Runnable afterwards) {
        this.redisson = redisson;
        this.breaker = breaker;
        this.pace = pace;
        this.board = board;
        this.node = node;
        this.clock = clock;
        this.afterwards = afterwards;
        this.toldAtNanos = System.nanoTime() - PERIOD.toNanos();
        this.thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = new Thread(task, "hooklatch-node-reports");
            made.setDaemon(true);
            return made;
        });
        this.ticking = thread.scheduleWithFixedDelay(this::tick, 0, TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Waits for the end of the first report: the client connects then, and whoever asks before waits for it, however long.
     *
     * @return whether the report arrived
     */
    public boolean awaitFirst(Duration patience) {
        try {
            return first.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (TimeoutException | ExecutionException e) {
            return false;
        }
    }

    private void tick() {
        try {
            if (isTimeToTell() && breaker.tryAcquirePermit()) {
                tell(false);
            }
        } catch (RuntimeException | Error e) {
            // An Error too: it would end the reports, and nobody else finds out that Redis is back.
            log.error("this node's report failed unexpectedly; the locks it holds may not be listed", e);
        }
    }

    private boolean isTimeToTell() {
        if (System.nanoTime() - toldAtNanos >= PERIOD.toNanos() || board.news() != toldNews) {
            return true;
        }
        Instant longAgo = clock.instant().minus(LONG_HELD);
        return board.held().stream()
                .anyMatch(holding -> holding.takenAt().isBefore(longAgo) && !toldHeld.contains(holding));
    }

    private void tell(boolean leaving) {
        toldAtNanos = System.nanoTime();
        try {
            boolean wasAway = breaker.isHalfOpen();
            if (wasAway) {
                // The report is one key. Were the part that holds it back alone, deliveries would meet the others
                // again.
                NodeReports.requireAllParts(redisson);
            }
            long news = board.news();
            NodeReport report = node.report(redisson.getId(), board, leaving);
            long askedAt = System.nanoTime();
            if (leaving && report.held().isEmpty() && report.met().isEmpty()) {
                NodeReports.remove(redisson, report.clientId());
            } else {
                NodeReports.write(redisson, report);
            }
            if (wasAway && pace.isSlow(askedAt)) {
                breaker.recordFailure();
                log.debug("Redis is back, but slow: not used yet");
                return;
            }
            breaker.recordSuccess();
            pace.answered(askedAt);
            first.complete(true);
            toldNews = news;
            toldHeld = new HashSet<>(report.held());
            afterwards.run();
        } catch (RuntimeException | Error e) {
            // Whatever it was: a permit without a result would keep the breaker half-open.
            breaker.recordException(e);
            first.complete(false);
            log.debug("this node could not report: {}", e.toString());
        }
    }

    /** Says good-bye, if Redis is there. */
    @Override
    public void close() {
        ticking.cancel(false);
        thread.shutdown();
        try {
            thread.awaitTermination(2, TimeUnit.SECONDS);
            if (breaker.tryAcquirePermit()) {
                tell(true);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            FastThreadLocal.removeAll();
        }
    }
}
