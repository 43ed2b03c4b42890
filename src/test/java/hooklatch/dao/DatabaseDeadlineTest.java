package hooklatch.dao;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import hooklatch.domain.Deadline;
import hooklatch.testing.TestServers;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a transaction at its deadline while the cutting of another connection hangs, as a close of TLS may. */
class DatabaseDeadlineTest {
    private final TestServers servers = TestServers.get();
    /** Without a socket timeout, which would end a read as well. */
    private final DataSource plain = ConnectionPool.unpooled(servers.newDatabase(), servers.user(), servers.password());

    private final AtomicBoolean hangs = new AtomicBoolean();
    private final CompletableFuture<Void> hung = new CompletableFuture<>();
    private final AtomicBoolean commitsWaitForTheCut = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Database database = new Database(hanging());

    @AfterEach
    void close() {
        ended.countDown();
        database.close();
    }

    /** Plain connections, but the first connection that is cut after {@link #hangs} was set hangs before it is. */
    private DataSource hanging() {
        return (DataSource) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (self, method, arguments) -> {
                    Object answer = call(plain, method, arguments);
                    if (answer instanceof Connection connection) {
                        connection.setAutoCommit(false);
                        return hanging(connection);
                    }
                    return answer;
                });
    }

    private Connection hanging(Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Connection.class}, (self, method, arguments) -> {
                    if (method.getName().equals("abort") && hangs.getAndSet(false)) {
                        ((Executor) arguments[0]).execute(this::hang);
                        return null;
                    }
                    if (method.getName().equals("commit") && commitsWaitForTheCut.getAndSet(false)) {
                        // Whatever interrupts meanwhile.
                        hung.join();
                    }
                    return call(connection, method, arguments);
                });
    }

    private void hang() {
        hung.complete(null);
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static @Nullable Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw Objects.requireNonNull(e.getCause());
        }
    }

    private void sleep(Duration time, int seconds) {
        database.inTransaction(
                Deadline.in(time),
                handle -> handle.createQuery("SELECT SLEEP(" + seconds + ")")
                        .mapTo(Integer.class)
                        .one());
    }

    @Test
    @Timeout(60)
    void noDeadlineWaitsForAConnectionThatIsSlowToCut() throws Exception {
        hangs.set(true);
        Thread first = new Thread(() -> sleep(Duration.ofMillis(1_300), 3));
        first.setUncaughtExceptionHandler((thread, late) -> {});
        first.start();
        hung.join();

        long began = System.nanoTime();
        assertThatThrownBy(() -> sleep(Duration.ofMillis(1_300), 30)).isInstanceOf(StorageException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
        first.join();
    }

    private static long connectionId(Database pooled, Duration time) {
        return pooled.inTransaction(
                Deadline.in(time),
                handle -> handle.createQuery("SELECT CONNECTION_ID()")
                        .mapTo(Long.class)
                        .one());
    }

    /** The COMMIT is answered just when the connection is to be cut, and it is cut a moment later. */
    @Test
    @Timeout(60)
    void aConnectionThatHasBegunToBeCutServesNobodyElse() {
        HikariConfig config = new HikariConfig();
        config.setDataSource(hanging());
        config.setMaximumPoolSize(1);
        config.setAutoCommit(false);
        try (HikariDataSource pool = new HikariDataSource(config);
                Database pooled = new Database(pool)) {
            hangs.set(true);
            commitsWaitForTheCut.set(true);
            long first = connectionId(pooled, Duration.ofMillis(2_500));
            assertThat(Thread.currentThread().isInterrupted()).isFalse();

            assertThat(connectionId(pooled, Duration.ofSeconds(20))).isNotEqualTo(first);
        }
    }

    /** Whether a COMMIT that begins later is confirmed in time is a gamble, and its loss an unknown outcome. */
    @Test
    void noCommitBeginsWithLessThanASecondLeft() {
        database.inTransaction(
                Deadline.in(Duration.ofSeconds(4)), handle -> handle.execute("CREATE TABLE kept (id INT)"));
        Deadline deadline = Deadline.in(Duration.ofMillis(1_500));

        assertThatThrownBy(() -> database.inTransaction(deadline, handle -> {
                    handle.execute("INSERT INTO kept VALUES (1)");
                    return handle.execute("DO SLEEP(0.6)");
                }))
                .isInstanceOf(StorageException.class)
                .hasRootCauseMessage("too late to begin a COMMIT");

        assertThat(count("kept")).isZero();
        assertThat(deadline.hasPassed()).isFalse();
    }

    @Test
    void moreThanMayAreToldAtOnce() throws Exception {
        try (Database narrow = Database.ofAtMost(1, hanging())) {
            CountDownLatch inside = new CountDownLatch(1);
            CompletableFuture<Void> mayEnd = new CompletableFuture<>();
            CompletableFuture<Integer> first = CompletableFuture.supplyAsync(
                    () -> narrow.inTransaction(Deadline.in(Duration.ofSeconds(10)), handle -> {
                        inside.countDown();
                        mayEnd.join();
                        return 1;
                    }));
            inside.await();

            assertThatThrownBy(() -> narrow.inTransaction(Deadline.in(Duration.ofSeconds(10)), handle -> 2))
                    .isInstanceOf(StorageException.class);

            mayEnd.complete(null);
            assertThat(first.get(10, TimeUnit.SECONDS)).isOne();
            assertThat(narrow.<Integer, RuntimeException>inTransaction(
                            Deadline.in(Duration.ofSeconds(10)), handle -> 3))
                    .isEqualTo(3);
        }
    }

    private int count(String table) {
        return database.<Integer, RuntimeException>inTransaction(
                Deadline.in(Duration.ofSeconds(4)),
                handle -> handle.createQuery("SELECT COUNT(*) FROM " + table)
                        .mapTo(Integer.class)
                        .one());
    }
}
