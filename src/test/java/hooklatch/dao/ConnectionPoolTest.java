package hooklatch.dao;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.mysql.cj.jdbc.JdbcConnection;
import com.zaxxer.hikari.HikariDataSource;
import hooklatch.domain.Deadline;
import hooklatch.testing.TcpProxy;
import hooklatch.testing.TestServers;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** What the server is told about sessions, so that it does not keep what a node has left behind. */
class ConnectionPoolTest {
    private final TestServers servers = TestServers.get();
    private final String url = servers.newDatabase();

    @Test
    void aServerThatAcceptsAndSaysNothingIsNotWaitedForAtTheStart() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            DataSource plain = ConnectionPool.unpooled(
                    "jdbc:mysql://127.0.0.1:" + silent.getLocalPort() + "/none", servers.user(), servers.password());
            long begun = System.nanoTime();

            assertThatThrownBy(plain::getConnection).isInstanceOf(SQLException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(15));
        }
    }

    @Test
    void aMigrationMayTakeAsLongAsItNeeds() throws Exception {
        try (Connection connection =
                ConnectionPool.unpooled(url, servers.user(), servers.password()).getConnection()) {
            assertThat(connection.getNetworkTimeout()).isZero();
        }
    }

    @Test
    void rowsOfANodeThatVanishedWithoutAWordAreFreeWithinSeconds() throws Exception {
        int port = servers.mariaDbPort();
        try (TcpProxy proxy = TcpProxy.to(port);
                Connection direct = DriverManager.getConnection(url, servers.user(), servers.password());
                Statement statement = direct.createStatement()) {
            statement.execute("CREATE TABLE rows_held (id INT PRIMARY KEY, n INT NOT NULL)");
            statement.execute("INSERT INTO rows_held VALUES (1, 0)");
            statement.execute("SET innodb_lock_wait_timeout = 0");
            HikariDataSource pool = ConnectionPool.open(
                    url.replace(":" + port, ":" + proxy.port()), servers.user(), servers.password(), "vanishing", 1);
            try (Connection vanishing = pool.getConnection();
                    Statement change = vanishing.createStatement()) {
                change.execute("UPDATE rows_held SET n = 1 WHERE id = 1");
                proxy.hold();
                assertThat(isFree(statement)).as("while the node works").isFalse();

                // Of itself the server would wait for eight hours.
                await().atMost(Duration.ofSeconds(15)).until(() -> isFree(statement));
            } catch (SQLException e) {
                // Closing it fails, as it should.
                assertThat(isFree(statement)).isTrue();
            } finally {
                proxy.refuse();
                ConnectionPool.close(pool);
            }
        }
    }

    private static boolean isFree(Statement statement) throws SQLException {
        try {
            return statement.executeUpdate("UPDATE rows_held SET n = 2 WHERE id = 1") == 1;
        } catch (SQLException e) {
            assertThat(e.getErrorCode()).as(e.getMessage()).isEqualTo(1205);
            return false;
        }
    }

    @Test
    void theServerEndsASilentSessionButNotBeforeItsSignOfLife() throws Exception {
        HikariDataSource pool = ConnectionPool.open(url, servers.user(), servers.password(), "silent", 1);
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT @@wait_timeout, @@idle_transaction_timeout")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getLong(1) * 1000).isGreaterThan(pool.getKeepaliveTime());
            assertThat(row.getLong(1)).isLessThan(60);
            assertThat(row.getLong(2)).isEqualTo(5);
        } finally {
            ConnectionPool.close(pool);
        }
    }

    @Test
    void whoHasADeliveryToAnswerIsToldAtOnceThatMySqlIsAwayAndServedWithinASecondOfItsReturn() throws Exception {
        int port = servers.mariaDbPort();
        TcpProxy proxy = TcpProxy.to(port);
        HikariDataSource pool = ConnectionPool.open(
                url.replace(":" + port, ":" + proxy.port()), servers.user(), servers.password(), "away", 2);
        try (proxy;
                MySqlBreaker breaker = new MySqlBreaker(pool);
                Database database = Database.ofDeliveries(pool, breaker)) {
            assertThat(one(database)).isEqualTo(1);
            proxy.refuse();
            await().ignoreExceptions().until(() -> {
                assertThat(catchStorage(database)).isNotNull();
                return breaker.isOpen();
            });

            // Longer than the pool's own pauses would have grown.
            await().pollDelay(Duration.ofSeconds(6)).until(() -> true);
            long asked = System.nanoTime();
            assertThat(catchStorage(database)).isEqualTo(StorageException.Kind.NOT_ASKED);
            assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofMillis(100));

            proxy.pass();
            await().pollInterval(Duration.ofMillis(20))
                    .atMost(Duration.ofMillis(1500))
                    .until(() -> !breaker.isOpen());
            assertThat(one(database)).isEqualTo(1);
        } finally {
            ConnectionPool.close(pool);
        }
    }

    /** On a Galera cluster that is how a transaction learns that it was rolled back; GaleraIT loses the half of one else. */
    @Test
    void aStatementThatTheServerRefusesToPrepareIsNotSentInAnotherWay() throws Exception {
        HikariDataSource pool = ConnectionPool.open(url, servers.user(), servers.password(), "refused", 1);
        try (Connection connection = pool.getConnection()) {
            assertThatThrownBy(() -> connection.prepareStatement("SELECT n FROM no_such_table"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            e -> assertThat(e.getErrorCode()).isEqualTo(1146));
        } finally {
            ConnectionPool.close(pool);
        }
    }

    @Test
    void aServerWhoseRowsAreHeldIsNotTakenForAway() throws Exception {
        HikariDataSource pool = ConnectionPool.open(url, servers.user(), servers.password(), "busy", 2);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try (MySqlBreaker breaker = new MySqlBreaker(pool);
                Database database = Database.ofDeliveries(pool, breaker);
                Connection shop = DriverManager.getConnection(url, servers.user(), servers.password());
                Statement statement = shop.createStatement()) {
            statement.execute("CREATE TABLE held (id INT NOT NULL PRIMARY KEY, n INT NOT NULL) ENGINE = InnoDB");
            statement.execute("INSERT INTO held VALUES (1, 0)");
            shop.setAutoCommit(false);
            statement.execute("UPDATE held SET n = 1");

            // Two wait for the row, again and again, with all connections; six wait for a connection.
            List<Future<Boolean>> kept = IntStream.range(0, 8)
                    .mapToObj(i -> threads.submit(() -> {
                        try {
                            database.inTransaction(
                                    Deadline.in(Duration.ofSeconds(6)),
                                    handle -> handle.execute("UPDATE held SET n = 2"));
                            return false;
                        } catch (StorageException e) {
                            return e.kind() != StorageException.Kind.NOT_ASKED && !breaker.isOpen();
                        }
                    }))
                    .toList();
            for (Future<Boolean> one : kept) {
                assertThat(one.get()).isTrue();
            }
            shop.rollback();
            assertThat(breaker.isOpen()).isFalse();
            assertThat(one(database)).isEqualTo(1);
        } finally {
            threads.shutdownNow();
            ConnectionPool.close(pool);
        }
    }

    private static StorageException.@org.jspecify.annotations.Nullable Kind catchStorage(Database database) {
        try {
            one(database);
            return null;
        } catch (StorageException e) {
            return e.kind();
        }
    }

    private static int one(Database database) {
        return database.inTransaction(
                Deadline.in(Duration.ofSeconds(4)),
                handle -> handle.createQuery("SELECT 1").mapTo(Integer.class).one());
    }

    @Test
    void aTableThatIsHeldIsNotAServerThatIsAway() throws Exception {
        HikariDataSource pool = ConnectionPool.open(url, servers.user(), servers.password(), "held", 4);
        try (Connection direct = DriverManager.getConnection(url, servers.user(), servers.password());
                Statement statement = direct.createStatement();
                MySqlBreaker breaker = new MySqlBreaker(pool);
                Database database = Database.ofDeliveries(pool, breaker)) {
            statement.execute("CREATE TABLE held (id INT PRIMARY KEY)");
            // As long DDL does; only this connection's end would give it back.
            statement.execute("LOCK TABLES held WRITE");

            for (int i = 0; i < 4; i++) {
                assertThatExceptionOfType(StorageException.class)
                        .isThrownBy(() -> database.inTransaction(
                                Deadline.in(Duration.ofMillis(4_300)),
                                handle -> handle.execute("INSERT INTO held VALUES (1)")))
                        .satisfies(e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.LOCK_WAIT_TIMEOUT));
                assertThat(breaker.isOpen()).isFalse();
            }
        } finally {
            ConnectionPool.close(pool);
        }
    }

    @Test
    void aStatementThatTakesLongerThanTheServerAllowsIsMySqlsFailureAndNotAServerThatIsAway() throws Exception {
        HikariDataSource pool = ConnectionPool.open(url, servers.user(), servers.password(), "long", 2);
        try (MySqlBreaker breaker = new MySqlBreaker(pool);
                Database database = Database.ofDeliveries(pool, breaker)) {
            for (int i = 0; i < 4; i++) {
                assertThatExceptionOfType(StorageException.class)
                        .isThrownBy(() -> database.inTransaction(
                                Deadline.in(Duration.ofMillis(4_300)),
                                handle -> handle.createQuery(
                                                "SET STATEMENT max_statement_time = 0.05 FOR SELECT COUNT(*)"
                                                        + " FROM information_schema.COLLATIONS a, information_schema.COLLATIONS b,"
                                                        + " information_schema.COLLATIONS c, information_schema.COLLATIONS d")
                                        .mapTo(Long.class)
                                        .one()))
                        .satisfies(e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.UNAVAILABLE));
            }
            assertThat(breaker.isOpen()).isFalse();
        } finally {
            ConnectionPool.close(pool);
        }
    }

    @Test
    void aStatementThatWasClosedWithItsConnectionIsMySqlsFailure() throws Exception {
        HikariDataSource pool = ConnectionPool.open(url, servers.user(), servers.password(), "closed", 2);
        // As Connector/J words it: neither a connection's SQLSTATE nor a code.
        SQLException closed = new SQLException("No operations allowed after statement closed.", "S1009");
        try (Database database = new Database(pool)) {
            assertThatExceptionOfType(StorageException.class)
                    .as("to the transaction")
                    .isThrownBy(() -> database.inTransaction(Deadline.in(Duration.ofSeconds(4)), handle -> {
                        handle.getConnection().unwrap(JdbcConnection.class).abortInternal();
                        throw new IllegalStateException(closed);
                    }))
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.UNAVAILABLE));
            assertThatIllegalStateException()
                    .as("of a connection that is alive it is the work's own mistake")
                    .isThrownBy(() -> database.inTransaction(Deadline.in(Duration.ofSeconds(4)), handle -> {
                        assertThat(StorageFailures.of(handle, closed)).isEmpty();
                        throw new IllegalStateException(closed);
                    }));
            assertThatIllegalStateException()
                    .as("what has nothing to do with SQL stays what it is")
                    .isThrownBy(() -> database.inTransaction(Deadline.in(Duration.ofSeconds(4)), handle -> {
                        handle.getConnection().unwrap(JdbcConnection.class).abortInternal();
                        assertThat(StorageFailures.of(handle, closed)).isPresent();
                        throw new IllegalStateException("no");
                    }));
        } finally {
            ConnectionPool.close(pool);
        }
    }
}
