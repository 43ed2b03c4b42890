package hooklatch.chaos;

import hooklatch.dev.DemoShop;
import hooklatch.testing.BuildDirectory;
import hooklatch.testing.Directories;
import hooklatch.testing.FreePort;
import hooklatch.testing.MariaDbServer;
import hooklatch.testing.RedisServer;
import hooklatch.testing.WarWithHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Two nodes of the packaged WAR, one MariaDB and one Redis, each a process of its own. What a killed JVM left of an earlier
 * one is stopped and deleted first. Thread-safe but for the restarts, which are one caller's.
 */
final class Cluster implements AutoCloseable {

    /** Of each node's pool for deliveries. */
    static final int POOL_SIZE = 16;

    /** Lease of a lock: after it, the lock of a killed node is gone. The least that the product accepts. */
    static final int LOCK_TIMEOUT_MS = 10_000;

    static final String DATABASE = "shop";

    /** How many threads of a node's container are left when it has nothing to do. */
    static final int CONTAINER_THREADS = 10;

    /** A key in Redis that no node knows of. */
    private static final String MARK = "chaos:mark";

    private final Path servers;
    private final int mariaDbPort = FreePort.find();
    private final int redisPort = FreePort.find();
    private final Thread atExit = new Thread(this::close, "stop chaos");
    private final List<Node> nodes = new CopyOnWriteArrayList<>();
    private @Nullable MariaDbServer mariaDb;
    private @Nullable RedisServer redis;

    /** Starts all of it; what has started when something else does not is stopped. */
    Cluster() {
        servers = BuildDirectory.path().resolve("servers").resolve("chaos");
        Runtime.getRuntime().addShutdownHook(atExit);
        try {
            start();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void start() {
        Path directory = BuildDirectory.path().resolve("chaos");
        MariaDbServer.stopEarlier(servers.resolve("mariadb"));
        RedisServer.stopEarlier(servers.resolve("redis"));
        Path war = directory.resolve("hooklatch.war");
        try {
            Directories.delete(servers);
            Directories.delete(directory);
            Files.createDirectories(servers);
            Files.createDirectories(directory);
            WarWithHandler.write(war, WitnessHandler.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        mariaDb = startMariaDb();
        redis = startRedis();
        Map<String, String> settings = settings();
        // At once: both migrate the schema.
        CompletableFuture.allOf(Stream.of("chaos-1", "chaos-2")
                        .map(name -> CompletableFuture.runAsync(
                                () -> nodes.add(new Node(name, war, settings, mariaDbPort, redisPort, directory))))
                        .toArray(CompletableFuture[]::new))
                .join();
        nodes.sort(Comparator.comparing(Node::name));
        sql(WitnessHandler.TABLE);
    }

    /** Of every node, without where its MySQL and its Redis are. */
    static Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>(DemoShop.SECRETS);
        settings.put("DB_NAME", DATABASE);
        settings.put("DB_POOL_SIZE", Integer.toString(POOL_SIZE));
        settings.put("LOCK_TIMEOUT_MS", Integer.toString(LOCK_TIMEOUT_MS));
        settings.put("API_TOKEN", Node.TOKEN);
        // Their start counts here, not their speed. Threads of the container that have nothing to do end soon, all at
        // once, so
        // that those that are left can be counted; else it lets one go a minute.
        settings.put(
                "JDK_JAVA_OPTIONS",
                "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx384m -Djetty.threadPool.minThreads=" + CONTAINER_THREADS
                        + " -Djetty.threadPool.idleTimeout=2000 -Djetty.threadPool.maxEvictCount=200");
        return settings;
    }

    private MariaDbServer startMariaDb() {
        return MariaDbServer.start(servers.resolve("mariadb"), mariaDbPort, DATABASE);
    }

    private RedisServer startRedis() {
        return RedisServer.start(servers.resolve("redis"), redisPort, "--save", "");
    }

    private MariaDbServer mariaDb() {
        return Objects.requireNonNull(mariaDb);
    }

    List<Node> nodes() {
        return nodes;
    }

    /**
     * Stops MariaDB in an orderly way and starts it again on its data.
     *
     * @return how many connections of nodes were lost with it
     */
    int restartMariaDb() throws SQLException {
        return connectionsLostBy(() -> {
            mariaDb().close();
            mariaDb = startMariaDb();
        });
    }

    /**
     * Kills MariaDB and starts it again on what it had written.
     *
     * @return how many connections of nodes were lost with it
     */
    int killMariaDb() throws SQLException {
        return connectionsLostBy(() -> {
            kill(mariaDb().process());
            mariaDb = startMariaDb();
        });
    }

    private int connectionsLostBy(Runnable end) throws SQLException {
        int connections = mySqlConnections();
        try (Connection ours = connect()) {
            end.run();
            // What became of ours became of theirs.
            return ours.isValid(1) ? 0 : connections;
        }
    }

    /**
     * Kills Redis and starts it again, empty.
     *
     * @return how many keys were lost with it
     */
    int killRedis() {
        return keysLostBy(() -> {
            Objects.requireNonNull(redis).kill();
            redis = startRedis();
        });
    }

    private int keysLostBy(Runnable loss) {
        int keys = Integer.parseInt(redis("DBSIZE"));
        redis("SET " + MARK + " 1");
        loss.run();
        // The nodes write new ones at once, so the number of keys says nothing; what became of ours became of theirs.
        return redis("EXISTS " + MARK).equals("0") ? keys : 0;
    }

    private static void kill(ProcessHandle process) {
        process.destroyForcibly();
        process.onExit().join();
    }

    private String redis(String command) {
        return Objects.requireNonNull(redis).ask(command);
    }

    /**
     * Empties Redis.
     *
     * @return how many keys were lost by it
     */
    int flushRedis() {
        return keysLostBy(() -> redis("FLUSHALL"));
    }

    /** How many events are locked at the moment. */
    int locks() {
        return Integer.parseInt(redis("EVAL \"return #redis.call('keys', ARGV[1])\" 0 webhook:lock:*"));
    }

    /** How many clients Redis has, the asking one not counted. */
    int redisClients() {
        String count =
                redis("EVAL \"return string.match(redis.call('info', 'clients'), 'connected_clients:(%d+)')\" 0");
        return Integer.parseInt(count) - 1;
    }

    /** A connection of our own, past all proxies. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(mariaDb().jdbcUrl(DATABASE), MariaDbServer.USER, MariaDbServer.PASSWORD);
    }

    void sql(String statement) {
        try (Connection connection = connect();
                Statement sql = connection.createStatement()) {
            sql.execute(statement);
        } catch (SQLException e) {
            throw new IllegalStateException(statement, e);
        }
    }

    /** Connections of nodes to MySQL. */
    int mySqlConnections() {
        try (Connection connection = connect();
                Statement sql = connection.createStatement();
                var row = sql.executeQuery("SELECT COUNT(*) FROM information_schema.processlist"
                        + " WHERE user = 'root' AND id <> CONNECTION_ID()")) {
            row.next();
            return row.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Stops everything, whatever state it is in. */
    @Override
    public void close() {
        nodes.forEach(Node::close);
        if (redis != null) {
            redis.close();
        }
        if (mariaDb != null) {
            mariaDb.close();
        }
        if (Thread.currentThread() != atExit) {
            Runtime.getRuntime().removeShutdownHook(atExit);
        }
    }
}
