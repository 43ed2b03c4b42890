package hooklatch.app;

import dev.failsafe.CircuitBreaker;
import hooklatch.domain.Pace;
import hooklatch.lock.LockBoard;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** When Redis counts as away, and what is told of it. */
final class RedisBreaker {
    private static final Logger log = LoggerFactory.getLogger(RedisBreaker.class);

    /** Of so many: a Redis that is out of memory or read-only answers some commands well. */
    private static final int FAILURES = 3;

    private static final int LOOKED_AT = 10;
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /**
     * It answers in about a millisecond, and spares MySQL some that take a few each. At a quarter of a second for each of the
     * two answers that a delivery waits for, deliveries are quicker without it, by far.
     */
    private static final Duration SLOW = Duration.ofMillis(250);

    /** A pause for garbage is one, however many wait meanwhile. */
    private static final int SLOW_IN_A_ROW = 3;

    private RedisBreaker() {}

    /** Closed while Redis answers; open, deliveries go on without asking it, and the node's report tries now and then. */
    static CircuitBreaker<Object> create(MeterRegistry meters, LockBoard board) {
        CircuitBreaker<Object> breaker = CircuitBreaker.builder()
                .withFailureThreshold(FAILURES, LOOKED_AT)
                .withSuccessThreshold(1)
                .withDelay(PAUSE)
                .onOpen(event -> {
                    board.redisIsAway();
                    // Once, and not each time that it was looked for in vain.
                    if (event.getPreviousState() == CircuitBreaker.State.CLOSED) {
                        log.warn("Redis does not answer in time: going on without it, exactly once by MySQL alone");
                    }
                })
                .onClose(event -> {
                    board.redisIsBack();
                    log.info("Redis answers again");
                })
                .build();
        Gauge.builder("hooklatch.redis.degraded", breaker, b -> b.isClosed() ? 0 : 1)
                .description("1 while deliveries are processed without Redis")
                .register(meters);
        Gauge.builder("hooklatch.redis.degraded.since", board, RedisBreaker::degradedSince)
                .description("When that began, in seconds since 1970; 0 while Redis answers")
                .baseUnit("seconds")
                .register(meters);
        FunctionCounter.builder("hooklatch.events.without.redis", board, LockBoard::eventsWithoutLock)
                .description("Events processed without a lock, because Redis did not answer")
                .register(meters);
        return breaker;
    }

    /** Opens the breaker when Redis answers, but slowly. */
    static Pace pace(CircuitBreaker<Object> breaker) {
        return new Pace(SLOW, SLOW_IN_A_ROW, () -> giveUp(breaker));
    }

    /** Not when it is open already: that would put off the next look for a Redis that is quick again. */
    private static void giveUp(CircuitBreaker<Object> breaker) {
        if (breaker.isClosed()) {
            breaker.open();
        }
    }

    private static double degradedSince(LockBoard board) {
        return board.degraded()
                .map(away -> away.since().toEpochMilli() / 1000.0)
                .orElse(0.0);
    }
}
