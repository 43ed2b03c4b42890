package hooklatch.dao;

import com.zaxxer.hikari.HikariDataSource;
import hooklatch.domain.Deadline;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Handles;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementExceptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Transactions on MySQL: begun, committed, rolled back and retried here and nowhere else. Thread-safe.
 *
 * <p>The pool given must hand out connections with autocommit off and READ COMMITTED: then a transaction costs its
 * statements and one COMMIT, and no round trip to set either. READ COMMITTED is part of the promise: under REPEATABLE READ
 * the statement that reads an order's facts would not see what another transaction committed while this one waited for
 * the order's row.
 */
public final class Database implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Database.class);

    /** Less than a read may take: when MySQL itself hangs, its last answer was longer ago. */
    private static final Duration SERVES = Duration.ofSeconds(2);

    /**
     * Neither a transaction nor a COMMIT is begun with less: a COMMIT that is cut off has an unknown outcome, and the
     * delivery would have to be answered before it is known.
     */
    private static final Duration LEAST_TIME = Duration.ofSeconds(1);

    /**
     * What a delivery must have left to begin a transaction. The pool takes up to two of it to give a connection or to find
     * that there is none: one to wait, one to hear from a connection that does not answer.
     */
    public static final Duration TIME_OF_A_DELIVERY = Duration.ofSeconds(2);

    /** For the work to end and the rollback, once it was interrupted. */
    private static final Duration TIME_TO_TAKE_BACK = Duration.ofMillis(100);

    /** Where {@link #backToMark} leads. */
    private static final String MARK = "hooklatch_mark";

    private final DataSource pool;
    private final @Nullable MySqlBreaker breaker;
    private final Duration timeToBegin;
    private final Jdbi jdbi;
    private final Deadlines deadlines;
    private final Semaphore places;

    private final Map<Retried, LongAdder> retries = Arrays.stream(Retried.values())
            .collect(Collectors.toUnmodifiableMap(cause -> cause, cause -> new LongAdder()));

    /** Why a transaction was run again. */
    public enum Retried {
        /** A victim of a deadlock; on a multi-master cluster also of another server's transaction that came first. */
        DEADLOCK,
        /** All statements were done, and the COMMIT was refused: another server's transaction came first. */
        COMMIT_REFUSED,
        /** Another transaction held a row for too long. */
        ROW_WAIT;

        private static Retried of(StorageException failure) {
            if (failure.kind() == StorageException.Kind.LOCK_WAIT_TIMEOUT) {
                return ROW_WAIT;
            }
            return failure.isAtCommit() ? COMMIT_REFUSED : DEADLOCK;
        }
    }

    /** Whose callers have time to wait for MySQL each time. */
    public Database(DataSource pool) {
        this(pool, null, LEAST_TIME, Integer.MAX_VALUE);
    }

    /** Whose callers have a delivery to answer: while the breaker is open they are told at once that MySQL is away. */
    public static Database ofDeliveries(DataSource pool, MySqlBreaker breaker) {
        return new Database(pool, breaker, TIME_OF_A_DELIVERY, Integer.MAX_VALUE);
    }

    /** The same as without a bound, but of so many at a time: whoever comes then is told at once that MySQL cannot be asked. */
    public static Database ofAtMost(int atATime, DataSource pool) {
        return new Database(pool, null, LEAST_TIME, atATime);
    }

    private Database(DataSource pool, @Nullable MySqlBreaker breaker, Duration timeToBegin, int atATime) {
        places = new Semaphore(atATime);
        this.pool = pool;
        this.breaker = breaker;
        this.timeToBegin = timeToBegin;
        jdbi = configured(Jdbi.create(pool));
        // The last thing that can fail: its thread would be ended by nobody.
        deadlines = new Deadlines(pool);
    }

    private static Jdbi configured(Jdbi jdbi) {
        // The pool rolls back what a handle leaves open; Jdbi would ask the server for the autocommit mode each time.
        jdbi.getConfig(Handles.class).setForceEndTransactions(false);
        // What was bound may be personal data, and exceptions reach the log.
        jdbi.getConfig(StatementExceptions.class).setMessageRendering(StatementExceptions.MessageRendering.NONE);
        jdbi.registerArgument(new UtcInstantArguments());
        jdbi.registerColumnMapper(Instant.class, new UtcInstantColumns());
        return jdbi;
    }

    /**
     * Runs the work in one transaction and commits it. Whatever the work throws rolls everything back and is passed on;
     * after a deadlock, a lost certification (1213, SQLSTATE 40001) or a row that was held for too long (1205) the work is run again from the start while the
     * deadline allows it, so it must do nothing outside its transaction. At the deadline the connection is cut, whatever
     * the server is doing, and the thread interrupted: the call returns in time even when MySQL hangs, or answers each
     * statement slowly, or work hangs elsewhere that ends when it is interrupted.
     *
     * @throws StorageException when MySQL failed rather than the work
     */
    public <T, X extends Exception> T inTransaction(Deadline deadline, HandleCallback<T, X> work) throws X {
        while (true) {
            requireMySql();
            try {
                T result = once(deadline, work);
                noteAnswer(null);
                return result;
            } catch (StorageException e) {
                noteAnswer(e);
                if (!isWorthAnotherTry(e.kind()) || isTooLate(deadline, timeToBegin)) {
                    throw e;
                }
                Objects.requireNonNull(retries.get(Retried.of(e))).increment();
                log.debug("retrying a transaction after {}", e.kind());
            } catch (Exception e) {
                // The work's own: it had a connection, and what it did was taken back.
                noteAnswer(null);
                throw e;
            }
        }
    }

    private void requireMySql() {
        if (breaker != null && breaker.isOpen()) {
            throw new StorageException(
                    StorageException.Kind.NOT_ASKED, new SQLTransientConnectionException("MySQL is away"));
        }
    }

    /** Null when MySQL did what it was asked. What it refuses in its own words shows that it is there as well. */
    private void noteAnswer(@Nullable StorageException failure) {
        if (breaker == null) {
            return;
        }
        if (failure == null) {
            breaker.worked();
        } else if (failure.getCause() instanceof SQLException sql) {
            if (StorageFailures.isConnectionLost(sql)) {
                breaker.failed(failure);
            } else if (sql.getErrorCode() != 0) {
                breaker.worked();
            }
        }
    }

    /** How often transactions were run again for that reason since the start. */
    public long retries(Retried cause) {
        return Objects.requireNonNull(retries.get(cause)).sum();
    }

    private static boolean isWorthAnotherTry(StorageException.Kind kind) {
        return kind == StorageException.Kind.DEADLOCK || kind == StorageException.Kind.LOCK_WAIT_TIMEOUT;
    }

    /**
     * Runs the work in a transaction that nothing commits: neither this method nor the work, whose handle refuses what
     * would end the transaction (a COMMIT, DDL, a session setting). It is rolled back however the work ends, and its
     * connection is not used again, so that not even a named lock or a variable of the session is left. What remains are
     * gaps in AUTO_INCREMENT numbers.
     *
     * @param rowWait longest wait for a row that another transaction holds; whole seconds, at least one
     * @throws StorageException when MySQL failed rather than the work
     */
    public <T, X extends Exception> T undone(Deadline deadline, Duration rowWait, HandleCallback<T, X> work) throws X {
        takePlace();
        try {
            return undoneAtItsPlace(deadline, rowWait, work);
        } finally {
            places.release();
        }
    }

    private <T, X extends Exception> T undoneAtItsPlace(Deadline deadline, Duration rowWait, HandleCallback<T, X> work)
            throws X {
        requireTime(deadline, timeToBegin, "a transaction");
        try (Connection connection = pool.getConnection()) {
            Deadlines.Watch watch = deadlines.watch(connection, deadline);
            try (Handle handle = configured(Jdbi.create(UncommittableConnection.of(connection)))
                    .open()) {
                // Of a connection that is thrown away below, so there is nothing to restore.
                waitForRowsAtMost(connection, rowWait);
                return work.withHandle(handle);
            } finally {
                watch.over();
                discard(connection);
            }
        } catch (SQLException e) {
            throw StorageFailures.of(e, false)
                    .<RuntimeException>map(s -> s)
                    .orElseGet(() -> new IllegalStateException(e));
        } catch (StorageException e) {
            throw e;
        } catch (RuntimeException e) {
            throw StorageFailures.of(e, false).<RuntimeException>map(s -> s).orElse(e);
        }
    }

    private static void waitForRowsAtMost(Connection connection, Duration wait) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION innodb_lock_wait_timeout = " + Math.max(1, wait.toSeconds()));
        }
    }

    /** Rolls back and takes the connection out of the pool; should the rollback not arrive, the server does it by itself. */
    private void discard(Connection connection) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            log.debug("a transaction that is never committed was rolled back by its server", e);
        } finally {
            if (pool instanceof HikariDataSource hikari) {
                hikari.evictConnection(connection);
            }
        }
    }

    /** Sets the mark of this transaction, anew if there is one. */
    public static void setMark(Handle handle) {
        handle.savepoint(MARK);
    }

    /** Takes back what was written since the mark; the rows stay locked, so that nobody else has changed them. */
    public static void backToMark(Handle handle) {
        handle.rollbackToSavepoint(MARK);
    }

    /** Whether a transaction with that deadline would be begun; whoever must know before asks here. */
    public boolean mayBegin(Deadline deadline) {
        return !isTooLate(deadline, timeToBegin);
    }

    /**
     * Whether MySQL has answered somebody while a statement could have waited for it in vain: then it was the statement that
     * took too long. False when that is not known.
     */
    public boolean servesOthers() {
        return breaker != null && breaker.workedWithin(SERVES);
    }

    /** Whether a COMMIT with that deadline would be begun. */
    public boolean mayCommit(Deadline deadline) {
        return !isTooLate(deadline, LEAST_TIME);
    }

    /** Of a part of a transaction's work that has less time than the whole. Used by one thread. */
    public interface Interruption extends AutoCloseable {
        /** Whether the thread was interrupted, as the time was over. */
        boolean hasCome();

        /** Whether the deadline has passed too, with the thread still at it: it was told to whoever wanted to know. */
        boolean isGivenUp();

        /** From now on the thread is not interrupted any more for that. */
        @Override
        void close();
    }

    /**
     * Interrupts the calling thread when it is still at a part of its work after so much of the deadline that what is left
     * is just enough to begin another transaction; or, when that is over already, after a quarter of what is left. Statements
     * are not interrupted: a slow MySQL has the whole deadline.
     *
     * @param givenUp called by another thread when the deadline has passed and the thread is still at it; returns at once
     */
    public Interruption interruptInTime(Deadline deadline, Runnable givenUp) {
        Duration left = deadline.left();
        Duration whole = left.minus(timeToBegin).minus(TIME_TO_TAKE_BACK);
        Duration quarter = left.dividedBy(4);
        return deadlines.interruptAfter(whole.compareTo(quarter) > 0 ? whole : quarter, deadline, givenUp);
    }

    private static boolean isTooLate(Deadline deadline, Duration needed) {
        return deadline.left().compareTo(needed) < 0;
    }

    private static void requireTime(Deadline deadline, Duration needed, String what) {
        if (isTooLate(deadline, needed)) {
            throw new StorageException(
                    StorageException.Kind.UNAVAILABLE, new SQLTimeoutException("too late to begin " + what));
        }
    }

    private void takePlace() {
        if (!places.tryAcquire()) {
            throw new StorageException(
                    StorageException.Kind.UNAVAILABLE,
                    new SQLTransientConnectionException("as many wait for MySQL already as may"));
        }
    }

    private <T, X extends Exception> T once(Deadline deadline, HandleCallback<T, X> work) throws X {
        takePlace();
        try {
            return atItsPlace(deadline, work);
        } finally {
            places.release();
        }
    }

    private <T, X extends Exception> T atItsPlace(Deadline deadline, HandleCallback<T, X> work) throws X {
        requireTime(deadline, timeToBegin, "a transaction");
        boolean committing = false;
        try (Handle handle = jdbi.open()) {
            Deadlines.Watch watch = deadlines.watch(handle.getConnection(), deadline);
            try {
                T result = work.withHandle(handle);
                requireTime(deadline, LEAST_TIME, "a COMMIT");
                committing = true;
                handle.getConnection().commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                throw rollBack(handle, e, committing);
            } catch (Exception e) {
                // The work's own checked exception, or MySQL's failure that it wrapped in one.
                RuntimeException storage = rollBack(handle, e, committing);
                if (storage instanceof StorageException) {
                    throw storage;
                }
                @SuppressWarnings("unchecked") // the only checked exceptions that withHandle can throw
                X own = (X) e;
                throw own;
            } finally {
                watch.over();
            }
        } catch (StorageException e) {
            throw e;
        } catch (RuntimeException e) {
            // Opening or closing the handle; what the work threw has been told apart above and is passed on as it is.
            throw StorageFailures.of(e, committing)
                    .<RuntimeException>map(s -> s)
                    .orElse(e);
        }
    }

    /** Ends the threads that watch deadlines and cut connections; to be called when no transaction runs any more. */
    @Override
    public void close() {
        deadlines.close();
    }

    /** Takes back what the transaction has done so far; it goes on, empty. */
    public static void rollBack(Handle handle) {
        try {
            handle.getConnection().rollback();
        } catch (SQLException e) {
            throw StorageFailures.of(e, false)
                    .<RuntimeException>map(s -> s)
                    .orElseGet(() -> new IllegalStateException(e));
        }
    }

    private static RuntimeException rollBack(Handle handle, Exception cause, boolean committing) {
        Optional<StorageException> storage = StorageFailures.of(cause, committing);
        try {
            rollBack(handle);
        } catch (RuntimeException e) {
            // The connection is gone and the server rolls back by itself; the pool drops the connection.
            cause.addSuppressed(e);
            if (storage.isEmpty() && StorageFailures.isOfSql(cause)) {
                // The driver closes statements with their connection, and then says no more than that they are closed.
                storage = StorageFailures.of(e, committing);
            }
        }
        if (storage.isPresent()) {
            return storage.get();
        }
        return cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
    }
}
