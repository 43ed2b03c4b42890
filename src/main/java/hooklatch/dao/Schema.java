package hooklatch.dao;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.flywaydb.core.api.output.MigrateResult;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the database to the schema that this version needs, or checks that it has it.
 *
 * <p>Before anything is changed it looks at what is there: a shop's own {@code orders} is adopted, the tables of the Node
 * design and other people's tables under our names are refused. Tables under other names are never looked at. Migrations
 * are recorded in {@value #HISTORY}, a name that does not meet a Flyway history of the shop's own.
 *
 * <p>Any number of nodes may do this at once: they take turns by a lock of the server, and on a multi-master cluster, where
 * such a lock holds on one server only, also by {@link SchemaTurn}. A migration that died half-way or failed is run again
 * by the next call, since each does nothing where its work is done. Thread-safe.
 */
public final class Schema {

    /** What {@link #apply()} may do. */
    public enum Mode {
        /** Apply what is missing. */
        MIGRATE,
        /** Change nothing and refuse a database that lacks something; for those who apply {@code sql/} by hand. */
        VALIDATE
    }

    static final String HISTORY = "hooklatch_schema_history";

    private static final Logger log = LoggerFactory.getLogger(Schema.class);

    /** Twice what a migration of large tables should take; then the caller is told to come back. */
    private static final Duration WAIT_FOR_OTHER_NODES = Duration.ofSeconds(60);

    /**
     * How long a change of a table waits for the transactions that use it. All later users of the table queue up behind a
     * waiting change, so a shop at work is better served by giving up and trying again.
     */
    private static final Duration WAIT_FOR_TABLE = Duration.ofSeconds(5);

    /** Of Flyway's sessions, one of which holds a lock too. A change that takes longer is recorded by the next attempt. */
    private static final Duration SILENT = Duration.ofMinutes(10);

    private static final int ER_ACCESS_DENIED = 1045;
    private static final int ER_ACCESS_DENIED_NO_PASSWORD = 1698;
    private static final int ER_NO_SUCH_TABLE = 1146;

    /**
     * Not connectivity by their SQLSTATE, and gone by themselves or once the database is set up: no rights on the database
     * (what a user without global rights is told of one that does not exist), no such database, shutting down, lock wait
     * timeout, deadlock, statement refused by {@code read_only} or by super_read_only, connection killed.
     */
    private static final Set<Integer> PASSING = Set.of(1044, 1049, 1053, 1205, 1213, 1290, 1836, 1927);

    private final DataSource dataSource;
    private final Mode mode;
    private volatile boolean applied;

    /**
     * @param dataSource plain connections of its own, not the pool of the deliveries: autocommit on, no socket timeout (a
     *     migration may be silent for minutes), a connect timeout of a few seconds. Up to five are open at once, only
     *     during {@link #apply()}
     */
    public Schema(DataSource dataSource, Mode mode) {
        this.dataSource = dataSource;
        this.mode = mode;
    }

    /**
     * Returns when the database has the schema. Waits up to a minute for another node that is at it.
     *
     * @throws DatabaseUnavailableException when there is no database to work with at the moment: try again later
     * @throws SchemaException when a person must act; its message says how
     */
    public void apply() {
        long began = System.nanoTime();
        try (Connection connection = dataSource.getConnection()) {
            if (mode == Mode.VALIDATE) {
                validate(connection);
            } else {
                migrate(connection, began);
            }
        } catch (SQLException e) {
            throw failure("The database cannot be used", e);
        }
        applied = true;
    }

    /** Whether {@link #apply()} has succeeded in this process. Asks nobody. */
    public boolean isApplied() {
        return applied;
    }

    private static void validate(Connection connection) throws SQLException {
        SchemaTables tables = SchemaTables.read(connection);
        refuse(tables.objection());
        List<String> missing = tables.missing();
        if (!missing.isEmpty()) {
            throw new SchemaException(
                    "The database lacks what this version needs, and DB_MIGRATE=validate forbids to add"
                            + " it: " + String.join(", ", missing)
                            + ". Apply the files V*.sql of sql/ in their order (each may be applied again), then start again.");
        }
    }

    private void migrate(Connection connection, long began) throws SQLException {
        try {
            if (isUpToDate(connection)) {
                return;
            }
        } catch (FlywayException e) {
            throw failure("What was migrated cannot be read", e);
        }
        try (SchemaLock lock = SchemaLock.await(connection, WAIT_FOR_OTHER_NODES);
                SchemaTurn.Turn turn = SchemaTurn.await(dataSource, connection, WAIT_FOR_OTHER_NODES)) {
            migrateInTurn(lock.connection(), turn, began);
        } catch (FlywayException e) {
            throw failure("A migration failed", e);
        }
    }

    /**
     * Whether there is nothing to do, found without waiting for anybody: a node that migrates, or that vanished while it
     * did, is in no one's way who starts on a database that is complete.
     */
    private boolean isUpToDate(Connection connection) throws SQLException {
        SchemaTables tables = SchemaTables.read(connection);
        return tables.objection() == null
                && tables.missing().isEmpty()
                && flyway(SchemaTurn.ALONE).validateWithResult().validationSuccessful;
    }

    private void migrateInTurn(Connection connection, SchemaTurn.Turn turn, long began) throws SQLException {
        SchemaTables before = SchemaTables.read(connection);
        refuse(before.objection());
        forgetFailures(connection);
        MigrateResult result = flyway(turn).migrate();
        SchemaTables after = result.migrationsExecuted == 0 ? before : SchemaTables.read(connection);
        List<String> missing = after.missing();
        if (!missing.isEmpty()) {
            throw new SchemaException("All migrations are applied and yet the database lacks: "
                    + String.join(", ", missing)
                    + ". Somebody changed it by hand. Apply the files V*.sql of sql/ by"
                    + " hand in their order (each may be applied again), or restore what was dropped, then start"
                    + " again.");
        }
        if (result.migrationsExecuted > 0) {
            log.info(
                    "schema at version {}: {} migrations applied in {} ms",
                    result.targetSchemaVersion,
                    result.migrationsExecuted,
                    Duration.ofNanos(System.nanoTime() - began).toMillis());
        }
    }

    private Flyway flyway(SchemaTurn.Turn turn) {
        return Flyway.configure(Schema.class.getClassLoader())
                .dataSource(dataSource)
                .loggers(SchemaLog.class.getName())
                .locations("classpath:sql")
                .failOnMissingLocations(true)
                .table(HISTORY)
                // A database with tables of a shop's own is a start like any other: version 0, so that V001 follows.
                .baselineOnMigrate(true)
                .baselineVersion(MigrationVersion.fromVersion("0"))
                .cleanDisabled(true)
                .initSql("SET SESSION lock_wait_timeout = " + WAIT_FOR_TABLE.toSeconds() + ", wait_timeout = "
                        + SILENT.toSeconds())
                .callbacks(new BeforeEachStep(turn))
                .load();
    }

    private static void refuse(@Nullable String objection) {
        if (objection != null) {
            throw new SchemaException(objection);
        }
    }

    /**
     * MySQL cannot roll DDL back, so Flyway records a failure and refuses to go on until somebody has repaired it by hand.
     * Our migrations can be run again, and the record is all that stands in the way.
     */
    private static void forgetFailures(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            int failures = statement.executeUpdate("DELETE FROM " + HISTORY + " WHERE success = 0");
            if (failures > 0) {
                log.warn("a migration failed at an earlier start and is run again");
            }
        } catch (SQLException e) {
            if (e.getErrorCode() != ER_NO_SUCH_TABLE) {
                throw e;
            }
        }
    }

    private static RuntimeException failure(String what, Exception failure) {
        if (failure.getCause() instanceof DatabaseUnavailableException unavailable) {
            return unavailable;
        }
        SQLException sql = sqlCause(failure);
        if (sql == null) {
            return new SchemaException(
                    what + ": " + firstParagraph(failure.getMessage()) + " The migrations recorded in " + HISTORY
                            + " must be those of this version's sql/.",
                    failure);
        }
        String detail = sql.getMessage() + " (" + sql.getErrorCode() + ", " + sql.getSQLState() + ")";
        if (sql.getErrorCode() == ER_ACCESS_DENIED || sql.getErrorCode() == ER_ACCESS_DENIED_NO_PASSWORD) {
            return new SchemaException(
                    "The database refuses the user: check DB_USER and DB_PASSWORD. " + detail, failure);
        }
        if (isPassing(sql)) {
            return new DatabaseUnavailableException("The database is not available: " + detail, failure);
        }
        return new SchemaException(
                what + ": " + detail + ". Nothing is lost: remove the cause and start again, what was done is kept and"
                        + " the rest is run again.",
                failure);
    }

    private static boolean isPassing(SQLException e) {
        String state = e.getSQLState();
        return e instanceof SQLTransientConnectionException
                || e instanceof SQLRecoverableException
                || (state != null && state.toUpperCase(Locale.ROOT).startsWith("08"))
                || PASSING.contains(e.getErrorCode());
    }

    /** The innermost: pools and Flyway wrap what the server said. */
    private static @Nullable SQLException sqlCause(Throwable failure) {
        SQLException found = null;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                found = sql;
            }
        }
        return found;
    }

    private static String firstParagraph(@Nullable String message) {
        return message == null
                ? ""
                : message.lines().limit(2).reduce((a, b) -> a + " " + b).orElse("");
    }

    /** No step is begun out of turn. */
    private record BeforeEachStep(SchemaTurn.Turn turn) implements Callback {
        @Override
        public boolean supports(Event event, Context context) {
            return event == Event.BEFORE_EACH_MIGRATE;
        }

        @Override
        public boolean canHandleInTransaction(Event event, Context context) {
            return true;
        }

        @Override
        public void handle(Event event, Context context) {
            try {
                turn.confirm();
            } catch (SQLException e) {
                throw new FlywayException(e);
            }
        }

        @Override
        public String getCallbackName() {
            return "turn";
        }
    }
}
