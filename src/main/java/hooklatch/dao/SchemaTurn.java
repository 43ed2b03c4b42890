package hooklatch.dao;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may change the schema of a multi-master cluster now. A lock of the server ({@code GET_LOCK}) is one server's there,
 * and so is the lock of a row; what all servers agree on is what was committed. So the turn is a row that its holder
 * changes and renews: of two that change it at once the cluster refuses one (1213). A holder that dies loses it after
 * {@link #HELD}. The servers' clocks may be apart by a part of that, not more.
 */
final class SchemaTurn {
    private static final Logger log = LoggerFactory.getLogger(SchemaTurn.class);

    /** Only on a cluster. Made outside the migrations, which it guards. */
    static final String TABLE = "hooklatch_schema_turn";

    private static final Duration HELD = Duration.ofSeconds(30);
    private static final Duration RENEWED = Duration.ofSeconds(5);
    private static final int ATTEMPTS = 5;
    private static final Duration PAUSE = Duration.ofMillis(200);

    /** Deadlock or lost certification, lock wait timeout: nothing was done. */
    private static final Set<Integer> TRY_AGAIN = Set.of(1213, 1205);

    /** MySQL and MariaDB answer with those that they have. */
    private static final String IS_MULTI_MASTER = """
            SHOW GLOBAL VARIABLES WHERE (Variable_name = 'wsrep_on' AND Value = 'ON')
                OR (Variable_name = 'group_replication_single_primary_mode' AND Value = 'OFF')""";

    private static final String CREATE = "CREATE TABLE IF NOT EXISTS " + TABLE + """
             (
                singleton  TINYINT     NOT NULL DEFAULT 1,
                holder     VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
                held_until DATETIME(6) NOT NULL DEFAULT '2000-01-01 00:00:00.000000',
                PRIMARY KEY (singleton)
            ) ENGINE = InnoDB""";

    private static final String FILL = "INSERT IGNORE INTO " + TABLE + " (singleton) VALUES (1)";

    /** Primary key. */
    private static final String TAKE = "UPDATE " + TABLE + " SET holder = ?, held_until = NOW(6) + INTERVAL "
            + HELD.toSeconds() + " SECOND WHERE singleton = 1 AND (held_until < NOW(6) OR holder = ?)";

    /** Primary key. */
    private static final String GIVE_BACK =
            "UPDATE " + TABLE + " SET held_until = NOW(6) - INTERVAL 1 SECOND WHERE singleton = 1 AND holder = ?";

    private final DataSource dataSource;
    private final Connection connection;
    private final String holder = UUID.randomUUID().toString();
    private final ScheduledExecutorService thread;
    private final ScheduledFuture<?> renewal;
    private boolean tableIsThere;

    private SchemaTurn(DataSource dataSource, Connection connection, Duration patience) throws SQLException {
        this.dataSource = dataSource;
        this.connection = connection;
        awaitTurn(patience);
        thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = new Thread(task, "hooklatch-schema-turn");
            made.setDaemon(true);
            return made;
        });
        renewal = thread.scheduleWithFixedDelay(
                this::renew, RENEWED.toMillis(), RENEWED.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Waits for the turn, where there is more than one master; else there is nothing to wait for.
     *
     * @param dataSource for a connection that renews it; the one given is busy with the migration meanwhile
     * @throws DatabaseUnavailableException when another node has it for longer than one is patient
     */
    static Turn await(DataSource dataSource, Connection connection, Duration patience) throws SQLException {
        return isMultiMaster(connection) ? take(dataSource, connection, patience) : ALONE;
    }

    /** Waits for the turn, whatever the server is. */
    static Turn take(DataSource dataSource, Connection connection, Duration patience) throws SQLException {
        return new SchemaTurn(dataSource, connection, patience).new Held();
    }

    /** Closing it gives the turn back. */
    interface Turn extends AutoCloseable {

        /**
         * To be asked before each step: a change of a large table holds up all statements of the cluster, the renewals
         * among them, so that the turn may have ended meanwhile.
         *
         * @throws DatabaseUnavailableException when another node has the turn now: stop, and begin again
         */
        void confirm() throws SQLException;

        @Override
        void close();
    }

    static final Turn ALONE = new Turn() {
        @Override
        public void confirm() {
            // The lock of the only server is held by the session.
        }

        @Override
        public void close() {
            // There was no turn to give back.
        }
    };

    private static boolean isMultiMaster(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(IS_MULTI_MASTER)) {
            return row.next();
        }
    }

    private void awaitTurn(Duration patience) throws SQLException {
        long giveUpAt = System.nanoTime() + patience.toNanos();
        while (!tryToTake()) {
            if (System.nanoTime() - giveUpAt > 0) {
                throw new DatabaseUnavailableException(
                        "Another node has been migrating the schema for more than " + patience.toSeconds() + " s");
            }
            try {
                TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new DatabaseUnavailableException("interrupted while another node migrates the schema", e);
            }
        }
    }

    private boolean tryToTake() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (!tableIsThere) {
                statement.execute(CREATE);
                statement.executeUpdate(FILL);
                tableIsThere = true;
            }
            return update(connection, TAKE, holder, holder) == 1;
        } catch (SQLException e) {
            if (TRY_AGAIN.contains(e.getErrorCode())) {
                log.debug("another node was first: {}", e.getMessage());
                return false;
            }
            throw e;
        }
    }

    private void confirm() throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                if (update(connection, TAKE, holder, holder) == 1) {
                    return;
                }
                throw new DatabaseUnavailableException(
                        "Another node has taken over the migration of the schema, because a step took longer than "
                                + HELD.toSeconds() + " s; this node looks again when it is done");
            } catch (SQLException e) {
                if (attempt == ATTEMPTS || !TRY_AGAIN.contains(e.getErrorCode())) {
                    throw e;
                }
                log.debug("another node changed the turn at the same moment: {}", e.getMessage());
            }
        }
    }

    private static int update(Connection connection, String sql, String... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setString(i + 1, values[i]);
            }
            return statement.executeUpdate();
        }
    }

    private void renew() {
        try (Connection own = dataSource.getConnection()) {
            if (update(own, TAKE, holder, holder) == 0) {
                log.warn(
                        "another node has taken over the migration of the schema; this one stops before its next step");
            }
        } catch (SQLException e) {
            log.warn("the turn to migrate the schema was not renewed; tried again: {}", e.getMessage());
        }
    }

    private void giveBack() {
        renewal.cancel(false);
        thread.shutdown();
        try {
            update(connection, GIVE_BACK, holder);
        } catch (SQLException e) {
            log.debug("the turn to migrate the schema ends by itself in {}", HELD, e);
        }
    }

    /** The turn, had. */
    private final class Held implements Turn {
        @Override
        public void confirm() throws SQLException {
            SchemaTurn.this.confirm();
        }

        @Override
        public void close() {
            giveBack();
        }
    }
}
