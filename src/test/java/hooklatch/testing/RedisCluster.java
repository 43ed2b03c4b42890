package hooklatch.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A Redis Cluster of three masters on 127.0.0.1, without replicas, each a process of its own that has a third of the
 * slots. One that is gone for a second and a half is called failed by the others, which go on serving their own slots.
 * Thread-safe but for {@link #startAgain}, which is one caller's.
 */
public final class RedisCluster implements AutoCloseable {

    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;
    private static final int NODE_TIMEOUT_MS = 1_500;
    /** A port and the one of the cluster's bus, which is 10000 above. */
    private static final int BUS = 10_000;

    private final Path directory;
    private final String password;
    private final List<RedisServer> masters = new ArrayList<>();

    private RedisCluster(Path directory, String password) {
        this.directory = directory;
        this.password = password;
    }

    /** Starts all of them, and returns when every slot is served. */
    public static RedisCluster start(Path directory, String password) {
        RedisCluster cluster = new RedisCluster(directory, password);
        try {
            for (int i = 0; i < MASTERS; i++) {
                RedisServer.stopEarlier(cluster.home(i));
            }
            Directories.delete(directory);
            for (int i = 0; i < MASTERS; i++) {
                cluster.masters.add(cluster.startMaster(i, freePort()));
            }
            cluster.join();
            return cluster;
        } catch (IOException e) {
            cluster.close();
            throw new ServerStartException("A Redis Cluster cannot use " + directory + ": " + e, e);
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private static int freePort() {
        int port = FreePort.find();
        while (port + BUS > 65_535) {
            port = FreePort.find();
        }
        return port;
    }

    private Path home(int index) {
        return directory.resolve("redis-" + (index + 1));
    }

    private RedisServer startMaster(int index, int port) {
        return RedisServer.start(
                home(index),
                port,
                "--save",
                "",
                "--requirepass",
                password,
                "--cluster-enabled",
                "yes",
                "--cluster-node-timeout",
                Integer.toString(NODE_TIMEOUT_MS),
                "--cluster-require-full-coverage",
                "no");
    }

    private void join() {
        int from = 0;
        for (int i = 0; i < MASTERS; i++) {
            int to = SLOTS * (i + 1) / MASTERS;
            masters.get(i).ask("CLUSTER ADDSLOTSRANGE " + from + " " + (to - 1));
            masters.get(0).ask("CLUSTER MEET 127.0.0.1 " + masters.get(i).port());
            from = to;
        }
        awaitWhole();
    }

    private void awaitWhole() {
        Waiting.until(
                "every slot of the cluster is served",
                () -> masters.stream().allMatch(master -> {
                    String told = master.ask("CLUSTER INFO");
                    return told.contains("cluster_state:ok")
                            && told.contains("cluster_slots_ok:" + SLOTS)
                            && told.contains("cluster_known_nodes:" + MASTERS);
                }));
    }

    /** As the product's setting takes it. */
    public String url() {
        return masters.stream()
                .map(master -> "redis://:" + password + "@127.0.0.1:" + master.port())
                .collect(Collectors.joining(","));
    }

    public List<RedisServer> masters() {
        return List.copyOf(masters);
    }

    /** Starts a master that was killed, at its address and with its slots, empty; returns when every slot is served. */
    public RedisServer startAgain(RedisServer killed) {
        int index = masters.indexOf(killed);
        RedisServer again = startMaster(index, killed.port());
        masters.set(index, again);
        awaitWhole();
        return again;
    }

    @Override
    public void close() {
        masters.forEach(RedisServer::close);
    }
}
