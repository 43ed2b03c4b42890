package hooklatch.dao;

import com.zaxxer.hikari.HikariDataSource;
import hooklatch.domain.Deadline;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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

    private static final int ER_LOCK_WAIT_TIMEOUT = 1205;
    private static final int ER_LOCK_DEADLOCK = 1213;
    private static final int ER_DUP_ENTRY = 1062;
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

    /** More than a pool has connections; only when as many hang in their closing is one left to its socket's time-out. */
    private static final int MOST_CUT_AT_A_TIME = 128;

    /** Where {@link #backToMark} leads. */
    private static final String MARK = "hooklatch_mark";

    private final DataSource pool;
    private final @Nullable MySqlBreaker breaker;
    private final Duration timeToBegin;
    private final Jdbi jdbi;
    private final ScheduledThreadPoolExecutor deadlines;

    /** Closing a TLS connection may wait for a write that hangs; no other deadline waits with it. */
    private final ExecutorService cutters;

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
        this(pool, null, LEAST_TIME);
    }

    /** Whose callers have a delivery to answer: while the breaker is open they are told at once that MySQL is away. */
    public static Database ofDeliveries(DataSource pool, MySqlBreaker breaker) {
        return new Database(pool, breaker, TIME_OF_A_DELIVERY);
    }

    private Database(DataSource pool, @Nullable MySqlBreaker breaker, Duration timeToBegin) {
        this.pool = pool;
        this.breaker = breaker;
        this.timeToBegin = timeToBegin;
        deadlines = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "hooklatch-deadlines");
            thread.setDaemon(true);
            return thread;
        });
        deadlines.setRemoveOnCancelPolicy(true);
        cutters =
                new ThreadPoolExecutor(0, MOST_CUT_AT_A_TIME, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new Thread(task, "hooklatch-cut");
                    thread.setDaemon(true);
                    return thread;
                });
        jdbi = configured(Jdbi.create(pool));
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
            if (isConnectionLost(sql)) {
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
        requireTime(deadline, timeToBegin, "a transaction");
        try (Connection connection = pool.getConnection()) {
            Cut cut = new Cut(connection);
            cut.at(deadline);
            try (Handle handle = configured(Jdbi.create(UncommittableConnection.of(connection)))
                    .open()) {
                // Of a connection that is thrown away below, so there is nothing to restore.
                waitForRowsAtMost(connection, rowWait);
                return work.withHandle(handle);
            } finally {
                cut.over();
                discard(connection);
            }
        } catch (SQLException e) {
            throw storageFailure(e, false).<RuntimeException>map(s -> s).orElseGet(() -> new IllegalStateException(e));
        } catch (StorageException e) {
            throw e;
        } catch (RuntimeException e) {
            throw storageFailure(e, false).<RuntimeException>map(s -> s).orElse(e);
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

    private static boolean isTooLate(Deadline deadline, Duration needed) {
        return deadline.left().compareTo(needed) < 0;
    }

    private static void requireTime(Deadline deadline, Duration needed, String what) {
        if (isTooLate(deadline, needed)) {
            throw new StorageException(
                    StorageException.Kind.UNAVAILABLE, new SQLTimeoutException("too late to begin " + what));
        }
    }

    /**
     * The end of a transaction that is not over at its deadline. Its connection is cut: a read that hangs fails then, and
     * the server rolls back. Its thread is interrupted, as work may hang elsewhere; only while it is at that work. A
     * connection that has begun to be cut goes back to nobody: the cut may come when it already serves another.
     */
    private final class Cut {
        private final Connection connection;
        private final Thread worker = Thread.currentThread();
        private @Nullable ScheduledFuture<?> task;
        private boolean over;
        private boolean begun;

        Cut(Connection connection) {
            this.connection = connection;
        }

        void at(Deadline deadline) {
            task = deadlines.schedule(this::cut, deadline.left().toNanos(), TimeUnit.NANOSECONDS);
        }

        private void cut() {
            synchronized (this) {
                if (over) {
                    return;
                }
                begun = true;
                worker.interrupt();
            }
            try {
                connection.abort(cutters);
            } catch (SQLException e) {
                log.debug("the connection was gone before its deadline", e);
            } catch (RejectedExecutionException e) {
                log.warn(
                        "a connection that hangs is left to its own time-out: {} are being closed", MOST_CUT_AT_A_TIME);
            }
        }

        /** To be called by the worker: from now on its thread belongs to other work. */
        void over() {
            if (task != null) {
                task.cancel(false);
            }
            boolean wasCut;
            synchronized (this) {
                over = true;
                wasCut = begun;
            }
            if (wasCut) {
                Thread.interrupted();
                if (pool instanceof HikariDataSource hikari) {
                    hikari.evictConnection(connection);
                }
            }
        }
    }

    private <T, X extends Exception> T once(Deadline deadline, HandleCallback<T, X> work) throws X {
        requireTime(deadline, timeToBegin, "a transaction");
        boolean committing = false;
        try (Handle handle = jdbi.open()) {
            Cut cut = new Cut(handle.getConnection());
            cut.at(deadline);
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
                cut.over();
            }
        } catch (StorageException e) {
            throw e;
        } catch (RuntimeException e) {
            // Opening or closing the handle; what the work threw has been told apart above and is passed on as it is.
            throw storageFailure(e, committing).<RuntimeException>map(s -> s).orElse(e);
        }
    }

    /** Ends the threads that watch deadlines and cut connections; to be called when no transaction runs any more. */
    @Override
    public void close() {
        deadlines.shutdownNow();
        cutters.shutdown();
    }

    /** Takes back what the transaction has done so far; it goes on, empty. */
    public static void rollBack(Handle handle) {
        try {
            handle.getConnection().rollback();
        } catch (SQLException e) {
            throw storageFailure(e, false).<RuntimeException>map(s -> s).orElseGet(() -> new IllegalStateException(e));
        }
    }

    private static RuntimeException rollBack(Handle handle, Exception cause, boolean committing) {
        Optional<StorageException> storage = storageFailure(cause, committing);
        try {
            rollBack(handle);
        } catch (RuntimeException e) {
            // The connection is gone and the server rolls back by itself; the pool drops the connection.
            cause.addSuppressed(e);
            if (storage.isEmpty() && isOfSql(cause)) {
                // The driver closes statements with their connection, and then says no more than that they are closed.
                storage = storageFailure(e, committing);
            }
        }
        if (storage.isPresent()) {
            return storage.get();
        }
        return cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
    }

    /** Nothing was written as there was no time left for it; whoever asked is answered as if MySQL failed. */
    public static StorageException tooLate(String why, Exception cause) {
        return new StorageException(StorageException.Kind.UNAVAILABLE, new SQLTimeoutException(why, cause));
    }

    /**
     * Tells MySQL's own failures apart from a statement that was wrong.
     *
     * @return empty when the exception does not come from MySQL's state
     */
    public static Optional<StorageException> storageFailure(Throwable thrown, boolean committing) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof StorageException storage) {
                return Optional.of(storage);
            }
            if (t instanceof SQLException sql) {
                StorageException.Kind kind = kindOf(sql, committing);
                return kind == null ? Optional.empty() : Optional.of(new StorageException(kind, committing, sql));
            }
        }
        return Optional.empty();
    }

    /**
     * The same of work whose transaction is not over yet. Its connection is asked when the exception does not tell, and when
     * it tells of a connection that was lost: that may be one of the work's own, to somewhere else.
     *
     * @return empty when the work was wrong rather than MySQL
     */
    public static Optional<StorageException> storageFailure(Handle handle, Throwable thrown) {
        Optional<StorageException> told = storageFailure(thrown, false);
        if (told.isPresent()) {
            boolean ofAConnection = told.get().getCause() instanceof SQLException sql
                    && sql.getErrorCode() == 0
                    && isConnectionLost(sql);
            return ofAConnection && isAlive(handle) ? Optional.empty() : told;
        }
        return !isOfSql(thrown) || isAlive(handle)
                ? told
                : Optional.of(new StorageException(
                        StorageException.Kind.UNAVAILABLE,
                        new SQLNonTransientConnectionException("the connection was lost", thrown)));
    }

    private static boolean isAlive(Handle handle) {
        try {
            return handle.getConnection().isValid(1);
        } catch (SQLException e) {
            return false;
        }
    }

    private static boolean isOfSql(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof SQLException) {
                return true;
            }
        }
        return false;
    }

    private static StorageException.@Nullable Kind kindOf(SQLException e, boolean committing) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        if (e.getErrorCode() == ER_LOCK_WAIT_TIMEOUT) {
            // Before the SQLSTATE: Connector/J gives it the one of a deadlock.
            return StorageException.Kind.LOCK_WAIT_TIMEOUT;
        }
        if (e.getErrorCode() == ER_LOCK_DEADLOCK || state.equals("40001")) {
            return StorageException.Kind.DEADLOCK;
        }
        boolean connectionLost = isConnectionLost(e);
        if (connectionLost && committing) {
            return StorageException.Kind.OUTCOME_UNKNOWN;
        }
        if (connectionLost || committing || isServerTrouble(e.getErrorCode())) {
            return StorageException.Kind.UNAVAILABLE;
        }
        return null;
    }

    private static boolean isConnectionLost(SQLException e) {
        return e instanceof SQLTransientConnectionException
                || e instanceof SQLNonTransientConnectionException
                || e instanceof SQLRecoverableException
                || (e.getSQLState() != null && e.getSQLState().startsWith("08"));
    }

    /** Codes by which MySQL or MariaDB says that it cannot serve anybody now. */
    private static boolean isServerTrouble(int code) {
        return switch (code) {
            case 1021, // disk full
                    1028, // sort aborted
                    1030, // error from storage engine
                    1036, // table is read only
                    1037, // out of memory
                    1040, // too many connections
                    1053, // server shutdown in progress
                    1114, // table is full
                    1129, // host is blocked
                    1158,
                    1159,
                    1160,
                    1161, // network errors
                    1203, // user has too many connections
                    1226, // resource limit
                    1290, // running with --read-only
                    1317, // query interrupted
                    1792, // read-only transaction
                    1836, // running in read-only mode
                    1927, // connection was killed
                    1047, // WSREP has not yet prepared the node
                    4031, // MySQL ended the session because it was silent
                    1969, // MariaDB's max_statement_time exceeded
                    3024 -> // MySQL's max_execution_time exceeded
                true;
            default -> false;
        };
    }

    /** Whether a statement broke a unique key (1062); the transaction goes on. */
    static boolean isDuplicateKey(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof SQLException sql) {
                return sql.getErrorCode() == ER_DUP_ENTRY;
            }
        }
        return false;
    }
}
