package hooklatch.app;

import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Drivers register themselves for the whole process; those of a web application must leave with it. */
final class JdbcDrivers {
    private static final Logger log = LoggerFactory.getLogger(JdbcDrivers.class);

    private JdbcDrivers() {}

    /** Deregisters the drivers that the class loader itself has loaded, and no others. */
    static void deregister(ClassLoader application) {
        List<Driver> drivers = DriverManager.drivers()
                .filter(driver -> driver.getClass().getClassLoader() == application)
                .toList();
        for (Driver driver : drivers) {
            try {
                DriverManager.deregisterDriver(driver);
            } catch (SQLException e) {
                log.warn("the driver {} stays registered after the application", driver.getClass(), e);
            }
        }
    }
}
