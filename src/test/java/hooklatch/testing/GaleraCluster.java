package hooklatch.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Two MariaDB servers of this machine's packages that are one Galera cluster, both to be written to; on 127.0.0.1, each a
 * process of its own. All settings that Galera does not demand are at their defaults, and so is the time after which a
 * server that vanished is given up, 5 s.
 *
 * <p>A server that joins gets what it missed from the other's cache. There is no way to send it everything, so both begin
 * as copies of one. For one thread.
 */
public final class GaleraCluster implements AutoCloseable {

    private static final int SERVERS = 2;
    /** A server's own, the group's, that for what was missed, and that for the whole state. */
    private static final int PORTS = 4;

    private static final Pattern POSITION = Pattern.compile("Recovered position: *(\\S+)");
    private static final Pattern SEED = Pattern.compile("safe_to_bootstrap: \\d");

    /**
     * What Galera runs to send a joining server everything, on both sides. This one only says that there is nothing to send:
     * what was missed follows by itself. It is given the address on which both sides agree, and makes a file of it.
     */
    private static final String STATE_TRANSFER = """
            #!/bin/sh
            while [ $# -gt 0 ]; do
              case "$1" in
                --role) role=$2; shift ;;
                --address) address=${2%%/*}; shift ;;
                --gtid) gtid=$2; shift ;;
                --bypass) bypass=yes ;;
              esac
              shift
            done
            file="$(dirname "$0")/met-at-${address##*:}"
            if [ "$role" = joiner ]; then
              rm -f "$file"
              echo "ready $address/hooklatch"
              while [ ! -f "$file" ]; do sleep 0.05; done
              cat "$file"
            else
              [ "$bypass" = yes ] || exit 22
              echo "$gtid" > "$file.new"
              mv "$file.new" "$file"
              echo "done $gtid"
            fi
            """;

    private static final String STATE_TRANSFER_NAME = "hooklatch";

    private final Path directory;
    private final String database;
    private final ServerPrograms.MariaDb programs;
    private final Path library;
    private final int[] ports = new int[SERVERS * PORTS];
    private final List<Optional<MariaDbServer>> servers = new ArrayList<>();

    private GaleraCluster(Path directory, String database) {
        this.directory = directory;
        this.database = database;
        this.library = ServerPrograms.galera();
        ServerPrograms.MariaDb installed = ServerPrograms.installedMariaDb();
        Map<String, String> environment = new HashMap<>(installed.environment());
        environment.put(
                "PATH",
                directory.resolve("bin").toAbsolutePath()
                        + File.pathSeparator
                        + System.getenv().getOrDefault("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"));
        this.programs = new ServerPrograms.MariaDb(
                installed.server(), installed.installer(), installed.base(), Map.copyOf(environment));
        for (int i = 0; i < ports.length; i++) {
            ports[i] = FreePort.find();
        }
    }

    /**
     * Starts both, and returns when they are one cluster.
     *
     * @param database that exists afterwards
     * @throws ServerStartException when it cannot start, as where there is no Galera; the message is fit for a person
     */
    public static GaleraCluster start(Path directory, String database) {
        GaleraCluster cluster = new GaleraCluster(directory, database);
        try {
            for (int i = 0; i < SERVERS; i++) {
                MariaDbServer.stopEarlier(cluster.home(i));
            }
            Directories.delete(directory);
            cluster.installStateTransfer();
            // The first alone gives the cluster its identity, which the copy must have.
            cluster.startServer(0, "gcomm://");
            cluster.stop(0);
            cluster.copy();
            cluster.bootstrap();
            return cluster;
        } catch (IOException e) {
            cluster.close();
            throw new ServerStartException("Galera cannot use " + directory + ": " + e, e);
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private void installStateTransfer() throws IOException {
        Path programsOfOurs = Files.createDirectories(directory.resolve("bin"));
        Path script =
                Files.writeString(programsOfOurs.resolve("wsrep_sst_" + STATE_TRANSFER_NAME), STATE_TRANSFER, UTF_8);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (int i = 0; i < SERVERS; i++) {
            servers.add(Optional.empty());
        }
    }

    private void copy() throws IOException {
        Path from = MariaDbServer.data(home(0));
        Path to = MariaDbServer.data(home(1));
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path file : (Iterable<Path>) tree::iterator) {
                Path copy = to.resolve(from.relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else if (Files.isRegularFile(file) && !file.endsWith("galera.cache")) {
                    Files.copy(file, copy);
                }
            }
        }
    }

    private void bootstrap() throws IOException {
        Path state = MariaDbServer.data(home(0)).resolve("grastate.dat");
        Files.writeString(state, SEED.matcher(Files.readString(state)).replaceAll("safe_to_bootstrap: 1"));
        startServer(0, "gcomm://");
        startServer(1, addressOfOther(1));
        awaitSize(SERVERS);
    }

    private Path home(int index) {
        return directory.resolve("mariadb-" + (index + 1));
    }

    private int port(int index, int which) {
        return ports[index * PORTS + which];
    }

    private String addressOfOther(int index) {
        return "gcomm://127.0.0.1:" + port(1 - index, 1);
    }

    private List<String> settings(int index, String address) {
        return List.of(
                "--binlog-format=ROW",
                "--default-storage-engine=InnoDB",
                "--innodb-autoinc-lock-mode=2",
                "--wsrep-on=ON",
                "--wsrep-provider=" + library,
                "--wsrep-cluster-name=hooklatch",
                "--wsrep-cluster-address=" + address,
                "--wsrep-node-name=galera-" + (index + 1),
                "--wsrep-node-address=127.0.0.1:" + port(index, 1),
                "--wsrep-sst-method=" + STATE_TRANSFER_NAME,
                "--wsrep-sst-receive-address=127.0.0.1:" + port(index, 3),
                "--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:" + port(index, 1)
                        + ";ist.recv_addr=127.0.0.1:" + port(index, 2)
                        // Else a lone server that starts again waits for those that it remembers.
                        + ";pc.recovery=false");
    }

    private void startServer(int index, String address, String... more) {
        List<String> all = new ArrayList<>(settings(index, address));
        all.addAll(List.of(more));
        servers.set(index, Optional.of(MariaDbServer.start(programs, all, home(index), port(index, 0), database)));
        awaitState(index, "wsrep_local_state_comment", "Synced");
    }

    /** The port of one, 0 or 1; it stays when it stops and starts again. */
    public int port(int index) {
        return port(index, 0);
    }

    /** The URL of the database at one. */
    public String jdbcUrl(int index) {
        return server(index).jdbcUrl(database);
    }

    /** A connection to one, past the product. */
    public Connection connect(int index) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(index), MariaDbServer.USER, MariaDbServer.PASSWORD);
    }

    private MariaDbServer server(int index) {
        return servers.get(index).orElseThrow();
    }

    /** A value of {@code SHOW GLOBAL STATUS}, such as {@code wsrep_local_cert_failures}. */
    public String status(int index, String name) {
        return ask(index, "SHOW GLOBAL STATUS LIKE '" + name + "'", 2);
    }

    /** One column of the only row of an answer. */
    public String ask(int index, String query, int column) {
        try (Connection connection = connect(index);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? String.valueOf(row.getString(column)) : "";
        } catch (SQLException e) {
            throw new IllegalStateException(query, e);
        }
    }

    public void execute(int index, String statement) {
        try (Connection connection = connect(index);
                Statement sql = connection.createStatement()) {
            sql.execute(statement);
        } catch (SQLException e) {
            throw new IllegalStateException(statement, e);
        }
    }

    private void awaitState(int index, String name, String value) {
        Waiting.until(name + " of server " + (index + 1) + " is " + value, () -> value.equals(status(index, name)));
    }

    private void awaitSize(int size) {
        awaitState(0, "wsrep_cluster_size", Integer.toString(size));
    }

    /** Waits until this one has all that the other has committed. */
    public void awaitCausality(int index) {
        long committed = Long.parseLong(status(1 - index, "wsrep_last_committed"));
        Waiting.until(
                "server " + (index + 1) + " has what the other has",
                () -> Long.parseLong(status(index, "wsrep_last_committed")) >= committed);
    }

    /** Stops one in an orderly way: the other goes on. */
    public void stop(int index) {
        server(index).close();
        servers.set(index, Optional.empty());
    }

    /** {@code kill -9}: the other has no majority, and refuses everybody, from when it gives this one up. */
    public void kill(int index) {
        ProcessHandle process = server(index).process();
        process.destroyForcibly();
        process.onExit().join();
    }

    /** Waits until one has lost its majority. */
    public void awaitNoMajority(int index) {
        awaitState(index, "wsrep_cluster_status", "non-Primary");
    }

    /** What an operator says to the one that is left, when the other will not come back by itself. */
    public void goOnAlone(int index) {
        execute(index, "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=true'");
        awaitState(index, "wsrep_cluster_status", "Primary");
    }

    /** Starts one that was stopped, or killed; it gets what it missed. */
    public void startAgain(int index) {
        startServer(index, addressOfOther(index), "--wsrep-start-position=" + recoveredPosition(index));
        awaitSize(SERVERS);
    }

    /** Up to which transaction it has written everything. */
    private String recoveredPosition(int index) {
        List<String> further = new ArrayList<>(settings(index, addressOfOther(index)));
        further.add("--wsrep-recover");
        Path log = home(index).resolve("recovery.log").toAbsolutePath();
        ServerProcess.run(
                "The recovery of Galera's position",
                MariaDbServer.prepare(programs, further, home(index), port(index, 0), database),
                programs.environment(),
                home(index),
                log);
        try {
            return POSITION.matcher(Files.readString(log))
                    .results()
                    .map(match -> match.group(1))
                    .reduce((first, last) -> last)
                    .orElseThrow(() -> new ServerStartException("No position is in " + log));
        } catch (IOException e) {
            throw new ServerStartException(log + " cannot be read", e);
        }
    }

    @Override
    public void close() {
        // The last is the quickest to be stopped when it stays alone; the killed ones are closed to forget their
        // record.
        for (int i = servers.size() - 1; i >= 0; i--) {
            servers.get(i).ifPresent(MariaDbServer::close);
        }
    }
}
