package hooklatch.app;

import io.netty.util.concurrent.FastThreadLocal;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.BaseConfig;
import org.redisson.config.Config;

/** Opens the Redisson client as this product needs it: every wait bounded, and no server needed to start. */
final class RedisClient {
    /**
     * For one command: the longest that a delivery waits for a Redis that hangs. A command is not repeated: on a machine
     * that is too busy to read an answer in time, asking twice is twice the work, and a lock that is granted late is held by
     * nobody.
     */
    private static final int COMMAND_TIMEOUT_MS = 600;

    private static final int CONNECT_TIMEOUT_MS = 300;
    private static final int NETTY_THREADS = 2;
    private static final int THREADS = 4;

    private static final int SUBSCRIPTION_TIMEOUT_MS = 1_000;

    private static final Pattern SENTINEL = Pattern.compile("sentinel://(?<hosts>[^/]+)/(?<master>[^/]+)");
    private static final Pattern DATABASE = Pattern.compile("(?<server>rediss?://[^/]+)/(?<database>\\d+)/?");

    private RedisClient() {}

    /**
     * Removes what the client keeps in the current thread. To be called by a thread that opened or closed a client and
     * outlives the application: what stays in it holds all classes of the application.
     */
    static void leaveThread() {
        FastThreadLocal.removeAll();
    }

    /**
     * Opens a client.
     *
     * @param url {@code redis://…} or {@code rediss://…}, with {@code /n} for a database of its number; several, separated by commas, are a cluster;
     *     {@code sentinel://host:port,…/master} is Sentinel
     */
    static RedissonClient open(String url) {
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.setLazyInitialization(true);
        config.setNettyThreads(NETTY_THREADS);
        config.setThreads(THREADS);
        // An unsynced replica must not make a lock fail: the lock only saves work.
        config.setCheckLockSyncedSlaves(false);
        Matcher sentinel = SENTINEL.matcher(url);
        if (sentinel.matches()) {
            bounded(config.useSentinelServers())
                    .setMasterName(sentinel.group("master"))
                    .addSentinelAddress(List.of(sentinel.group("hosts").split(",")).stream()
                            .map(host -> "redis://" + host.trim())
                            .toArray(String[]::new));
        } else if (url.contains(",")) {
            bounded(config.useClusterServers())
                    .addNodeAddress(
                            List.of(url.split(",")).stream().map(String::trim).toArray(String[]::new));
        } else {
            Matcher numbered = DATABASE.matcher(url.trim());
            boolean hasNumber = numbered.matches();
            bounded(config.useSingleServer())
                    .setAddress(hasNumber ? numbered.group("server") : url.trim())
                    .setDatabase(hasNumber ? Integer.parseInt(numbered.group("database")) : 0);
        }
        return Redisson.create(config);
    }

    private static <C extends BaseConfig<C>> C bounded(C servers) {
        return servers.setTimeout(COMMAND_TIMEOUT_MS)
                .setConnectTimeout(CONNECT_TIMEOUT_MS)
                .setSubscriptionTimeout(SUBSCRIPTION_TIMEOUT_MS)
                .setRetryAttempts(0);
    }
}
