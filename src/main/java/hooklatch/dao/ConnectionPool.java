package hooklatch.dao;

import com.mysql.cj.jdbc.MysqlDataSource;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.DriverDataSource;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ThreadFactory;
import javax.sql.DataSource;

/**
 * Pools as {@link Database} needs them: autocommit off and READ COMMITTED from the moment a connection is made, so that
 * neither costs a round trip later; prepared statements on the server; every wait bounded.
 */
public final class ConnectionPool {
    private static final int CONNECT_TIMEOUT_MS = 2_000;
    private static final int HANDSHAKE_TIMEOUT_MS = 5_000;

    /** Read by Connector/J; an option in the URL wins. */
    private static final Map<String, String> DRIVER_PROPERTIES = Map.ofEntries(
            Map.entry("connectionTimeZone", "UTC"),
            Map.entry("forceConnectionTimeZoneToSession", "true"),
            Map.entry("characterEncoding", "UTF-8"),
            Map.entry("useServerPrepStmts", "true"),
            Map.entry("cachePrepStmts", "true"),
            Map.entry("prepStmtCacheSize", "128"),
            // By default only statements of up to 256 characters are cached.
            Map.entry("prepStmtCacheSqlLimit", "4096"),
            Map.entry("rewriteBatchedStatements", "true"),
            // Else a statement that the server refuses to prepare is sent as text. A Galera cluster refuses so when it
            // has rolled the transaction back: the text would begin another one, without what came before.
            // Batches can be of INSERTs only, therefore: of others the driver makes several statements in one.
            Map.entry("emulateUnsupportedPstmts", "false"),
            // Else the driver asks the server before each write whether the session is read-only.
            Map.entry("readOnlyPropagatesToServer", "false"),
            Map.entry("tcpKeepAlive", "true"),
            Map.entry("connectTimeout", Integer.toString(CONNECT_TIMEOUT_MS)),
            // Rows are held for milliseconds: who waits for longer is behind a session that is gone. Tables are held by
            // DDL,
            // for which the server would wait a day: it shall say so before the read times out, which looks like a
            // server
            // that is away.
            Map.entry("sessionVariables", "innodb_lock_wait_timeout=1,lock_wait_timeout=2"));

    /** Of a single read of a delivery's; a server that hangs is not waited for. */
    private static final Duration READ_TIMEOUT = Duration.ofMillis(2_500);

    private static final Duration WAIT_FOR_CONNECTION = Duration.ofSeconds(1);
    /** Connector/J takes whole seconds. */
    private static final Duration VALIDATION = Duration.ofSeconds(1);

    /**
     * After it the server ends a session that says nothing, and frees the rows that it holds: its node may have vanished
     * without a word. Idle connections of the pool say something earlier, as early as the pool can be told.
     */
    private static final Duration SILENT_SESSION = Duration.ofSeconds(45);

    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(30);

    /**
     * The same for a session that says nothing within a transaction, which only MariaDB can tell apart. No delivery takes
     * that long.
     */
    private static final Duration SILENT_TRANSACTION = Duration.ofSeconds(5);

    private ConnectionPool() {}

    /**
     * Opens a pool. The database need not be there yet.
     *
     * @param url {@code jdbc:mysql:…}
     * @param name shown in metrics, logs and thread names
     * @param size connections at most, and at least
     */
    public static HikariDataSource open(String url, String user, String password, String name, int size) {
        return open(url, user, password, name, size, READ_TIMEOUT, SILENT_TRANSACTION);
    }

    /**
     * Opens a pool whose statements may take another time than those of a delivery.
     *
     * @param readTimeout how long the server may take to begin an answer
     * @param silentTransaction how long the server keeps the rows of a transaction that says nothing
     */
    public static HikariDataSource open(
            String url,
            String user,
            String password,
            String name,
            int size,
            Duration readTimeout,
            Duration silentTransaction) {
        HikariConfig config = new HikariConfig();
        config.setPoolName(name);
        Properties driver = new Properties();
        driver.putAll(DRIVER_PROPERTIES);
        driver.put("socketTimeout", Long.toString(readTimeout.toMillis()));
        // By name: on Tomcat the driver's registration is not visible to the application.
        config.setDataSource(
                new SteadyDataSource(new DriverDataSource(url, "com.mysql.cj.jdbc.Driver", driver, user, password)));
        config.setConnectionInitSql(hygiene(silentTransaction));
        config.setKeepaliveTime(SIGN_OF_LIFE.toMillis());
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(size);
        config.setAutoCommit(false);
        config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
        config.setConnectionTimeout(WAIT_FOR_CONNECTION.toMillis());
        config.setValidationTimeout(VALIDATION.toMillis());
        config.setInitializationFailTimeout(-1);
        config.setThreadFactory(new RememberedThreads(name));
        return new HikariDataSource(config);
    }

    /** What stands between the comment's signs is read by MariaDB only. */
    private static String hygiene(Duration silentTransaction) {
        return "SET SESSION wait_timeout = " + SILENT_SESSION.toSeconds()
                + " /*M!100300 , SESSION idle_transaction_timeout = " + silentTransaction.toSeconds() + " */";
    }

    /**
     * Closes the pool and waits for its threads. One that is trying to reach a server which is away outlives the pool by
     * itself, and a container takes it for a leak.
     */
    public static void close(HikariDataSource pool) throws InterruptedException {
        pool.close();
        if (pool.getThreadFactory() instanceof RememberedThreads threads) {
            threads.end();
        }
    }

    private static final class RememberedThreads implements ThreadFactory {
        private static final Duration PATIENCE = Duration.ofSeconds(5);

        private final String pool;
        private final Set<Thread> threads = Collections.newSetFromMap(new WeakHashMap<>());

        RememberedThreads(String pool) {
            this.pool = pool;
        }

        @Override
        public synchronized Thread newThread(Runnable task) {
            Thread thread = new Thread(task, pool + "-pool-" + threads.size());
            thread.setDaemon(true);
            threads.add(thread);
            return thread;
        }

        void end() throws InterruptedException {
            List<Thread> left;
            synchronized (this) {
                left = List.copyOf(threads);
            }
            for (Thread thread : left) {
                thread.interrupt();
            }
            for (Thread thread : left) {
                thread.join(PATIENCE.toMillis());
            }
        }
    }

    /**
     * Plain connections for {@link Schema}: autocommit on, each closed after use, and as patient as a migration is slow. Only
     * while one is made is the server not waited for: it may accept and say nothing.
     */
    public static DataSource unpooled(String url, String user, String password) {
        MysqlDataSource plain = new PatientDataSource();
        plain.setUrl(url);
        plain.setUser(user);
        plain.setPassword(password);
        try {
            plain.setConnectTimeout(CONNECT_TIMEOUT_MS);
            plain.setSocketTimeout(HANDSHAKE_TIMEOUT_MS);
            plain.setTcpKeepAlive(true);
        } catch (SQLException e) {
            throw new IllegalStateException("Connector/J refuses its own options", e);
        }
        return plain;
    }
}
