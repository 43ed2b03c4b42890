package hooklatch.dao;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.slf4j.LoggerFactory;

/**
 * Opens connections for a pool, and tries again at a steady pace while that cannot be done: for the thread that fills the
 * pool and waits for nothing else. The pool by itself would pause for longer each time, for up to five seconds, and would
 * be empty for as long after the server has come back. Interrupting the thread ends it. Thread-safe.
 */
final class SteadyDataSource implements DataSource {
    private static final org.slf4j.Logger log = LoggerFactory.getLogger(SteadyDataSource.class);
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final DataSource driver;
    /** What was last said about it; empty while connections can be had. */
    private volatile String said = "";

    SteadyDataSource(DataSource driver) {
        this.driver = driver;
    }

    @Override
    public Connection getConnection() throws SQLException {
        while (true) {
            try {
                Connection connection = driver.getConnection();
                said = "";
                return connection;
            } catch (SQLException e) {
                sayOnce(e);
                pause(e);
            }
        }
    }

    /** The pool never learns the reason, and people need it: codes only, as a message may name what it should not. */
    private void sayOnce(SQLException failure) {
        String reason = "error " + failure.getErrorCode() + ", SQLSTATE " + failure.getSQLState();
        if (!reason.equals(said)) {
            said = reason;
            log.warn("MySQL gives no connection ({}); tried again until it does", reason);
        }
        log.debug("no connection yet: {}", failure.getMessage());
    }

    private static void pause(SQLException failure) throws SQLException {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLNonTransientConnectionException("interrupted, as the pool is closed", failure);
        }
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return driver.getConnection(user, password);
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return driver.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        driver.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        driver.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return driver.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getLogger(SteadyDataSource.class.getPackageName());
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return driver.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return driver.isWrapperFor(type);
    }
}
