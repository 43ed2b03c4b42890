package hooklatch.bench;

import com.zaxxer.hikari.HikariDataSource;
import hooklatch.dao.ConnectionPool;
import hooklatch.dao.Database;
import hooklatch.dao.Schema;
import hooklatch.service.Retention;
import hooklatch.service.RetentionRunner;
import hooklatch.testing.BuildDirectory;
import hooklatch.testing.Directories;
import hooklatch.testing.FreePort;
import hooklatch.testing.ManyEvents;
import hooklatch.testing.MariaDbServer;
import hooklatch.testing.TestJetty;
import hooklatch.testing.TestServers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * What a purge costs deliveries: the whole application on a Jetty, a MariaDB with its default settings, and 1,000,000 events
 * that are due, with their bodies, deliveries, retries and facts. Fresh deliveries, as fast as sixteen connections can and at
 * 200 a second, without a purge, while bodies are purged, without, while events are purged; three times, so that a slow
 * moment of the machine meets all of them. The purge is the product's, on a pool like its own, in this process.
 *
 * <pre>mvn -q test-compile exec:java@bench-purge -Dbench="1000000 1500000"</pre>
 *
 * <p>A third argument: {@code load} only loads, {@code whole} lets the purge end after the rounds, a number is that of
 * rounds. What was loaded stays under
 * {@code target/bench} and is taken by the next run, unless a purge has eaten into it.
 */
public final class PurgeBench {
    private static final String SECRET = "whsec_of_the_bench";
    private static final String DATABASE = "bench";
    private static final Duration RETENTION = Duration.ofDays(45);
    private static final int ROUNDS = 3;
    private static final int WARM_UP = 15_000;
    private static final int CONCURRENCY = 16;
    private static final int CLOSED = 6_000;
    private static final int RATE = 200;
    private static final int OPEN = RATE * 10;
    private static final int CONTAINER_THREADS = 200;

    /** A part of a round. */
    private enum Part {
        BEFORE_BODIES("no purge", null, null),
        BODIES("bodies", null, RETENTION),
        BEFORE_EVENTS("no purge", null, null),
        EVENTS("events, log", RETENTION, null);

        private final String label;
        private final @Nullable Duration events;
        private final @Nullable Duration payloads;

        Part(String label, @Nullable Duration events, @Nullable Duration payloads) {
            this.label = label;
            this.events = events;
            this.payloads = payloads;
        }

        boolean purges() {
            return events != null || payloads != null;
        }
    }

    /** What was measured in one part of one round. */
    private record Result(Part part, Load.Measured closed, Load.Measured open, double goneASecond, long waits) {}

    private final int port;
    private final FreshEvents events;
    private final Connection connection;
    private final Database pages;
    private final Map<String, AtomicLong> gone = new ConcurrentHashMap<>();

    private PurgeBench(int port, Connection connection, Database pages) {
        this.port = port;
        this.connection = connection;
        this.pages = pages;
        this.events = new FreshEvents(connection, SECRET);
    }

    /**
     * Measures and prints.
     *
     * @param arguments number of events, number of deliveries, {@code load}, {@code whole} or a number of rounds
     */
    public static void main(String[] arguments) throws Exception {
        int events = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        int deliveries = arguments.length > 1 ? Integer.parseInt(arguments[1]) : events * 3 / 2;
        String what = arguments.length > 2 ? arguments[2] : "";
        Path directory = BuildDirectory.path().resolve("bench").resolve("purge-" + events + "-" + deliveries);
        Path fresh = directory.resolve("fresh");
        MariaDbServer.stopEarlier(directory);
        if (!Files.exists(fresh)) {
            Directories.delete(directory);
        }
        try (MariaDbServer server = MariaDbServer.start(directory, FreePort.find(), DATABASE)) {
            String url = server.jdbcUrl(DATABASE);
            try (Connection connection = DriverManager.getConnection(url, MariaDbServer.USER, MariaDbServer.PASSWORD)) {
                if (!Files.exists(fresh)) {
                    load(url, connection, events, deliveries);
                    Files.createFile(fresh);
                }
                if (!what.equals("load")) {
                    Files.delete(fresh);
                    measure(url, connection, what);
                }
            }
        }
        System.exit(0);
    }

    private static void load(String url, Connection connection, int events, int deliveries) throws SQLException {
        new Schema(ConnectionPool.unpooled(url, MariaDbServer.USER, MariaDbServer.PASSWORD), Schema.Mode.MIGRATE)
                .apply();
        Instant newest =
                Instant.now().minus(RETENTION).minus(Duration.ofDays(5)).truncatedTo(ChronoUnit.MILLIS);
        long begun = System.nanoTime();
        new ManyEvents(events, deliveries, newest, Duration.ofDays(60))
                .load(
                        connection,
                        text -> System.out.printf(
                                Locale.ROOT, "%s after %.0f s%n", text, (System.nanoTime() - begun) / 1e9));
        try (Statement statement = connection.createStatement()) {
            // Else the retrier would be busy with them, with and without a purge.
            statement.execute("UPDATE webhook_events SET next_attempt_at = NULL WHERE next_attempt_at IS NOT NULL");
            statement.execute("INSERT INTO webhook_bodies (provider, body_sha256, event_id)"
                    + " SELECT provider, payload_sha256, event_id FROM webhook_events WHERE provider = 'razorpay'");
            statement.execute("INSERT INTO webhook_attempts (provider, event_id, started_at, origin, outcome,"
                    + " duration_us, node) SELECT provider, event_id, received_at, 'retry', 'failed', 5000, 'node-1'"
                    + " FROM webhook_events WHERE status IN ('failed', 'dead_lettered') ORDER BY id");
        }
        System.out.printf(Locale.ROOT, "loaded in %.0f s%n", (System.nanoTime() - begun) / 1e9);
    }

    private static void measure(String url, Connection connection, String what) throws Exception {
        Map<String, String> settings = new HashMap<>(Map.of(
                "DB_URL",
                url,
                "DB_USER",
                MariaDbServer.USER,
                "DB_PASSWORD",
                MariaDbServer.PASSWORD,
                "REDIS_URL",
                TestServers.get().newRedisUrl(),
                "STRIPE_WEBHOOK_SECRET",
                SECRET));
        try (HikariDataSource pool = ConnectionPool.open(
                        url,
                        MariaDbServer.USER,
                        MariaDbServer.PASSWORD,
                        "purge",
                        4,
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(15));
                Database pages = new Database(pool);
                TestJetty jetty = TestJetty.runningWebApp(settings, "/", CONTAINER_THREADS)) {
            new PurgeBench(jetty.port(), connection, pages)
                    .run(what.matches("\\d+") ? Integer.parseInt(what) : ROUNDS, what.equals("whole"));
        }
    }

    private void run(int rounds, boolean whole) throws Exception {
        byte[][] warm = events.requests(WARM_UP);
        Load.run(CONCURRENCY, WARM_UP, Load.patientHttp(port, i -> warm[i]));
        List<Result> results = new ArrayList<>();
        System.out.println(
                "| round | purge | 16 at once: per second | p50 ms | p99 ms | max ms | 200/s: p50 ms | p99 ms"
                        + " | max ms | rows forgotten a second | row lock waits |");
        System.out.println("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        for (int round = 1; round <= rounds; round++) {
            for (Part part : Part.values()) {
                Result result = measured(part);
                results.add(result);
                print(Integer.toString(round), part.label, List.of(result));
            }
        }
        for (Part part : List.of(Part.BEFORE_BODIES, Part.BODIES, Part.EVENTS)) {
            print(
                    "median",
                    part.label,
                    results.stream()
                            .filter(result -> result.part().label.equals(part.label))
                            .toList());
        }
        System.out.println("Forgotten: " + gone);
        if (whole) {
            long begun = System.nanoTime();
            for (Part part : List.of(Part.BODIES, Part.EVENTS)) {
                RetentionRunner runner = purge(part);
                try {
                    Awaitility.await(part.label)
                            .atMost(Duration.ofHours(3))
                            .pollInterval(Duration.ofSeconds(1))
                            .until(() -> isOver(part));
                } finally {
                    runner.close();
                }
                System.out.printf(
                        Locale.ROOT,
                        "%s: over %.0f s later: %s%n",
                        part.label,
                        (System.nanoTime() - begun) / 1e9,
                        gone);
            }
        }
    }

    private boolean isOver(Part part) throws SQLException {
        String old = "received_at < UTC_TIMESTAMP(6) - INTERVAL 45 DAY";
        return part == Part.BODIES
                ? number("SELECT COUNT(*) FROM (SELECT 1 FROM webhook_events WHERE status IN ('processed', 'skipped')"
                                + " AND " + old + " AND payload IS NOT NULL LIMIT 1) x")
                        == 0
                : number("SELECT COUNT(*) FROM (SELECT 1 FROM webhook_events WHERE status IN ('processed', 'skipped')"
                                        + " AND " + old + " LIMIT 1) x")
                                == 0
                        && number(
                                        "SELECT COUNT(*) FROM (SELECT received_at FROM webhook_deliveries ORDER BY id LIMIT 1) x"
                                                + " WHERE " + old)
                                == 0;
    }

    private RetentionRunner purge(Part part) {
        return new RetentionRunner(
                new Retention(
                        pages,
                        part.events,
                        part.payloads,
                        Clock.systemUTC(),
                        (kind, rows) -> gone.computeIfAbsent(kind, key -> new AtomicLong())
                                .addAndGet(rows)),
                pages,
                () -> true,
                "bench");
    }

    private long goneSoFar() {
        return gone.values().stream().mapToLong(AtomicLong::get).sum();
    }

    private Result measured(Part part) throws Exception {
        byte[][] closed = events.requests(CLOSED);
        byte[][] open = events.requests(OPEN);
        // What the server still has to clear away belongs to the part before.
        Awaitility.await("the server's own purge")
                .atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> status("Innodb_history_list_length") < 2_000);
        long waits = status("Innodb_row_lock_waits");
        long before = goneSoFar();
        long begun = System.nanoTime();
        if (!part.purges()) {
            return loaded(part, closed, open, before, begun, waits);
        }
        RetentionRunner runner = purge(part);
        try {
            Awaitility.await("the first batch").until(() -> goneSoFar() > before);
            return loaded(part, closed, open, before, begun, waits);
        } finally {
            runner.close();
        }
    }

    private Result loaded(Part part, byte[][] closed, byte[][] open, long before, long begun, long waits)
            throws Exception {
        Load.Measured fast = Load.run(CONCURRENCY, closed.length, Load.http(port, i -> closed[i]));
        Load.Measured steady = Load.paced(64, open.length, RATE, Load.http(port, i -> open[i]));
        double seconds = (System.nanoTime() - begun) / 1e9;
        return new Result(
                part, fast, steady, (goneSoFar() - before) / seconds, status("Innodb_row_lock_waits") - waits);
    }

    private long status(String name) throws SQLException {
        return number(
                "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = '" + name + "'");
    }

    private long number(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static void print(String round, String label, List<Result> results) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %,.0f | %.1f | %.1f | %.0f | %.1f | %.1f | %.0f | %,.0f | %.0f |%n",
                round,
                label,
                median(results, result -> CLOSED / result.closed().seconds()),
                median(results, result -> result.closed().millis(0.5)),
                median(results, result -> result.closed().millis(0.99)),
                median(results, result -> result.closed().millis(1)),
                median(results, result -> result.open().millis(0.5)),
                median(results, result -> result.open().millis(0.99)),
                median(results, result -> result.open().millis(1)),
                median(results, Result::goneASecond),
                median(results, result -> result.waits()));
    }

    private static double median(List<Result> results, ToDoubleFunction<Result> figure) {
        return Load.median(results.stream().mapToDouble(figure).toArray());
    }
}
