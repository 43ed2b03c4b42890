package hooklatch.bench;

import hooklatch.dao.ConnectionPool;
import hooklatch.dao.Schema;
import hooklatch.testing.BuildDirectory;
import hooklatch.testing.Directories;
import hooklatch.testing.FreePort;
import hooklatch.testing.JettyHome;
import hooklatch.testing.MariaDbServer;
import hooklatch.testing.RedisServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.redisson.Redisson;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/**
 * What becomes of the speed when there is more of something: the packaged WAR in Jettys of their own processes, MariaDB with
 * full durability and Redis on the same machine.
 *
 * <pre>
 * mvn -q package -DskipTests exec:java@bench-scale -Dbench="rows 10000000 2000000"
 * mvn -q package -DskipTests exec:java@bench-scale -Dbench="nodes 3"
 * mvn -q package -DskipTests exec:java@bench-scale -Dbench="memory 10"
 * mvn -q package -DskipTests exec:java@bench-scale -Dbench="start 7"
 * </pre>
 *
 * <p>{@code rows}: one node on a database with 10,000 events and a Redis with 10,000 results, another on servers of the same
 * kind with as many as said; by turns. For each tenth event a payment, a refund and a dispute come to be there while the nodes
 * work. {@code nodes}: one node, two and so on, of those that run on one database and one
 * Redis, by turns. {@code memory}: one node with 256 MB of heap under full load for so many minutes. {@code start}: from the
 * JVM's start until it is ready, so many times.
 */
public final class ScaleBench {
    private static final int SMALL = 10_000;
    private static final int ROUNDS = 5;
    private static final int BATCH = 4_000;
    /** More than a node remembers by itself, so that Redis is asked. */
    private static final int FORGOTTEN = 30_000;

    private static final int WARM_UP = 32_000;
    private static final int ROWS_OF_A_TRANSACTION = 100_000;
    private static final int KEYS_OF_A_SCRIPT = 50_000;

    /** So many events for each payment that was given back. */
    private static final int EVENTS_OF_A_FACT = 10;

    /** Enough for the keys of ten million rows: a server that holds less of them reads a page for each event. */
    private static final String BUFFER_POOL = "--innodb-buffer-pool-size=6G";

    private final Path directory;
    private final Map<String, List<Double>> perSecond = new LinkedHashMap<>();
    private final Map<String, List<Double>> p99 = new LinkedHashMap<>();

    private ScaleBench(Path directory) {
        this.directory = directory;
    }

    /** One node, its servers, and the events that it is sent. */
    private record Node(JettyHome jetty, FreshEvents events) {
        int port() {
            return jetty.application().getPort();
        }
    }

    /**
     * Measures and prints.
     *
     * @param arguments as above
     */
    public static void main(String[] arguments) throws Exception {
        Path directory = BuildDirectory.path().resolve("bench").resolve("scale-" + arguments[0]);
        for (String server : List.of("mariadb", "redis", "redis-large")) {
            MariaDbServer.stopEarlier(directory.resolve(server));
            RedisServer.stopEarlier(directory.resolve(server));
        }
        Directories.delete(directory);
        Files.createDirectories(directory);
        ScaleBench bench = new ScaleBench(directory);
        switch (arguments[0]) {
            case "rows" -> bench.rows(number(arguments, 1, 10_000_000), number(arguments, 2, 2_000_000));
            case "nodes" -> bench.nodes(number(arguments, 1, 3));
            case "memory" -> bench.memory(Duration.ofMinutes(number(arguments, 1, 10)));
            case "start" -> bench.start(number(arguments, 1, 7));
            default -> throw new IllegalArgumentException("rows, nodes, memory or start, not " + arguments[0]);
        }
        System.exit(0);
    }

    private static int number(String[] arguments, int index, int otherwise) {
        return arguments.length > index ? Integer.parseInt(arguments[index]) : otherwise;
    }

    // ---- what is measured

    private void rows(int rows, int keys) throws Exception {
        try (MariaDbServer mariaDb = mariaDb("small", "large");
                RedisServer redis = redis("redis");
                RedisServer largeRedis = redis("redis-large");
                Connection small = connect(mariaDb, "small");
                Connection large = connect(mariaDb, "large")) {
            fill(mariaDb, "small", small, SMALL);
            fill(mariaDb, "large", large, rows);
            fill(redis, SMALL);
            fill(largeRedis, keys);
            try (JettyHome one = jetty("small", BenchNode.settings(mariaDb, "small", redis), "");
                    JettyHome other = jetty("large", BenchNode.settings(mariaDb, "large", largeRedis), "")) {
                Map<String, Node> nodes = new LinkedHashMap<>();
                nodes.put("10,000", new Node(one, new FreshEvents(small, BenchNode.SECRET)));
                nodes.put(
                        String.format(Locale.ROOT, "%,d and %,d", rows, keys),
                        new Node(other, new FreshEvents(large, BenchNode.SECRET)));
                for (Node node : nodes.values()) {
                    BenchNode.warmUp(node.port(), node.events(), WARM_UP);
                }
                // Not before: what a server knows of a table may be from when it was opened, and a shop's begin empty.
                fillFacts("small", small, SMALL / EVENTS_OF_A_FACT);
                fillFacts("large", large, rows / EVENTS_OF_A_FACT);
                for (int round = 0; round < ROUNDS; round++) {
                    for (Map.Entry<String, Node> node : nodes.entrySet()) {
                        cases(
                                node.getKey(),
                                List.of(node.getValue().port()),
                                node.getValue().events());
                    }
                }
            }
        }
        report();
    }

    private void nodes(int count) throws Exception {
        try (MariaDbServer mariaDb = mariaDb("shop");
                RedisServer redis = redis("redis");
                Connection shop = connect(mariaDb, "shop")) {
            FreshEvents events = new FreshEvents(shop, BenchNode.SECRET);
            List<JettyHome> running = new ArrayList<>();
            try {
                for (int i = 1; i <= count; i++) {
                    JettyHome jetty = jetty("node-" + i, BenchNode.settings(mariaDb, "shop", redis), "-Xmx512m");
                    running.add(jetty);
                    BenchNode.warmUp(jetty.application().getPort(), events, WARM_UP);
                }
                List<Integer> ports = running.stream()
                        .map(jetty -> jetty.application().getPort())
                        .toList();
                long waits = status(shop, "Innodb_row_lock_waits");
                long deadlocks = status(shop, "Innodb_deadlocks");
                for (int round = 0; round < ROUNDS; round++) {
                    for (int used = 1; used <= count; used++) {
                        cases(used == 1 ? "1 node" : used + " nodes", ports.subList(0, used), events);
                    }
                }
                report();
                System.out.printf(
                        Locale.ROOT,
                        "%nRows waited for: %d, deadlocks: %d%n",
                        status(shop, "Innodb_row_lock_waits") - waits,
                        status(shop, "Innodb_deadlocks") - deadlocks);
                byte[][] last = events.requests(BATCH);
                long redo = status(shop, "Innodb_os_log_written");
                long bytes = status(shop, "Bytes_received") + status(shop, "Bytes_sent");
                Load.run(64, BATCH, spread(ports, i -> last[i]));
                System.out.printf(
                        Locale.ROOT,
                        "A fresh event, with its share of the delivery log: %,d bytes of redo log, %,d bytes over the"
                                + " connections to MySQL%n",
                        (status(shop, "Innodb_os_log_written") - redo) / BATCH,
                        (status(shop, "Bytes_received") + status(shop, "Bytes_sent") - bytes) / BATCH);
            } finally {
                for (JettyHome jetty : running) {
                    jetty.close();
                }
            }
        }
    }

    private void memory(Duration time) throws Exception {
        try (MariaDbServer mariaDb = mariaDb("shop");
                RedisServer redis = redis("redis");
                Connection shop = connect(mariaDb, "shop");
                JettyHome jetty = jetty("memory", BenchNode.settings(mariaDb, "shop", redis), "-Xmx256m")) {
            FreshEvents events = new FreshEvents(shop, BenchNode.SECRET);
            int port = jetty.application().getPort();
            BenchNode.warmUp(port, events, WARM_UP);
            System.out.println("| minute | events | per second | p99 ms | heap after GC, MB | process, MB | threads |");
            System.out.println("|---:|---:|---:|---:|---:|---:|---:|");
            long begun = System.nanoTime();
            long sent = 0;
            long minute = -1;
            while (System.nanoTime() - begun < time.toNanos()) {
                // A fifth is sent twice, as providers do.
                byte[][] fresh = events.requests(BATCH);
                IntFunction<byte[]> requests = i -> fresh[i < BATCH ? i : (i - BATCH) * 5];
                int count = BATCH + BATCH / 5;
                Load.Measured measured = Load.run(32, count, Load.http(port, requests));
                sent += count;
                long now = TimeUnit.NANOSECONDS.toMinutes(System.nanoTime() - begun);
                if (now != minute) {
                    minute = now;
                    memory(jetty, minute, sent, count / measured.seconds(), measured.millis(0.99));
                }
            }
            memory(jetty, time.toMinutes(), sent, 0, 0);
        }
    }

    private static void memory(JettyHome jetty, long minute, long sent, double rate, double p99) throws Exception {
        // It collects first and counts in the same pause; between two commands the node's own tasks would allocate.
        String live =
                BenchNode.jcmd(jetty.pid(), "GC.class_histogram").replaceAll("(?s).*\\nTotal +\\d+ +(\\d+).*", "$1");
        Map<String, String> process = new HashMap<>();
        for (String line : Files.readAllLines(Path.of("/proc/" + jetty.pid() + "/status"))) {
            String[] field = line.split(":\\s*", 2);
            process.put(field[0], field[1].replace(" kB", ""));
        }
        System.out.printf(
                Locale.ROOT,
                "| %d | %,d | %,.0f | %.1f | %.1f | %.0f | %s |%n",
                minute,
                sent,
                rate,
                p99,
                Long.parseLong(live) / 1048576.0,
                Long.parseLong(process.getOrDefault("VmRSS", "0")) / 1024.0,
                process.get("Threads"));
    }

    private void start(int times) throws Exception {
        try (MariaDbServer mariaDb = mariaDb("shop");
                RedisServer redis = redis("redis")) {
            List<Double> seconds = new ArrayList<>();
            JettyHome jetty = jetty("start", BenchNode.settings(mariaDb, "shop", redis), "");
            try {
                // The first has made the schema and warmed the disk's cache.
                for (int i = 0; i < times; i++) {
                    jetty.stop();
                    long begun = System.nanoTime();
                    jetty = jetty.startAgain();
                    BenchNode.awaitReady(jetty);
                    seconds.add((System.nanoTime() - begun) / 1e9);
                }
            } finally {
                jetty.close();
            }
            double[] sorted =
                    seconds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            System.out.printf(
                    Locale.ROOT,
                    "From the JVM's start until ready, %d times: %.2f s (%.2f–%.2f)%n",
                    times,
                    Load.median(sorted),
                    sorted[0],
                    sorted[sorted.length - 1]);
        }
    }

    // ---- the cases

    private void cases(String which, List<Integer> ports, FreshEvents events) throws Exception {
        byte[][] few = events.requests(BATCH);
        measured("fresh, 16", which, 16, ports, BATCH, i -> few[i]);
        byte[][] many = events.requests(BATCH);
        measured("fresh, 64", which, 64, ports, BATCH, i -> many[i]);
        byte[][] remembered = events.again(1_000);
        Load.run(16, 1_000, spread(ports, i -> remembered[i]));
        measured("duplicates, 64", which, 64, ports, 5 * BATCH, i -> remembered[i % remembered.length]);
        byte[][] forgotten = events.again(FORGOTTEN);
        measured("duplicates that Redis knows, 64", which, 64, ports, FORGOTTEN, i -> forgotten[i]);
    }

    private void measured(
            String name, String which, int threads, List<Integer> ports, int count, IntFunction<byte[]> requests)
            throws Exception {
        Load.Measured measured = Load.run(threads, count, spread(ports, requests));
        String key = name + " | " + which;
        perSecond.computeIfAbsent(key, k -> new ArrayList<>()).add(count / measured.seconds());
        p99.computeIfAbsent(key, k -> new ArrayList<>()).add(measured.millis(0.99));
    }

    /** Each connection to the next node. */
    private static Load.Workers spread(List<Integer> ports, IntFunction<byte[]> requests) {
        List<Load.Workers> workers =
                ports.stream().map(port -> Load.http(port, requests)).toList();
        AtomicInteger next = new AtomicInteger();
        return () -> workers.get(next.getAndIncrement() % workers.size()).create();
    }

    private void report() {
        System.out.println("| case | with | a second | p99 ms |");
        System.out.println("|---|---|---:|---:|");
        perSecond.keySet().stream().sorted().forEach(key -> {
            double[] rates = sorted(Objects.requireNonNull(perSecond.get(key)));
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %,.0f (%,.0f–%,.0f) | %.1f |%n",
                    key,
                    Load.median(rates),
                    rates[0],
                    rates[rates.length - 1],
                    Load.median(sorted(Objects.requireNonNull(p99.get(key)))));
        });
    }

    private static double[] sorted(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    // ---- servers

    private MariaDbServer mariaDb(String... databases) {
        return MariaDbServer.start(List.of(BUFFER_POOL), directory.resolve("mariadb"), FreePort.find(), databases);
    }

    private RedisServer redis(String name) {
        return RedisServer.start(directory.resolve(name), FreePort.find(), "--save", "");
    }

    private static Connection connect(MariaDbServer server, String database) throws SQLException {
        return DriverManager.getConnection(server.jdbcUrl(database), MariaDbServer.USER, MariaDbServer.PASSWORD);
    }

    private static JettyHome jetty(String name, Map<String, String> settings, String jvmOptions) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("NODE_NAME", name);
        if (!jvmOptions.isEmpty()) {
            all.put("JAVA_TOOL_OPTIONS", jvmOptions);
        }
        return BenchNode.start(name, BuildDirectory.path().resolve("hooklatch.war"), all);
    }

    /** Events that were done long ago, whose bodies are purged, under ids as Stripe's; the keys are built afterwards. */
    private static void fill(MariaDbServer server, String database, Connection connection, int rows)
            throws SQLException {
        new Schema(
                        ConnectionPool.unpooled(server.jdbcUrl(database), MariaDbServer.USER, MariaDbServer.PASSWORD),
                        Schema.Mode.MIGRATE)
                .apply();
        long begun = System.nanoTime();
        List<String> drop = new ArrayList<>();
        List<String> add = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            try (ResultSet index = statement.executeQuery(
                    "SELECT INDEX_NAME, MAX(NON_UNIQUE), GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX)"
                            + " FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()"
                            + " AND TABLE_NAME = 'webhook_events' AND INDEX_NAME <> 'PRIMARY' GROUP BY INDEX_NAME")) {
                while (index.next()) {
                    drop.add("DROP INDEX " + index.getString(1));
                    add.add("ADD " + (index.getInt(2) == 0 ? "UNIQUE " : "") + "INDEX " + index.getString(1) + " ("
                            + index.getString(3) + ")");
                }
            }
            statement.execute("ALTER TABLE webhook_events " + String.join(", ", drop));
            for (int done = 0; done < rows; done += ROWS_OF_A_TRANSACTION) {
                int last = Math.min(rows, done + ROWS_OF_A_TRANSACTION);
                statement.execute(
                        "INSERT INTO webhook_events (provider, event_id, event_type, status, result, attempts,"
                                + " order_id, payment_id, payload, payload_sha256, received_at, processed_at)"
                                + " SELECT 'stripe', CONCAT('evt_1', LEFT(SHA1(seq), 23)), 'payment_intent.succeeded',"
                                + " 'processed', CONCAT('{\"action\":\"payment_success\",\"order_id\":', seq,"
                                + " ',\"payment_id\":\"pi_3', LEFT(SHA1(-seq), 23),"
                                + " '\",\"amount\":49.99,\"currency\":\"USD\",\"changed\":true}'), 1, seq,"
                                + " CONCAT('pi_3', LEFT(SHA1(-seq), 23)), NULL, UNHEX(SHA2(seq, 256)),"
                                + " UTC_TIMESTAMP(6) - INTERVAL 40 DAY + INTERVAL seq MICROSECOND,"
                                + " UTC_TIMESTAMP(6) - INTERVAL 40 DAY + INTERVAL seq MICROSECOND FROM seq_"
                                + (done + 1)
                                + "_to_" + last);
            }
            statement.execute("ALTER TABLE webhook_events " + String.join(", ", add));
            statement.execute("ANALYZE TABLE webhook_events");
            try (ResultSet count = statement.executeQuery("SELECT COUNT(*) FROM webhook_events")) {
                count.next();
                System.out.printf(
                        Locale.ROOT,
                        "%s: %,d events in %.0f s%n",
                        database,
                        count.getInt(1),
                        (System.nanoTime() - begun) / 1e9);
            }
        }
    }

    /** Payments of other orders that were given back, and disputed, long ago; added while the nodes work. */
    private static void fillFacts(String database, Connection connection, int rows) throws SQLException {
        long begun = System.nanoTime();
        String paid = "'stripe', CONCAT('pi_3', LEFT(SHA1(-seq), 23)), seq, ";
        try (Statement statement = connection.createStatement()) {
            for (int done = 0; done < rows; done += ROWS_OF_A_TRANSACTION) {
                String from = " FROM seq_" + (done + 1) + "_to_" + Math.min(rows, done + ROWS_OF_A_TRANSACTION);
                statement.execute(
                        "INSERT INTO payments (provider, payment_id, order_id, status, amount_minor, currency, amount)"
                                + " SELECT " + paid + "'completed', 4999, 'USD', 49.99" + from);
                statement.execute(
                        "INSERT INTO refunds (provider, payment_id, order_id, refund_id, status, amount_minor,"
                                + " announced_minor, currency, amount) SELECT " + paid
                                + "CONCAT('re_3', LEFT(SHA1(-seq), 23)), 'succeeded', 4999, 4999, 'USD', 49.99" + from);
                statement.execute("INSERT INTO disputes (provider, payment_id, order_id, dispute_id, status, outcome,"
                        + " amount_minor, currency, amount) SELECT " + paid
                        + "CONCAT('du_3', LEFT(SHA1(-seq), 23)), 'closed', 'won', 4999, 'USD', 49.99" + from);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%s: %,d payments, refunds and disputes in %.0f s%n",
                database,
                rows,
                (System.nanoTime() - begun) / 1e9);
    }

    /** Results of that size and under such keys as a node's. */
    private static void fill(RedisServer server, int keys) {
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        String url = server.url(0);
        config.useSingleServer()
                .setAddress(url.substring(0, url.lastIndexOf('/')))
                .setTimeout(30_000);
        RedissonClient client = Redisson.create(config);
        try {
            for (int done = 0; done < keys; done += KEYS_OF_A_SCRIPT) {
                client.getScript(StringCodec.INSTANCE)
                        .eval(
                                RScript.Mode.READ_WRITE,
                                "for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do"
                                        + " redis.call('psetex', 'webhook:result:stripe:evt_1' .. redis.sha1hex(i),"
                                        + " 604800000, string.rep('r', 420)) end return 1",
                                RScript.ReturnType.LONG,
                                List.of(),
                                Integer.toString(done + 1),
                                Integer.toString(Math.min(keys, done + KEYS_OF_A_SCRIPT)));
            }
            System.out.printf(Locale.ROOT, "Redis: %,d keys%n", client.getKeys().count());
        } finally {
            client.shutdown();
        }
    }

    private static long status(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT VARIABLE_VALUE FROM"
                        + " information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = '" + name + "'")) {
            row.next();
            return row.getLong(1);
        }
    }
}
