package hooklatch.lock;

import dev.failsafe.CircuitBreaker;
import hooklatch.domain.EventKey;
import io.netty.util.concurrent.FastThreadLocal;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.RedissonLock;
import org.redisson.api.RBatch;
import org.redisson.api.RMapAsync;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link LockDirectory} by what the nodes report and what this one knows: these are the locks that may be held, and each
 * is looked at in Redis, where the hash of a lock names its holder ({@code clientId:threadId}) and its expiry tells how
 * long it has been held. Works on a cluster: each key is asked for by itself, in one pipeline a server.
 */
public final class RedisLockDirectory implements LockDirectory {
    private static final Logger log = LoggerFactory.getLogger(RedisLockDirectory.class);
    private static final int CHUNK = 500;
    private static final Comparator<HeldLock> LONGEST_HELD_FIRST = Comparator.comparing(
                    HeldLock::heldFor, Comparator.nullsFirst(Comparator.<Duration>reverseOrder()))
            .thenComparing(lock -> lock.key().toString());

    private final RedissonClient redisson;
    private final CircuitBreaker<Object> breaker;
    private final LockBoard board;
    private final NodePublisher.Node self;
    private final Clock clock;

    /**
     * @param breaker shared by all that asks this Redis
     * @param self this node
     */
    public RedisLockDirectory(
            RedissonClient redisson,
            CircuitBreaker<Object> breaker,
            LockBoard board,
            NodePublisher.Node self,
            Clock clock) {
        this.redisson = redisson;
        this.breaker = breaker;
        this.board = board;
        this.self = self;
        this.clock = clock;
    }

    @Override
    public Listing list() {
        return guarded(this::ask).orElseGet(() -> new Listing(false, sorted(ownHoldings()), 0));
    }

    private static List<HeldLock> sorted(List<HeldLock> locks) {
        return locks.stream().sorted(LONGEST_HELD_FIRST).toList();
    }

    @Override
    public Nodes nodes() {
        return guarded(() -> NodeReports.read(redisson))
                .map(reports -> new Nodes(
                        true,
                        reports.stream()
                                .sorted(Comparator.comparing((NodeReport report) -> !report.isAlive())
                                        .thenComparing(NodeReport::node)
                                        .thenComparing(NodeReport::startedAt))
                                .toList()))
                .orElseGet(() -> new Nodes(false, List.of(own())));
    }

    @Override
    public Release release(EventKey key, String holder) {
        int colon = holder.lastIndexOf(':');
        Optional<Long> thread = threadId(holder);
        if (colon < 0 || thread.isEmpty()) {
            return Release.NOT_HELD;
        }
        return guarded(() -> new LockOf(redisson, RedisEventLocks.PREFIX + key, holder).giveBack(thread.get()))
                .map(released -> released ? Release.RELEASED : Release.NOT_HELD)
                .orElse(Release.UNKNOWN);
    }

    /** Empty when Redis is away. Whether it is back is found out by {@link NodePublisher}, which looks at all of it. */
    private <T> Optional<T> guarded(Supplier<T> question) {
        if (!breaker.isClosed()) {
            return Optional.empty();
        }
        try {
            T answer = question.get();
            worked();
            return Optional.of(answer);
        } catch (RuntimeException e) {
            breaker.recordException(e);
            log.debug("locks could not be looked at: {}", e.toString());
            return Optional.empty();
        } finally {
            FastThreadLocal.removeAll();
        }
    }

    private Listing ask() {
        Map<String, NodeReport> reports = new HashMap<>();
        NodeReports.read(redisson).forEach(report -> reports.put(report.clientId(), report));
        // Our own knowledge is newer than our last report.
        NodeReport own = own();
        reports.put(own.clientId(), own);

        List<EventKey> candidates = NodeReport.keys(reports.values());
        List<HeldLock> locks = new ArrayList<>();
        for (int from = 0; from < candidates.size(); from += CHUNK) {
            List<EventKey> chunk = candidates.subList(from, Math.min(from + CHUNK, candidates.size()));
            look(chunk, reports, locks);
        }
        return new Listing(true, sorted(withWhatOthersMet(locks, reports.values())), overlooked(locks, reports));
    }

    /** A holder that is gone, or was not asked, tells nothing; whoever met its lock knows the event. */
    private static List<HeldLock> withWhatOthersMet(List<HeldLock> locks, Collection<NodeReport> reports) {
        Map<EventKey, NodeReport.Met> known = new HashMap<>();
        for (NodeReport report : reports) {
            report.met().stream().filter(met -> met.type() != null).forEach(met -> known.putIfAbsent(met.key(), met));
        }
        return locks.stream()
                .map(lock -> lock.type() == null && known.containsKey(lock.key())
                        ? lock.about(
                                known.get(lock.key()).type(),
                                known.get(lock.key()).order())
                        : lock)
                .toList();
    }

    /** Of this node's, those that somebody else's report has brought to light are not counted. */
    private long overlooked(List<HeldLock> listed, Map<String, NodeReport> reports) {
        Set<EventKey> shown = listed.stream().map(HeldLock::key).collect(Collectors.toSet());
        long here =
                board.overlooked().stream().filter(key -> !shown.contains(key)).count();
        return reports.values().stream()
                        .filter(report -> report.isAlive() && !report.clientId().equals(redisson.getId()))
                        .mapToLong(NodeReport::overlooked)
                        .sum()
                + here;
    }

    private void look(List<EventKey> keys, Map<String, NodeReport> reports, List<HeldLock> found) {
        RBatch batch = redisson.createBatch();
        List<CompletionStage<Map<String, String>>> holders = new ArrayList<>();
        List<CompletionStage<Long>> expiries = new ArrayList<>();
        for (EventKey key : keys) {
            RMapAsync<String, String> lock = batch.getMap(RedisEventLocks.PREFIX + key, StringCodec.INSTANCE);
            holders.add(lock.readAllMapAsync());
            expiries.add(lock.remainTimeToLiveAsync());
        }
        batch.execute();
        for (int i = 0; i < keys.size(); i++) {
            Set<String> holder = holders.get(i).toCompletableFuture().join().keySet();
            long expiresIn = expiries.get(i).toCompletableFuture().join();
            if (!holder.isEmpty() && expiresIn != -2) {
                found.add(held(keys.get(i), holder.iterator().next(), expiresIn, reports));
            }
        }
    }

    /** @param expiresInMillis negative when the lock has no expiry, which ours always have */
    private HeldLock held(EventKey key, String holder, long expiresInMillis, Map<String, NodeReport> reports) {
        int colon = holder.lastIndexOf(':');
        NodeReport report = colon < 0 ? null : reports.get(holder.substring(0, colon));
        Optional<Long> thread = threadId(holder);
        LockBoard.Holding told = report == null ? null : toldBy(report, key, thread);
        Duration lease = report == null ? self.lease() : report.lease();
        Duration expiresIn = expiresInMillis < 0 ? null : Duration.ofMillis(expiresInMillis);
        Duration heldFor = expiresIn == null ? null : atLeastZero(lease.minus(expiresIn));
        return new HeldLock(
                key,
                holder,
                thread.orElse(null),
                told == null ? null : told.threadName(),
                report == null ? null : report.node(),
                report != null && report.isAlive(),
                heldFor,
                expiresIn,
                told == null ? null : told.type(),
                told == null ? null : told.order());
    }

    private static LockBoard.@Nullable Holding toldBy(NodeReport report, EventKey key, Optional<Long> thread) {
        return report.held().stream()
                .filter(holding -> holding.key().equals(key) && thread.equals(Optional.of(holding.threadId())))
                .findFirst()
                .orElse(null);
    }

    /** What is known without Redis. */
    private List<HeldLock> ownHoldings() {
        return board.held().stream()
                .map(holding -> new HeldLock(
                        holding.key(),
                        redisson.getId() + ":" + holding.threadId(),
                        holding.threadId(),
                        holding.threadName(),
                        self.name(),
                        true,
                        atLeastZero(Duration.between(holding.takenAt(), clock.instant())),
                        null,
                        holding.type(),
                        holding.order()))
                .toList();
    }

    private NodeReport own() {
        return self.report(redisson.getId(), board, false);
    }

    private static Optional<Long> threadId(String holder) {
        try {
            return Optional.of(Long.valueOf(holder.substring(holder.lastIndexOf(':') + 1)));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static Duration atLeastZero(Duration duration) {
        return duration.isNegative() ? Duration.ZERO : duration;
    }

    /**
     * A lock seen with the eyes of its holder: giving it back is Redisson's own script, which frees it only if that holder
     * has it, and wakes who waits in the way that this server wakes them.
     */
    private static final class LockOf extends RedissonLock {
        private final String holder;

        LockOf(RedissonClient redisson, String name, String holder) {
            super(((Redisson) redisson).getCommandExecutor(), name);
            this.holder = holder;
        }

        @Override
        protected String getLockName(long threadId) {
            return holder;
        }

        /** False when that holder does not have it. */
        boolean giveBack(long threadId) {
            try {
                unlockAsync(threadId).toCompletableFuture().join();
                return true;
            } catch (CompletionException e) {
                if (e.getCause() instanceof IllegalMonitorStateException) {
                    return false;
                }
                throw e;
            }
        }
    }

    /** An answer to what was asked while Redis was in use does not tell that it is quick again: that is for the look at it. */
    private void worked() {
        if (breaker.isClosed()) {
            breaker.recordSuccess();
        }
    }
}
