package hooklatch.dao;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import hooklatch.domain.Deadline;
import hooklatch.testing.TestServers;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of a transaction whose COMMIT is refused, as a multi-master cluster does when another came first. */
class DatabaseRetriesTest {
    private final TestServers servers = TestServers.get();
    private final HikariDataSource pool =
            ConnectionPool.open(servers.newDatabase(), servers.user(), servers.password(), "retries", 2);
    private final AtomicInteger refusals = new AtomicInteger();
    private final AtomicInteger commits = new AtomicInteger();
    private final Database database = new Database(refusing());

    @AfterEach
    void close() throws InterruptedException {
        database.close();
        ConnectionPool.close(pool);
    }

    /** The pool, but for COMMITs, of which so many are refused in the server's words before one gets through. */
    private DataSource refusing() {
        return (DataSource) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {DataSource.class},
                (self, method, arguments) ->
                        call(pool, method, arguments) instanceof Connection connection ? refusing(connection) : null);
    }

    private Connection refusing(Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Connection.class}, (self, method, arguments) -> {
                    if (method.getName().equals("commit") && commits.incrementAndGet() <= refusals.get()) {
                        connection.rollback();
                        throw new SQLTransactionRollbackException("Deadlock found", "40001", 1213);
                    }
                    return call(connection, method, arguments);
                });
    }

    private static @Nullable Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw Objects.requireNonNull(e.getCause());
        }
    }

    private int insert(Duration time) throws SQLException {
        return database.inTransaction(Deadline.in(time), handle -> handle.execute("INSERT INTO seen (n) VALUES (1)"));
    }

    private int rows() {
        return database.inTransaction(
                Deadline.in(Duration.ofSeconds(4)),
                handle -> handle.createQuery("SELECT COUNT(*) FROM seen")
                        .mapTo(Integer.class)
                        .one());
    }

    @Test
    void itIsRunAgainWithinItsTimeAndCounted() throws SQLException {
        createTable();
        refusals.set(3);

        assertThat(insert(Duration.ofSeconds(4))).isEqualTo(1);

        assertThat(database.retries(Database.Retried.COMMIT_REFUSED)).isEqualTo(3);
        assertThat(database.retries(Database.Retried.DEADLOCK)).isZero();
        assertThat(rows()).isEqualTo(1);
    }

    @Test
    void itIsGivenUpInTimeWithoutAnEffect() throws SQLException {
        createTable();
        refusals.set(Integer.MAX_VALUE);

        long began = System.nanoTime();
        // Refused once more, or too late to begin again, as it happens.
        assertThatThrownBy(() -> insert(Duration.ofMillis(1_300)))
                .isInstanceOfSatisfying(
                        StorageException.class,
                        e -> assertThat(e.kind())
                                .isIn(StorageException.Kind.DEADLOCK, StorageException.Kind.UNAVAILABLE));
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMillis(1_300));

        refusals.set(0);
        assertThat(rows()).isZero();
    }

    private void createTable() throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.createStatement().execute("CREATE TABLE seen (id INT AUTO_INCREMENT PRIMARY KEY, n INT)");
        }
    }
}
