package hooklatch.app;

import io.netty.channel.Channel;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.FastThreadLocal;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.DefaultNettyHook;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.BaseConfig;
import org.redisson.config.BaseMasterSlaveServersConfig;
import org.redisson.config.ClusterServersConfig;
import org.redisson.config.Config;
import org.redisson.config.ReadMode;
import org.redisson.config.SentinelServersConfig;

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

    /**
     * To a single server. Of less than ten Redisson frees each as soon as a command is written on it (RedisExecutor), so what
     * is on its way together shares reads and writes of the system; of ten or more only with the answer. Where there are
     * replicas a lock keeps its connection until they have answered: there it has as many as Redisson likes.
     */
    private static final int CONNECTIONS = 4;

    private static final int SUBSCRIPTION_TIMEOUT_MS = 1_000;

    /** How soon a change of masters is noticed that nobody announced. */
    private static final int SCAN_INTERVAL_MS = 1_000;

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
     * @param address where Redis is
     * @param sentinelPassword of the Sentinels themselves; null = none
     */
    static RedissonClient open(RedisAddress address, @Nullable String sentinelPassword) {
        // Of each hundredth buffer it keeps where it was made, to find those that are never given back: for who makes
        // some.
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.setLazyInitialization(true);
        config.setNettyThreads(NETTY_THREADS);
        config.setThreads(THREADS);
        // Of all servers: those of a cluster, and a master that Sentinel names, are known by their addresses only.
        config.setUsername(address.user());
        config.setPassword(address.password());
        // An unsynced replica must not make a lock fail: the lock only saves work.
        config.setCheckLockSyncedSlaves(false);
        switch (address.kind()) {
            case SENTINEL -> {
                SentinelServersConfig servers = ofMasters(config.useSentinelServers())
                        .setMasterName(address.master())
                        .setSentinelPassword(sentinelPassword)
                        .setScanInterval(SCAN_INTERVAL_MS)
                        // How many there should be is the operator's business.
                        .setCheckSentinelsList(false)
                        .setDatabase(address.database());
                servers.setSentinelAddresses(address.servers());
            }
            case CLUSTER -> {
                ClusterServersConfig servers = ofMasters(config.useClusterServers())
                        .setScanInterval(SCAN_INTERVAL_MS)
                        // A part of the cluster that is away must not keep the others from being used.
                        .setCheckSlotsCoverage(false);
                servers.setNodeAddresses(address.servers());
            }
            case SINGLE -> {
                config.setNettyHook(new TogetherInOneWrite());
                bounded(config.useSingleServer())
                        .setConnectionPoolSize(CONNECTIONS)
                        .setConnectionMinimumIdleSize(CONNECTIONS)
                        .setAddress(address.servers().get(0))
                        .setDatabase(address.database());
            }
        }
        return Redisson.create(config);
    }

    /** Replicas lag: one that is asked does not know the lock that was taken a moment ago. */
    private static <C extends BaseMasterSlaveServersConfig<C>> C ofMasters(C servers) {
        return bounded(servers).setReadMode(ReadMode.MASTER);
    }

    private static <C extends BaseConfig<C>> C bounded(C servers) {
        return servers.setTimeout(COMMAND_TIMEOUT_MS)
                .setConnectTimeout(CONNECT_TIMEOUT_MS)
                .setSubscriptionTimeout(SUBSCRIPTION_TIMEOUT_MS)
                .setRetryAttempts(0);
    }

    /** What several threads send on one connection at the same moment goes out by one write of the system, not one each. */
    private static final class TogetherInOneWrite extends DefaultNettyHook {
        @Override
        public void afterChannelInitialization(Channel channel) {
            channel.pipeline()
                    .addFirst(new FlushConsolidationHandler(
                            FlushConsolidationHandler.DEFAULT_EXPLICIT_FLUSH_AFTER_FLUSHES, true));
        }
    }
}
