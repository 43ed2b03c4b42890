package hooklatch.dao;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hooklatch.testing.TestServers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** Turns to migrate on a cluster, here on one server; {@code hooklatch.chaos.GaleraIT} has two. */
class SchemaTurnTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final TestServers servers = TestServers.get();
    private final DataSource database =
            ConnectionPool.unpooled(servers.newDatabase(), servers.user(), servers.password());

    @Test
    void oneAtATimeHasIt() throws Exception {
        try (Connection one = database.getConnection();
                Connection other = database.getConnection()) {
            SchemaTurn.Turn turn = SchemaTurn.take(database, one, PATIENCE);
            assertThatThrownBy(() -> SchemaTurn.take(database, other, Duration.ofMillis(300)))
                    .isInstanceOf(DatabaseUnavailableException.class)
                    .hasMessageContaining("Another node");

            CompletableFuture<SchemaTurn.Turn> waiting = CompletableFuture.supplyAsync(() -> take(other));
            turn.close();
            waiting.get(10, TimeUnit.SECONDS).close();
        }
    }

    @Test
    void whoDiedLosesItAfterItsTime() throws Exception {
        try (Connection dead = database.getConnection();
                Connection other = database.getConnection();
                Statement sql = dead.createStatement()) {
            SchemaTurn.take(database, other, PATIENCE).close();
            sql.execute("UPDATE " + SchemaTurn.TABLE
                    + " SET holder = 'dead', held_until = NOW(6) + INTERVAL 1 SECOND WHERE singleton = 1");

            SchemaTurn.take(database, other, PATIENCE).close();
        }
    }

    @Test
    void whoLostItIsToldBeforeTheNextStep() throws Exception {
        try (Connection slow = database.getConnection();
                Connection other = database.getConnection();
                Statement sql = other.createStatement()) {
            SchemaTurn.Turn turn = SchemaTurn.take(database, slow, PATIENCE);
            turn.confirm();

            sql.execute("UPDATE " + SchemaTurn.TABLE
                    + " SET holder = 'other', held_until = NOW(6) + INTERVAL 30 SECOND WHERE singleton = 1");
            assertThatThrownBy(turn::confirm)
                    .isInstanceOf(DatabaseUnavailableException.class)
                    .hasMessageContaining("Another node has taken over");
            turn.close();
        }
    }

    @Test
    void aServerThatIsAloneNeedsNoTurn() throws Exception {
        try (Connection connection = database.getConnection();
                Statement sql = connection.createStatement()) {
            SchemaTurn.await(database, connection, PATIENCE).close();
            assertThat(sql.executeQuery("SHOW TABLES").next())
                    .as("a table for it")
                    .isFalse();
        }
    }

    private SchemaTurn.Turn take(Connection connection) {
        try {
            return SchemaTurn.take(database, connection, PATIENCE);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
