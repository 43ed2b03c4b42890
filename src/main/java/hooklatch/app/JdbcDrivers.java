package hooklatch.app;

import com.mysql.cj.jdbc.AbandonedConnectionCleanupThread;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Drivers register themselves for the whole process; those of a web application must leave with it. */
final class JdbcDrivers {
    private static final Logger log = LoggerFactory.getLogger(JdbcDrivers.class);

    private static final String CLEANUP_THREAD = "mysql-cj-abandoned-connection-cleanup";
    private static final Duration CLEANUP_ENDS_WITHIN = Duration.ofSeconds(5);

    private JdbcDrivers() {}

    /**
     * Stops the thread that Connector/J started for the application, and waits for its end, which Connector/J does not: a
     * container that looks sooner reports it as leaked.
     */
    static void stopCleanupThread() throws InterruptedException {
        AbandonedConnectionCleanupThread.checkedShutdown();
        ClassLoader application = AbandonedConnectionCleanupThread.class.getClassLoader();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals(CLEANUP_THREAD) && thread.getContextClassLoader() == application) {
                thread.join(CLEANUP_ENDS_WITHIN.toMillis());
            }
        }
    }

    /** Deregisters the drivers that the class loader itself has loaded, and no others. */
    static void deregister(ClassLoader application) {
        List<Driver> drivers = DriverManager.drivers()
                .filter(driver -> driver.getClass().getClassLoader() == application)
                .toList();
        for (Driver driver : drivers) {
            try {
                DriverManager.deregisterDriver(driver);
            } catch (SQLException e) {
                log.warn("the driver {} stays registered after the application: {}", driver.getClass(), e.toString());
            }
        }
    }
}
