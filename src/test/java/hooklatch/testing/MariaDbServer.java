package hooklatch.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A real MariaDB on 127.0.0.1, user {@code root} without a password, with its durability at the server's defaults.
 *
 * <p>Its data stays in its directory when it stops, and is used again by the next start there. Thread-safe.
 */
public final class MariaDbServer implements AutoCloseable {

    /** The only user; it has all rights. */
    public static final String USER = "root";

    /** The empty password of {@link #USER}. */
    public static final String PASSWORD = "";

    private static final String URL_OPTIONS = "?connectionTimeZone=UTC&forceConnectionTimeZoneToSession=true"
            + "&useServerPrepStmts=true&cachePrepStmts=true&rewriteBatchedStatements=true";

    private static final String NAME = "MariaDB";

    private final int port;
    private final ServerProcess process;

    private MariaDbServer(int port, ServerProcess process) {
        this.port = port;
        this.process = process;
    }

    /**
     * Starts a server whose data lives in the directory, and returns when it serves.
     *
     * @param databases names of databases that exist afterwards
     * @throws ServerStartException when it cannot start; the message is fit for a person
     */
    public static MariaDbServer start(Path directory, int port, String... databases) {
        return start(ServerPrograms.mariaDb(), directory, port, databases);
    }

    /** The same with further arguments as {@code mariadbd} takes them. */
    public static MariaDbServer start(List<String> further, Path directory, int port, String... databases) {
        return start(ServerPrograms.mariaDb(), further, directory, port, databases);
    }

    /** The same with the programs of another release. */
    static MariaDbServer start(ServerPrograms.MariaDb programs, Path directory, int port, String... databases) {
        return start(programs, List.of(), directory, port, databases);
    }

    /** The same with further arguments as {@code mariadbd} takes them. */
    static MariaDbServer start(
            ServerPrograms.MariaDb programs, List<String> further, Path directory, int port, String... databases) {
        List<String> command = prepare(programs, further, directory, port, databases);
        Path data = data(directory);
        ServerProcess process = ServerProcess.start(
                "MariaDB", port, command, programs.environment(), directory, handle -> serves(port, data));
        return new MariaDbServer(port, process);
    }

    /** Where a server of the directory has its data. */
    static Path data(Path directory) {
        return directory.resolve("data").toAbsolutePath();
    }

    /** Does what must be done once, and returns the command that starts the server. */
    static List<String> prepare(
            ServerPrograms.MariaDb programs, List<String> further, Path directory, int port, String... databases) {
        Path data = data(directory);
        Path temporary = directory.resolve("tmp").toAbsolutePath();
        Path initFile = directory.resolve("init.sql").toAbsolutePath();
        try {
            Files.createDirectories(data);
            Files.createDirectories(temporary);
            Files.writeString(initFile, initStatements(databases), UTF_8);
            if (!isInstalled(data)) {
                install(programs, directory, data);
            }
        } catch (IOException e) {
            throw new ServerStartException("MariaDB cannot use " + directory + ": " + e, e);
        }
        List<String> command = new ArrayList<>();
        command.add(programs.server().toString());
        command.add("--no-defaults");
        programs.base().ifPresent(base -> command.add("--basedir=" + base));
        if (isRoot()) {
            command.add("--user=root");
        }
        command.addAll(List.of(
                "--datadir=" + data,
                "--tmpdir=" + temporary,
                "--init-file=" + initFile,
                "--bind-address=127.0.0.1",
                "--port=" + port,
                "--skip-ssl",
                "--skip-name-resolve",
                "--character-set-server=utf8mb4",
                "--collation-server=utf8mb4_unicode_ci",
                "--default-time-zone=+00:00",
                "--max-connections=500",
                "--max-allowed-packet=64M",
                "--pid-file=mariadb.pid"));
        if (!isWindows()) {
            // Relative to the data directory: an absolute path is easily longer than the 107 bytes a socket may have.
            command.add("--socket=mariadb.sock");
        }
        command.addAll(further);
        return command;
    }

    private static String initStatements(String... databases) {
        StringBuilder sql = new StringBuilder("""
                CREATE USER IF NOT EXISTS 'root'@'127.0.0.1';
                GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;
                """);
        for (String database : databases) {
            sql.append("CREATE DATABASE IF NOT EXISTS `").append(database).append("`;\n");
        }
        return sql.toString();
    }

    private static boolean isInstalled(Path data) throws IOException {
        return Files.isDirectory(data.resolve("mysql")) && Files.exists(data.resolve("installed"));
    }

    private static void install(ServerPrograms.MariaDb programs, Path directory, Path data) throws IOException {
        // What a killed installation left behind would be taken for a database.
        Directories.deleteContents(data);
        List<String> command = new ArrayList<>();
        command.add(programs.installer().toString());
        command.add("--datadir=" + data);
        if (!isWindows()) {
            command.add(1, "--no-defaults");
            programs.base().ifPresent(base -> command.add("--basedir=" + base));
            command.addAll(List.of(
                    "--force", "--skip-name-resolve", "--skip-test-db", "--auth-root-authentication-method=normal"));
            if (isRoot()) {
                command.add("--user=root");
            }
        }
        ServerProcess.run(
                "The installation of MariaDB in " + data,
                command,
                programs.environment(),
                programs.base().orElse(directory),
                directory.resolve("install.log").toAbsolutePath());
        Files.createFile(data.resolve("installed"));
    }

    /** Another server on the same port would answer too, but not with our data directory. */
    private static boolean serves(int port, Path data) {
        try (Connection connection = DriverManager.getConnection(url(port, ""), USER, PASSWORD);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT @@datadir")) {
            return row.next()
                    && Path.of(Objects.requireNonNull(row.getString(1)))
                            .normalize()
                            .equals(data.normalize());
        } catch (SQLException e) {
            return false;
        }
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static boolean isWindows() {
        return System.getProperty("os.name").startsWith("Windows");
    }

    private static String url(int port, String database) {
        return "jdbc:mysql://127.0.0.1:" + port + "/" + database + URL_OPTIONS;
    }

    /**
     * Stops the server that was started in the directory by this JVM, in an earlier life of the class, or by one that has
     * ended, if there is one.
     */
    public static void stopEarlier(Path directory) {
        ServerProcess.stopEarlier(NAME, directory);
    }

    /** The port on 127.0.0.1. */
    public int port() {
        return port;
    }

    /** The URL of a database of this server; the database need not exist. */
    public String jdbcUrl(String database) {
        return url(port, database);
    }

    /** The process of the server, for tests that kill or pause it. */
    public ProcessHandle process() {
        return process.handle();
    }

    /** Stops the server in an orderly way and waits until it has ended; its data stays. */
    @Override
    public void close() {
        process.close();
    }
}
