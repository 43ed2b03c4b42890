package hooklatch.dev;

import hooklatch.testing.MariaDbServer;
import hooklatch.testing.RedisServer;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The MariaDB and Redis that {@code mvn jetty:run} brings along; each only where none is configured. Their data outlives
 * them. Thread-safe: closing more than once does no harm.
 */
final class DevServers implements AutoCloseable {

    private final @Nullable MariaDbServer mariaDb;
    private final @Nullable RedisServer redis;
    private boolean closed;

    private DevServers(@Nullable MariaDbServer mariaDb, @Nullable RedisServer redis) {
        this.mariaDb = mariaDb;
        this.redis = redis;
    }

    /**
     * Starts what is needed and points the settings at it.
     *
     * @param directory where the data of both stays
     * @throws hooklatch.testing.ServerStartException when one cannot start; then none is left running
     */
    static DevServers start(DevSettings settings, Path directory) {
        MariaDbServer.stopEarlier(directory.resolve("mariadb"));
        RedisServer.stopEarlier(directory.resolve("redis"));
        MariaDbServer mariaDb = null;
        RedisServer redis = null;
        try {
            if (settings.ownDatabase()) {
                mariaDb = MariaDbServer.start(
                        directory.resolve("mariadb"), settings.databasePort(), DevSettings.DATABASE_NAME);
                settings.put("DB_USER", MariaDbServer.USER);
                settings.put("DB_PASSWORD", MariaDbServer.PASSWORD);
                settings.put("DB_URL", mariaDb.jdbcUrl(DevSettings.DATABASE_NAME));
            }
            if (settings.ownRedis()) {
                redis = RedisServer.start(directory.resolve("redis"), settings.redisPort());
                settings.put("REDIS_URL", redis.url(0));
            }
            return new DevServers(mariaDb, redis);
        } catch (RuntimeException e) {
            new DevServers(mariaDb, redis).close();
            throw e;
        }
    }

    Optional<MariaDbServer> mariaDb() {
        return Optional.ofNullable(mariaDb);
    }

    Optional<RedisServer> redis() {
        return Optional.ofNullable(redis);
    }

    /** Whether at least one of ours runs. */
    boolean areRunning() {
        return mariaDb()
                        .map(MariaDbServer::process)
                        .filter(ProcessHandle::isAlive)
                        .isPresent()
                || redis().map(RedisServer::process)
                        .filter(ProcessHandle::isAlive)
                        .isPresent();
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (mariaDb;
                redis) {
            // Closing is all there is to do, and null is skipped.
        }
    }
}
