package hooklatch.acceptance;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import hooklatch.testing.BuildDirectory;
import hooklatch.testing.FreePort;
import hooklatch.testing.MariaDbServer;
import hooklatch.testing.RedisServer;
import hooklatch.testing.TcpProxy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * The whole application on a MariaDB and a Redis of its own, each behind a proxy: whatever is done to them hurts no other
 * test. Deliveries are sent by a number of senders at once, each event names an order of its own.
 */
final class FaultySite implements AutoCloseable {
    /** At a time; as many as are let in. */
    static final int SENDERS = 32;

    private static final int POOL = 8;
    /** Each so many deliveries one sends its last event again. */
    private static final int DUPLICATE_EVERY = 4;

    /** Much less than a lease: an event that nobody works on must not be busy. */
    private static final Duration PROVIDER_GIVES_UP = Duration.ofSeconds(15);

    final RedisServer redis;
    final MariaDbServer mariaDb;
    final TcpProxy toRedis;
    final TcpProxy toMariaDb;
    private final Path directory;
    private final Site site;
    private final AtomicLong events = new AtomicLong();
    private final ExecutorService meanwhile = Executors.newSingleThreadExecutor();
    private final ExecutorService senders = Executors.newFixedThreadPool(SENDERS, task -> {
        Thread thread = new Thread(task, "sender");
        thread.setDaemon(true);
        return thread;
    });

    /** What was answered, and how long the slowest answer took from the last byte of the body. */
    record Sent(Map<Integer, Integer> statuses, Duration slowest, Duration median, List<Long> unanswered) {
        int count() {
            return statuses.values().stream().mapToInt(Integer::intValue).sum();
        }
    }

    /** @param orders one for each event that will be sent */
    FaultySite(int orders) throws Exception {
        directory = BuildDirectory.path().resolve("servers").resolve("faults");
        RedisServer.stopEarlier(directory.resolve("redis"));
        MariaDbServer.stopEarlier(directory.resolve("mariadb"));
        redis = RedisServer.start(directory.resolve("redis"), FreePort.find(), "--save", "");
        mariaDb = MariaDbServer.start(directory.resolve("mariadb"), FreePort.find(), "shop");
        execute("DROP DATABASE shop");
        execute("CREATE DATABASE shop");
        // Without the privilege to write to a server that is read-only.
        execute("CREATE USER IF NOT EXISTS 'shop'@'127.0.0.1'");
        execute("GRANT ALL PRIVILEGES ON shop.* TO 'shop'@'127.0.0.1'");
        toRedis = TcpProxy.to(redis.port());
        toMariaDb = TcpProxy.to(mariaDb.port());
        site = Site.open(
                mariaDb.jdbcUrl("shop").replace(":" + mariaDb.port(), ":" + toMariaDb.port()),
                "redis://127.0.0.1:" + toRedis.port(),
                Map.of("DB_POOL_SIZE", Integer.toString(POOL), "DB_USER", "shop"),
                SENDERS + 20);
        execute("INSERT INTO shop.orders (id, total_amount) SELECT seq, 49.99 FROM shop.seq_1_to_" + orders);
        await("ready").atMost(Duration.ofSeconds(30)).until(() -> readiness().contains("\"ok\""));
    }

    Site site() {
        return site;
    }

    String readiness() throws Exception {
        return site.get("/health/ready").body();
    }

    /** All senders at once, each one delivery after the other, for as long as that. */
    Sent send(Duration forSoLong) throws Exception {
        long end = System.nanoTime() + forSoLong.toNanos();
        List<Long> nanos = new ArrayList<>();
        Map<Integer, Integer> statuses = new TreeMap<>();
        List<Long> unanswered = new ArrayList<>();
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < SENDERS; i++) {
            running.add(senders.submit(() -> {
                long event = 0;
                for (int n = 0; n == 0 || System.nanoTime() < end; n++) {
                    event = n % DUPLICATE_EVERY == DUPLICATE_EVERY - 1 ? event : events.incrementAndGet();
                    long start = System.nanoTime();
                    int status = deliver(event);
                    synchronized (statuses) {
                        nanos.add(System.nanoTime() - start);
                        statuses.merge(status, 1, Integer::sum);
                        if (status != 200) {
                            unanswered.add(event);
                        }
                    }
                }
                return null;
            }));
        }
        for (Future<?> sender : running) {
            sender.get();
        }
        nanos.sort(null);
        return new Sent(
                statuses,
                Duration.ofNanos(nanos.get(nanos.size() - 1)),
                Duration.ofNanos(nanos.get(nanos.size() / 2)),
                unanswered);
    }

    /** The same without waiting for it. */
    Future<Sent> sendMeanwhile(Duration forSoLong) {
        return meanwhile.submit(() -> send(forSoLong));
    }

    /** A payment of the order with the event's number. */
    int deliver(long event) throws Exception {
        return site.stripe(Site.paymentSucceeded("evt_" + event, "pi_" + event, event))
                .status();
    }

    /** A number that no event has had. */
    long newEvent() {
        return events.incrementAndGet();
    }

    /** Sends again what was not answered 200, as the provider does, until it is. */
    void resend(List<Long> unanswered) throws Exception {
        List<Future<?>> answers = new ArrayList<>();
        for (long event : new HashSet<>(unanswered)) {
            answers.add(senders.submit(() -> await("event " + event + " is answered 200")
                    .atMost(PROVIDER_GIVES_UP)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> deliver(event) == 200)));
        }
        for (Future<?> answer : answers) {
            answer.get();
        }
    }

    /** How long it takes until a delivery succeeds, tried again and again. */
    Duration untilServed() throws Exception {
        long start = System.nanoTime();
        long event = newEvent();
        await("a delivery is processed")
                .atMost(Duration.ofSeconds(30))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> deliver(event) == 200);
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** In the database: each event that was sent had its effect, and had it once. */
    void assertEachEventHadItsEffectOnce() throws SQLException {
        String all = Long.toString(events.get());
        assertThat(query("SELECT COUNT(*) FROM shop.webhook_events WHERE status = 'processed'"))
                .as("processed events")
                .isEqualTo(all);
        assertThat(query("SELECT COUNT(*) FROM shop.webhook_events")).isEqualTo(all);
        assertThat(query("SELECT COUNT(*) FROM shop.payments WHERE status = 'completed'"))
                .as("payments")
                .isEqualTo(all);
        assertThat(query("SELECT COUNT(*) FROM shop.orders WHERE payment_status = 'PAID'"))
                .isEqualTo(all);
        assertThat(query("SELECT COUNT(*) FROM shop.orders WHERE facts_version > 1"))
                .as("orders that were paid twice")
                .isEqualTo("0");
    }

    /** What is bounded, and must come back whole. */
    record Gauges(int inFlight, int active, int idle, int pending, int threads) {
        @Override
        public String toString() {
            return inFlight + "/" + active + "/" + idle + "/" + pending + "/" + threads;
        }
    }

    Gauges gauges() throws Exception {
        String metrics = site.get("/metrics").body();
        return new Gauges(
                gauge(metrics, "hooklatch_deliveries_in_flight"),
                gauge(metrics, "hikaricp_connections_active{pool=\"hooklatch\"}"),
                gauge(metrics, "hikaricp_connections_idle{pool=\"hooklatch\"}"),
                gauge(metrics, "hikaricp_connections_pending{pool=\"hooklatch\"}"),
                (int) Thread.getAllStackTraces().keySet().stream()
                        .map(Thread::getName)
                        .filter(name -> name.startsWith("hooklatch") || name.startsWith("redisson"))
                        .count());
    }

    double metric(String name) throws Exception {
        return value(site.get("/metrics").body(), name);
    }

    private static int gauge(String metrics, String name) {
        return (int) value(metrics, name);
    }

    private static double value(String metrics, String name) {
        return metrics.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no meter " + name));
    }

    /** Every connection is in the pool and nobody waits. */
    void awaitWholePool() {
        await("the pool is whole").atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            Gauges now = gauges();
            assertThat(now.inFlight()).as("in flight").isZero();
            assertThat(now.active()).as("active").isZero();
            assertThat(now.pending()).as("pending").isZero();
            assertThat(now.idle()).as("idle").isEqualTo(POOL);
        });
    }

    /** Names of the locks that are held in Redis. */
    List<String> locks() throws IOException {
        return redis("KEYS webhook:lock:*")
                .filter(line -> line.startsWith("webhook:"))
                .toList();
    }

    /** Asks Redis itself, past the proxy. */
    Stream<String> redis(String command) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), redis.port())) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write((command + "\r\nQUIT\r\n").getBytes(US_ASCII));
            BufferedReader answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
            List<String> lines = answer.lines().toList();
            assertThat(lines).as(command).noneMatch(line -> line.startsWith("-"));
            return lines.stream();
        }
    }

    /** All that the application has, whatever they are doing. */
    void killConnections() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            List<Long> sessions = new ArrayList<>();
            try (ResultSet rows =
                    statement.executeQuery("SELECT id FROM information_schema.processlist WHERE user = 'shop'")) {
                while (rows.next()) {
                    sessions.add(rows.getLong(1));
                }
            }
            assertThat(sessions).hasSizeGreaterThanOrEqualTo(POOL);
            for (long session : sessions) {
                statement.execute("KILL " + session);
            }
        }
    }

    /** Asks MariaDB itself, past the proxy. */
    void execute(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    String query(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return String.valueOf(row.getString(1));
        }
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(mariaDb.jdbcUrl(""), MariaDbServer.USER, MariaDbServer.PASSWORD);
    }

    /** Stops a process as if its machine had stopped: its connections stay open. */
    static void freeze(ProcessHandle process) {
        signal("-STOP", process);
    }

    static void thaw(ProcessHandle process) {
        signal("-CONT", process);
    }

    private static void signal(String signal, ProcessHandle process) {
        try {
            int status = new ProcessBuilder("kill", signal, Long.toString(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            assertThat(status).as("kill %s %s", signal, process.pid()).isZero();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        meanwhile.shutdownNow();
        senders.shutdownNow();
        try (redis;
                mariaDb;
                toRedis;
                toMariaDb;
                site) {
            thaw(redis.process());
            thaw(mariaDb.process());
            toRedis.pass();
            toMariaDb.pass();
        }
    }
}
