package hooklatch.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * One MariaDB and one Redis for all tests of this JVM, started when first asked for, stopped and deleted when the JVM
 * ends. What a killed JVM left behind is removed by the next one.
 *
 * <p>Tests do not share data: each takes a {@link #newDatabase() database} and a {@link #newRedisUrl() Redis database}
 * of its own. The durability of the servers is at its defaults. Thread-safe.
 */
public final class TestServers {

    private static final int START_ATTEMPTS = 3;

    /** Initialised on first use, once, by the class loader. */
    private static final class Started {
        static final TestServers SERVERS = start();
    }

    private final MariaDbServer mariaDb;
    private final RedisServer redis;
    private final AtomicInteger databases = new AtomicInteger();
    private final AtomicInteger redisDatabases = new AtomicInteger();

    private TestServers(MariaDbServer mariaDb, RedisServer redis) {
        this.mariaDb = mariaDb;
        this.redis = redis;
    }

    /** The running servers. */
    public static TestServers get() {
        return Started.SERVERS;
    }

    private static TestServers start() {
        Path all = BuildDirectory.path().resolve("servers").resolve("test");
        Path mine = all.resolve(Long.toString(ProcessHandle.current().pid()));
        try {
            Files.createDirectories(all);
            removeAbandoned(all);
            Directories.delete(mine);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        MariaDbServer mariaDb = onFreePort(port -> MariaDbServer.start(mine.resolve("mariadb"), port));
        RedisServer redis = onFreePort(port -> RedisServer.start(mine.resolve("redis"), port, "--save", ""));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(mariaDb, redis, mine), "stop test servers"));
        return new TestServers(mariaDb, redis);
    }

    private static void stop(MariaDbServer mariaDb, RedisServer redis, Path directory) {
        try (mariaDb;
                redis) {
            // Closing is all there is to do.
        }
        try {
            Directories.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Each directory is named after the process number of the JVM that made it. */
    private static void removeAbandoned(Path all) throws IOException {
        List<Path> directories;
        try (Stream<Path> entries = Files.list(all)) {
            directories = entries.toList();
        }
        for (Path directory : directories) {
            long pid = Long.parseLong(directory.getFileName().toString());
            if (ProcessHandle.of(pid).isPresent()) {
                continue;
            }
            for (Path server : List.of(directory.resolve("mariadb"), directory.resolve("redis"))) {
                ProcessRecord.stopAbandonedIn(server, Duration.ofSeconds(10));
            }
            Directories.delete(directory);
        }
    }

    /** Between finding a free port and listening on it, another process may take it. */
    private static <T> T onFreePort(IntFunction<T> start) {
        for (int attempt = 1; ; attempt++) {
            try {
                return start.apply(FreePort.find());
            } catch (ServerStartException e) {
                if (attempt == START_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** Creates an empty database and returns its JDBC URL. */
    public String newDatabase() {
        String name = "test_" + databases.incrementAndGet();
        try (Connection connection = DriverManager.getConnection(mariaDb.jdbcUrl(""), user(), password());
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException("The test database " + name + " cannot be created", e);
        }
        return mariaDb.jdbcUrl(name);
    }

    /** The user of every database. */
    public String user() {
        return MariaDbServer.USER;
    }

    /** The password of {@link #user()}. */
    public String password() {
        return MariaDbServer.PASSWORD;
    }

    /** The port of MariaDB on 127.0.0.1. */
    public int mariaDbPort() {
        return mariaDb.port();
    }

    /** The URL of Redis database 0, which all tests share. */
    public String redisUrl() {
        return redisUrl(0);
    }

    /** The URL of a numbered Redis database. */
    public String redisUrl(int database) {
        return redis.url(database);
    }

    /**
     * The URL of a Redis database that nobody was given before.
     *
     * @throws IllegalStateException when all are used up
     */
    public String newRedisUrl() {
        int database = redisDatabases.incrementAndGet();
        if (database >= RedisServer.DATABASES) {
            throw new IllegalStateException("All " + RedisServer.DATABASES + " Redis databases are used up");
        }
        return redisUrl(database);
    }

    /** The port of Redis on 127.0.0.1. */
    public int redisPort() {
        return redis.port();
    }
}
