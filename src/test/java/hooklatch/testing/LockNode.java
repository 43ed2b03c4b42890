package hooklatch.testing;

import dev.failsafe.CircuitBreaker;
import hooklatch.domain.Pace;
import hooklatch.lock.EventLocks;
import hooklatch.lock.LockBoard;
import hooklatch.lock.LockDirectory;
import hooklatch.lock.NodePublisher;
import hooklatch.lock.RedisEventLocks;
import hooklatch.lock.RedisLockDirectory;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.redisson.api.RedissonClient;

/** The Redis side of one node: its locks, its board, what it tells the others and how it looks at them. */
public final class LockNode implements AutoCloseable {
    public static final Duration LEASE = Duration.ofSeconds(30);

    private final RedissonClient redisson;
    private final LockBoard board;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final EventLocks locks;
    private final LockDirectory directory;
    private final NodePublisher publisher;

    /** Starts to report under the name. */
    public LockNode(RedissonClient redisson, String name) {
        this(redisson, name, LEASE);
    }

    /** The same with locks that are held for this long unless they are given back. */
    public LockNode(RedissonClient redisson, String name, Duration lease) {
        this.redisson = redisson;
        board = new LockBoard(Clock.systemUTC(), lease);
        CircuitBreaker<Object> breaker = CircuitBreaker.builder()
                .withFailureThreshold(3)
                .withDelay(Duration.ofMillis(500))
                .onOpen(event -> board.redisIsAway())
                .onClose(event -> board.redisIsBack())
                .build();
        Clock clock = Clock.systemUTC();
        NodePublisher.Node node = new NodePublisher.Node(name, "1.2.3", clock.instant(), lease, inFlight::get);
        RedisEventLocks ofRedis =
                new RedisEventLocks(redisson, breaker, lease, board, clock, RedisWrites.locks(redisson));
        locks = ofRedis;
        directory = new RedisLockDirectory(redisson, breaker, board, node, clock);
        publisher = new NodePublisher(
                redisson,
                breaker,
                new Pace(Duration.ofDays(1), 1, () -> {}),
                board,
                node,
                clock,
                ofRedis::giveBackLeftovers);
    }

    public EventLocks locks() {
        return locks;
    }

    public LockDirectory directory() {
        return directory;
    }

    public LockBoard board() {
        return board;
    }

    /** What it says of the deliveries it has in work. */
    public AtomicInteger inFlight() {
        return inFlight;
    }

    /** The process ends without a word: its locks stay, and nobody gives them back. */
    public void kill() {
        redisson.shutdown();
        // Its farewell reaches nobody any more; only its thread ends.
        publisher.close();
    }

    /** The process stops in order. */
    @Override
    public void close() {
        publisher.close();
    }
}
