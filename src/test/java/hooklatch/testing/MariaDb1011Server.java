package hooklatch.testing;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A MariaDB 10.11 for the tests that must hold on the oldest server we support: the one of Debian 12's packages {@code
 * mariadb-server-core} and {@code mariadb-client-core}, started by us with data of its own under {@code target}, once for
 * all tests of this JVM. Thread-safe.
 */
public final class MariaDb1011Server {

    private static final String RELEASE = "10.11.";

    /** Initialised on first use, once, by the class loader; empty where there is no such server. */
    private static final class Started {
        static final Optional<MariaDbServer> SERVER = start();
    }

    private static final AtomicInteger DATABASES = new AtomicInteger();

    private MariaDb1011Server() {}

    /** Creates an empty database and returns its JDBC URL. Aborts the test, loudly, where there is no MariaDB 10.11. */
    public static String newDatabase() {
        MariaDbServer server = Started.SERVER.orElseGet(() -> abort("NOT TESTED on MariaDB 10.11: there is no mariadbd "
                + RELEASE + "x on the PATH. On Debian 12: apt-get install mariadb-server-core mariadb-client-core"));
        String name = "test_" + DATABASES.incrementAndGet();
        try (Connection connection = connect(server);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException("The test database " + name + " cannot be created", e);
        }
        return server.jdbcUrl(name);
    }

    private static Optional<MariaDbServer> start() {
        ServerPrograms.MariaDb programs;
        try {
            programs = ServerPrograms.installedMariaDb();
        } catch (ServerStartException e) {
            return Optional.empty();
        }
        Path directory = BuildDirectory.path().resolve("servers").resolve("mariadb-10.11");
        MariaDbServer server = MariaDbServer.start(programs, directory, FreePort.find());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, directory), "stop MariaDB 10.11"));
        return Optional.of(server).filter(MariaDb1011Server::isOfTheRelease);
    }

    private static boolean isOfTheRelease(MariaDbServer server) {
        try (Connection connection = connect(server);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT VERSION()")) {
            return row.next() && row.getString(1).startsWith(RELEASE);
        } catch (SQLException e) {
            throw new IllegalStateException("The MariaDB that was started does not answer", e);
        }
    }

    private static Connection connect(MariaDbServer server) throws SQLException {
        return DriverManager.getConnection(server.jdbcUrl(""), MariaDbServer.USER, MariaDbServer.PASSWORD);
    }

    private static void stop(MariaDbServer server, Path directory) {
        server.close();
        try {
            Directories.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
