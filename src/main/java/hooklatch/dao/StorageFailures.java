package hooklatch.dao;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Tells by what was thrown whether MySQL failed, and how, or what was asked of it was wrong. Stateless. */
public final class StorageFailures {
    private static final int ER_LOCK_WAIT_TIMEOUT = 1205;
    private static final int ER_LOCK_DEADLOCK = 1213;
    private static final int ER_DUP_ENTRY = 1062;

    private StorageFailures() {}

    /** Nothing was written as there was no time left for it; whoever asked is answered as if MySQL failed. */
    public static StorageException tooLate(String why, Exception cause) {
        return new StorageException(StorageException.Kind.UNAVAILABLE, new SQLTimeoutException(why, cause));
    }

    /**
     * Tells MySQL's own failures apart from a statement that was wrong.
     *
     * @return empty when the exception does not come from MySQL's state
     */
    public static Optional<StorageException> of(Throwable thrown, boolean committing) {
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
    public static Optional<StorageException> of(Handle handle, Throwable thrown) {
        Optional<StorageException> told = of(thrown, false);
        if (told.isPresent()) {
            boolean ofAConnection = told.get().getCause() instanceof SQLException sql
                    && (isConnectionLost(sql) || isRefusal(sql.getErrorCode()));
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

    static boolean isOfSql(Throwable thrown) {
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

    static boolean isConnectionLost(SQLException e) {
        return e instanceof SQLTransientConnectionException
                || e instanceof SQLNonTransientConnectionException
                || e instanceof SQLRecoverableException
                || (e.getSQLState() != null && e.getSQLState().startsWith("08"));
    }

    /** Codes that only somebody who connects is told. */
    private static boolean isRefusal(int code) {
        return code == 1040 || code == 1129 || code == 1203 || code == 1226;
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
