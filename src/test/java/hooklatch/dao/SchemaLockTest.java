package hooklatch.dao;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hooklatch.testing.TestServers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The lock that a node holds while it migrates. */
class SchemaLockTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final TestServers servers = TestServers.get();
    private final DataSource database =
            ConnectionPool.unpooled(servers.newDatabase(), servers.user(), servers.password());

    @Test
    void oneAtATimeHasIt() throws Exception {
        try (Connection one = database.getConnection();
                Connection other = database.getConnection()) {
            SchemaLock lock = SchemaLock.await(one, PATIENCE);
            assertThatThrownBy(() -> SchemaLock.await(other, Duration.ofSeconds(1)))
                    .isInstanceOf(DatabaseUnavailableException.class)
                    .hasMessageContaining("Another node");

            CompletableFuture<SchemaLock> waiting = CompletableFuture.supplyAsync(() -> await(other));
            lock.close();
            waiting.get(10, TimeUnit.SECONDS).close();
        }
    }

    @Test
    void aHolderThatFallsSilentLosesItWithItsSession() throws Exception {
        try (Connection vanished = database.getConnection();
                Connection other = database.getConnection()) {
            SchemaLock.await(vanished, PATIENCE).stopBeating();
            assertThat(secondsOfSilence(vanished)).isEqualTo(SchemaLock.SILENT.toSeconds());

            try (Statement sql = vanished.createStatement()) {
                sql.execute("SET SESSION wait_timeout = 1");
            }
            SchemaLock.await(other, PATIENCE).close();
        }
    }

    @Test
    @Timeout(20)
    void aStartOnACompleteDatabaseWaitsForNobody() throws Exception {
        new Schema(database, Schema.Mode.MIGRATE).apply();
        try (Connection migrating = database.getConnection();
                SchemaLock held = SchemaLock.await(migrating, PATIENCE)) {
            Schema schema = new Schema(database, Schema.Mode.MIGRATE);
            schema.apply();
            assertThat(schema.isApplied()).isTrue();
            assertThat(secondsOfSilence(held.connection())).isPositive();
        }
    }

    private static long secondsOfSilence(Connection connection) throws SQLException {
        try (Statement sql = connection.createStatement();
                ResultSet row = sql.executeQuery("SELECT @@SESSION.wait_timeout")) {
            row.next();
            return row.getLong(1);
        }
    }

    private static SchemaLock await(Connection connection) {
        try {
            return SchemaLock.await(connection, PATIENCE);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
