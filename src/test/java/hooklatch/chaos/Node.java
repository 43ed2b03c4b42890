package hooklatch.chaos;

import static org.awaitility.Awaitility.await;

import hooklatch.testing.FaultyProxy;
import hooklatch.testing.JettyHome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One node: a Jetty with the WAR in a process of its own, which reaches MySQL and Redis through a proxy each, and is
 * reached by providers through another. Thread-safe.
 */
final class Node implements AutoCloseable {

    static final String TOKEN = "token-of-the-chaos-suite";

    private static final Duration READY_WITHIN = Duration.ofMinutes(2);

    private final String name;
    private final Path haltFile;
    private final Trap trap = new Trap();
    private final FaultyProxy mySql;
    private final @Nullable FaultyProxy redis;
    private final FaultyProxy http;
    private final HttpClient client = HttpClient.newHttpClient();
    private final Object state = new Object();
    private JettyHome jetty;
    private CompletableFuture<?> launch = CompletableFuture.completedFuture(null);
    private CompletableFuture<?> start = launch;
    private boolean serves = true;
    private int disturbances;

    /**
     * Starts one and returns when it is ready.
     *
     * @param settings of the application, without those for MySQL and Redis
     */
    Node(String name, Path war, Map<String, String> settings, int mySqlPort, int redisPort, Path directory) {
        this(name, war, settings, mySqlPort, FaultyProxy.start(redisPort, () -> FaultyProxy.Tap.BLIND), directory);
    }

    /**
     * Starts one that reaches Redis without a proxy, and returns when it is ready.
     *
     * @param settings of the application, without those for MySQL
     */
    static Node reachingRedisDirectly(
            String name, Path war, Map<String, String> settings, int mySqlPort, Path directory) {
        return new Node(name, war, settings, mySqlPort, null, directory);
    }

    private Node(
            String name,
            Path war,
            Map<String, String> settings,
            int mySqlPort,
            @Nullable FaultyProxy redis,
            Path directory) {
        this.name = name;
        haltFile = directory.resolve(name + ".halt");
        mySql = FaultyProxy.start(mySqlPort, () -> new TransactionTap(trap));
        this.redis = redis;
        Map<String, String> all = new HashMap<>(settings);
        all.put("NODE_NAME", name);
        all.put("DB_HOST", "127.0.0.1");
        all.put("DB_PORT", Integer.toString(mySql.port()));
        if (redis != null) {
            all.put("REDIS_URL", "redis://127.0.0.1:" + redis.port());
        }
        all.put("CHAOS_HALT_FILE", haltFile.toString());
        jetty = JettyHome.start("jetty-12", name, war, all);
        http = FaultyProxy.start(jetty.application().getPort(), () -> new AnswerTap(trap));
        try {
            awaitAnswersReady();
        } catch (RuntimeException e) {
            // Nobody else knows of it yet.
            close();
            throw e;
        }
    }

    String name() {
        return name;
    }

    /** Where providers send to. */
    int port() {
        return http.port();
    }

    FaultyProxy mySql() {
        return mySql;
    }

    FaultyProxy redis() {
        return Objects.requireNonNull(redis);
    }

    /** The proxy on a way. */
    FaultyProxy proxy(Way way) {
        return switch (way) {
            case TO_MYSQL -> mySql();
            case TO_REDIS -> redis();
            case FROM_PROVIDERS -> http;
        };
    }

    Trap trap() {
        return trap;
    }

    /** Has the handler end the JVM at its next run. */
    void haltAfterNextEffect() {
        try {
            Files.createFile(haltFile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the process has ended. */
    boolean isDead() {
        synchronized (state) {
            return !jetty.isRunning();
        }
    }

    /**
     * Changes whenever the process is killed, paused, or serves again: a delivery that began and ended with the same
     * number, and {@link #serves} at both ends, met an undisturbed process.
     */
    int disturbances() {
        synchronized (state) {
            return disturbances;
        }
    }

    boolean serves() {
        synchronized (state) {
            return serves && jetty.isRunning();
        }
    }

    private void disturbed(boolean servesNow) {
        synchronized (state) {
            disturbances++;
            serves = servesNow;
        }
    }

    /** {@code kill -9}; returns when the process is gone. */
    void kill() {
        long pid;
        synchronized (state) {
            disturbed(false);
            pid = jetty.pid();
        }
        ProcessHandle.of(pid).ifPresent(process -> {
            process.destroyForcibly();
            process.onExit().join();
        });
    }

    /** SIGSTOP: the process is there and does nothing. */
    void pause() {
        disturbed(false);
        signal("-STOP");
    }

    /** SIGCONT. */
    void resume() {
        signal("-CONT");
        disturbed(true);
    }

    private void signal(String signal) {
        long pid;
        synchronized (state) {
            pid = jetty.pid();
        }
        try {
            int status = new ProcessBuilder("kill", signal, Long.toString(pid))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IllegalStateException("kill " + signal + " of " + name + " ended with " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Begins to start a node that has ended; {@link #awaitServing} waits for it. */
    void startAgain() {
        disturbed(false);
        synchronized (state) {
            launch = CompletableFuture.runAsync(() -> {
                JettyHome again = jetty().startAgain();
                synchronized (state) {
                    jetty = again;
                }
            });
            start = launch.thenRun(() -> {
                awaitAnswersReady();
                disturbed(true);
            });
        }
    }

    private JettyHome jetty() {
        synchronized (state) {
            return jetty;
        }
    }

    /** Waits until a start that has begun is done and the node says that it is ready. */
    void awaitServing() {
        CompletableFuture<?> begun;
        synchronized (state) {
            begun = start;
        }
        try {
            begun.get(READY_WITHIN.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(name + " does not start again", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        awaitAnswersReady();
    }

    /** Waits until it works with Redis. */
    void awaitRedis() {
        await(name + " has Redis")
                .atMost(READY_WITHIN)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> meter("hooklatch_redis_degraded") == 0);
    }

    private void awaitAnswersReady() {
        await(name + " is ready")
                .atMost(READY_WITHIN)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptionsMatching(e -> e instanceof UncheckedIOException)
                .until(() -> get("health/ready").statusCode() == 200);
    }

    /** Asks the application itself, past the proxy. */
    HttpResponse<String> get(String path) {
        URI uri = jetty().application().resolve(path);
        try {
            return client.send(
                    HttpRequest.newBuilder(uri)
                            .timeout(Duration.ofSeconds(30))
                            .header("Authorization", "Bearer " + TOKEN)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The sum of a meter over its labels. */
    double meter(String meterName) {
        return get("metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(meterName + " ") || line.startsWith(meterName + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** The sum of a meter over its labels where they include this, such as {@code cause="row_wait"}. */
    double meter(String meterName, String label) {
        return get("metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(meterName + "{") && line.contains(label))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** What the application and its container have said. */
    List<String> output() {
        return jetty().output();
    }

    /** Names of the threads that live now. */
    List<String> threads() {
        return jetty().threads();
    }

    /** SIGTERM, and the end within 30 s. */
    void stop() {
        jetty().stop();
    }

    /** Kills it, whatever it is doing; one that is being started, too. */
    @Override
    public void close() {
        CompletableFuture<?> begun;
        synchronized (state) {
            begun = launch;
        }
        // How it ended is told to those who wait for the start.
        begun.handle((nothing, problem) -> true).join();
        try (mySql;
                redis;
                http) {
            jetty().close();
            Files.deleteIfExists(haltFile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
