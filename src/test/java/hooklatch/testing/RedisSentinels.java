package hooklatch.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A Redis master, a replica of it, and three Sentinels that agree by two on who is the master; all on 127.0.0.1, each a
 * process of its own. A master that is gone for half a second is replaced. Thread-safe but for {@link #startAgain}, which
 * is one caller's.
 */
public final class RedisSentinels implements AutoCloseable {

    /** By which the Sentinels know the master. */
    public static final String MASTER = "hooklatch";

    private static final int SENTINELS = 3;
    private static final int DOWN_AFTER_MS = 500;
    private static final int FAILOVER_TIMEOUT_MS = 5_000;

    private final Path directory;
    private final String password;
    private final List<RedisServer> servers = new ArrayList<>();
    private final List<Integer> sentinelPorts = new ArrayList<>();
    private final List<ServerProcess> sentinels = new ArrayList<>();

    private RedisSentinels(Path directory, String password) {
        this.directory = directory;
        this.password = password;
    }

    /**
     * Starts all of them, and returns when each Sentinel knows the replica and the other two.
     *
     * @param password of master and replica; the Sentinels have none
     */
    public static RedisSentinels start(Path directory, String password) {
        RedisSentinels all = new RedisSentinels(directory, password);
        try {
            all.stopEarlier();
            Directories.delete(directory);
            all.startServers();
            for (int i = 0; i < SENTINELS; i++) {
                all.startSentinel(i);
            }
            all.awaitAcquaintance();
            return all;
        } catch (IOException e) {
            all.close();
            throw new ServerStartException("Redis with Sentinel cannot use " + directory + ": " + e, e);
        } catch (RuntimeException e) {
            all.close();
            throw e;
        }
    }

    private void stopEarlier() {
        for (int i = 0; i < 2; i++) {
            RedisServer.stopEarlier(serverDirectory(i));
        }
        for (int i = 0; i < SENTINELS; i++) {
            ServerProcess.stopEarlier("Sentinel", sentinelDirectory(i));
        }
    }

    private Path serverDirectory(int index) {
        return directory.resolve("redis-" + (index + 1));
    }

    private Path sentinelDirectory(int index) {
        return directory.resolve("sentinel-" + (index + 1));
    }

    private void startServers() {
        RedisServer master = startServer(0, FreePort.find());
        servers.add(master);
        servers.add(startServer(
                1, FreePort.find(), "--replicaof", "127.0.0.1 " + master.port(), "--repl-diskless-sync-delay", "0"));
    }

    private RedisServer startServer(int index, int port, String... more) {
        List<String> settings = new ArrayList<>(List.of(
                "--save", "", "--requirepass", password, "--masterauth", password, "--repl-diskless-sync-delay", "0"));
        settings.addAll(List.of(more));
        return RedisServer.start(serverDirectory(index), port, settings.toArray(String[]::new));
    }

    private void startSentinel(int index) throws IOException {
        Path home = Files.createDirectories(sentinelDirectory(index));
        int port = FreePort.find();
        Path configuration = home.resolve("sentinel.conf").toAbsolutePath();
        // A Sentinel rewrites it, to remember who the master is.
        Files.writeString(
                configuration,
                """
                bind 127.0.0.1
                port %1$d
                dir %2$s
                sentinel monitor %3$s 127.0.0.1 %4$d 2
                sentinel auth-pass %3$s %5$s
                sentinel down-after-milliseconds %3$s %6$d
                sentinel failover-timeout %3$s %7$d
                sentinel parallel-syncs %3$s 1
                """.formatted(
                                port,
                                home.toAbsolutePath(),
                                MASTER,
                                servers.get(0).port(),
                                password,
                                DOWN_AFTER_MS,
                                FAILOVER_TIMEOUT_MS),
                US_ASCII);
        List<String> command = List.of(ServerPrograms.redis().toString(), configuration.toString(), "--sentinel");
        sentinels.add(ServerProcess.start(
                "Sentinel", port, command, Map.of(), home, handle -> RedisServer.serves(port, "", handle)));
        sentinelPorts.add(port);
    }

    private void awaitAcquaintance() {
        Waiting.until(
                "the Sentinels know each other and the replica",
                () -> sentinelPorts.stream().allMatch(port -> {
                    String told = RedisInline.ask(port, "SENTINEL MASTER " + MASTER);
                    return told.contains("num-other-sentinels\n" + (SENTINELS - 1))
                            && told.contains("num-slaves\n1")
                            && told.contains("flags\nmaster\n");
                }));
        RedisServer replica = servers.get(1);
        Waiting.until(
                "the replica is linked", () -> replica.ask("INFO replication").contains("master_link_status:up"));
    }

    /** As the product's setting takes it. */
    public String url() {
        return "sentinel://:" + password + "@"
                + sentinelPorts.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(",")) + "/"
                + MASTER;
    }

    /** The server that the Sentinels take for the master now. */
    public RedisServer master() {
        int port = masterPort();
        return servers.stream()
                .filter(server -> server.port() == port)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalStateException("the Sentinels name a master that is none of ours: " + port));
    }

    private int masterPort() {
        String[] told = RedisInline.ask(sentinelPorts.get(0), "SENTINEL GET-MASTER-ADDR-BY-NAME " + MASTER)
                .split("\n", -1);
        return Integer.parseInt(told[told.length - 1]);
    }

    /** Waits until another server than this one is the master, and takes writes. */
    public RedisServer awaitFailoverFrom(RedisServer old) {
        Waiting.until("another Redis is the master", () -> masterPort() != old.port());
        RedisServer now = master();
        Waiting.until("it is told so", () -> now.ask("ROLE").startsWith("master"));
        return now;
    }

    /** Starts a server that was killed, at its address; the Sentinels make a replica of it. */
    public RedisServer startAgain(RedisServer killed) {
        int index = servers.indexOf(killed);
        RedisServer again = startServer(index, killed.port());
        servers.set(index, again);
        Waiting.until("it is a replica", () -> again.ask("INFO replication").contains("master_link_status:up"));
        return again;
    }

    @Override
    public void close() {
        sentinels.forEach(ServerProcess::close);
        servers.forEach(RedisServer::close);
    }
}
