package hooklatch.dao;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.Map;

/**
 * Pools as {@link Database} needs them: autocommit off and READ COMMITTED from the moment a connection is made, so that
 * neither costs a round trip later; prepared statements on the server; every wait bounded.
 */
public final class ConnectionPool {
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
            Map.entry("tcpKeepAlive", "true"),
            Map.entry("connectTimeout", "2000"),
            // Of a single read; a server that hangs is not waited for.
            Map.entry("socketTimeout", "3500"),
            // Rows are held for milliseconds: who waits for longer is behind a session that is gone.
            Map.entry("sessionVariables", "innodb_lock_wait_timeout=2"));

    private static final Duration WAIT_FOR_CONNECTION = Duration.ofMillis(1500);
    private static final Duration VALIDATION = Duration.ofMillis(500);

    private ConnectionPool() {}

    /**
     * Opens a pool. The database need not be there yet.
     *
     * @param url {@code jdbc:mysql:…}
     * @param name shown in metrics, logs and thread names
     * @param size connections at most, and at least
     */
    public static HikariDataSource open(String url, String user, String password, String name, int size) {
        HikariConfig config = new HikariConfig();
        config.setPoolName(name);
        // By name: on Tomcat the driver's registration is not visible to the application.
        config.setDriverClassName("com.mysql.cj.jdbc.Driver");
        config.setJdbcUrl(url);
        config.setUsername(user);
        config.setPassword(password);
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(size);
        config.setAutoCommit(false);
        config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
        config.setConnectionTimeout(WAIT_FOR_CONNECTION.toMillis());
        config.setValidationTimeout(VALIDATION.toMillis());
        config.setInitializationFailTimeout(-1);
        DRIVER_PROPERTIES.forEach(config::addDataSourceProperty);
        return new HikariDataSource(config);
    }
}
