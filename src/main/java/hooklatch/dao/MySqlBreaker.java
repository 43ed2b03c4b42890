package hooklatch.dao;

import com.zaxxer.hikari.HikariDataSource;
import dev.failsafe.CircuitBreaker;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether it is worth asking MySQL. Closed while it is. After a few lost or unobtainable connections in a row it opens:
 * then nobody waits for MySQL any more but one thread of its own, which asks several times a second, and closes it with the
 * first answer. What MySQL refuses while it answers (read-only, full, a deadlock) does not open it: that costs no time.
 * Thread-safe.
 */
public final class MySqlBreaker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MySqlBreaker.class);
    private static final int FAILURES = 3;
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final int ANSWER_WITHIN_SECONDS = 1;
    private static final int ER_NO_SUCH_TABLE = 1146;
    /** A table of one row. */
    private static final String SMALLEST_READ = "SELECT COUNT(*) FROM hooklatch_database";
    /** When a connection cannot be had and MySQL has answered nobody for so long, it is MySQL and not a crowd. */
    private static final Duration STUCK = Duration.ofSeconds(2);

    private final HikariDataSource pool;
    private final CircuitBreaker<Object> breaker;
    private final ScheduledExecutorService thread;
    private final ScheduledFuture<?> probing;
    private volatile long workedAtNanos = System.nanoTime();

    /**
     * Begins to watch, closed.
     *
     * @param pool whose connections it is about
     */
    public MySqlBreaker(HikariDataSource pool) {
        this.pool = pool;
        this.breaker = CircuitBreaker.builder()
                .withFailureThreshold(FAILURES)
                .withSuccessThreshold(1)
                .withDelay(PAUSE)
                .onOpen(event -> {
                    // Once, and not each time that it was looked for in vain.
                    if (event.getPreviousState() == CircuitBreaker.State.CLOSED) {
                        log.warn("MySQL does not answer: deliveries are answered 503 at once until it does");
                    }
                })
                .onClose(event -> log.info("MySQL answers again"))
                .build();
        this.thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = new Thread(task, "hooklatch-mysql-breaker");
            made.setDaemon(true);
            return made;
        });
        this.probing =
                thread.scheduleWithFixedDelay(this::probe, PAUSE.toMillis(), PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Whether MySQL is known to be away: asking would be waiting for nothing. */
    public boolean isOpen() {
        return !breaker.isClosed();
    }

    /** Whether MySQL has answered within this time, to whomever. */
    public boolean workedWithin(Duration time) {
        return System.nanoTime() - workedAtNanos < time.toNanos();
    }

    /** MySQL did what it was asked, or refused it in its own words. */
    void worked() {
        workedAtNanos = System.nanoTime();
        breaker.recordSuccess();
    }

    /** A connection was lost, or could not be had. */
    void failed(StorageException failure) {
        if (!isMerelyBusy(failure)) {
            breaker.recordFailure();
        }
    }

    /** Others are being served: the pool is used up, or is only just being filled again. */
    private boolean isMerelyBusy(StorageException failure) {
        return failure.getCause() instanceof SQLTransientConnectionException && workedWithin(STUCK);
    }

    private void probe() {
        // Only this thread asks for the permit, so only it ever waits.
        if (breaker.isClosed() || !breaker.tryAcquirePermit()) {
            return;
        }
        try (Connection connection = pool.getConnection()) {
            if (servesOrIsGone(connection)) {
                worked();
            } else {
                breaker.recordFailure();
            }
        } catch (SQLException e) {
            breaker.recordFailure();
            log.debug("MySQL is still away: {}", e.getMessage());
        } catch (RuntimeException | Error e) {
            // An Error too: nobody else looks for MySQL, and without a result nobody ever would again.
            breaker.recordFailure();
            log.error("looking for MySQL failed unexpectedly; it is looked for again", e);
        }
    }

    /** One that does not serve leaves the pool, which would otherwise hand it to this thread again each time. */
    private boolean servesOrIsGone(Connection connection) throws SQLException {
        boolean serves = false;
        try {
            serves = serves(connection);
            return serves;
        } finally {
            if (!serves) {
                pool.evictConnection(connection);
            }
        }
    }

    /**
     * Whether the server at the other end does what a delivery needs. A sign of life is not enough: a server of a cluster
     * that has lost its majority, or that is still being filled, answers it and refuses every table.
     *
     * @throws SQLException when it refuses
     */
    public static boolean serves(Connection connection) throws SQLException {
        if (!connection.isValid(ANSWER_WITHIN_SECONDS)) {
            return false;
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(SMALLEST_READ)) {
            return row.next();
        } catch (SQLException e) {
            if (e.getErrorCode() == ER_NO_SUCH_TABLE) {
                // Whether the schema is there is another question.
                return true;
            }
            throw e;
        }
    }

    /** Stops asking; does not wait for an answer that is due. */
    @Override
    public void close() {
        probing.cancel(true);
        thread.shutdownNow();
    }
}
