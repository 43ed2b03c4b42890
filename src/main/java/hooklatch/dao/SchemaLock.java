package hooklatch.dao;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may change the schema through this server now: a lock of the server ({@code GET_LOCK}), which lives as long as its
 * session. A node that vanishes without a word (its machine loses power) leaves a session that the server would keep for
 * {@code wait_timeout}, eight hours; here for {@link #SILENT}, and the holder speaks every {@link #HEARTBEAT} while it
 * works on connections of its own.
 */
final class SchemaLock implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SchemaLock.class);

    /** After this long without a word the server ends the session, and its lock with it. */
    static final Duration SILENT = Duration.ofSeconds(60);

    private static final Duration HEARTBEAT = Duration.ofSeconds(10);

    /** A name of at most 64 characters, the server's limit, whatever the length of the database's. */
    private static final String NAME = "CONCAT('hooklatch.schema.', SHA1(DATABASE()))";

    private final Connection connection;
    private final ScheduledExecutorService heart;

    private SchemaLock(Connection connection) {
        this.connection = connection;
        heart = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = new Thread(task, "hooklatch-schema-lock");
            made.setDaemon(true);
            return made;
        });
        var unused = heart.scheduleWithFixedDelay(
                this::beat, HEARTBEAT.toMillis(), HEARTBEAT.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Waits for the lock.
     *
     * @param connection whose session holds it; may be used meanwhile, and stays open
     * @throws DatabaseUnavailableException when another node has it for longer than one is patient
     */
    static SchemaLock await(Connection connection, Duration patience) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION wait_timeout = " + SILENT.toSeconds());
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT GET_LOCK(" + NAME + ", ?)")) {
            statement.setLong(1, patience.toSeconds());
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next() || row.getInt(1) != 1) {
                    throw new DatabaseUnavailableException(
                            "Another node has been migrating the schema for more than " + patience.toSeconds() + " s");
                }
            }
        }
        return new SchemaLock(connection);
    }

    /** Whose session holds it. */
    Connection connection() {
        return connection;
    }

    private void beat() {
        try (Statement statement = connection.createStatement()) {
            statement.execute("DO 1");
        } catch (SQLException e) {
            log.warn("the lock of the schema may be lost with its session: {}", e.getMessage());
        }
    }

    /** For tests: what a node that vanished does. */
    void stopBeating() {
        heart.shutdownNow();
    }

    /** A lost connection has released the lock already, and what was lost with it is being reported. */
    @Override
    public void close() {
        heart.shutdownNow();
        try (Statement statement = connection.createStatement()) {
            statement.execute("DO RELEASE_LOCK(" + NAME + ")");
        } catch (SQLException e) {
            log.debug("the lock of the schema went with its connection", e);
        }
    }
}
