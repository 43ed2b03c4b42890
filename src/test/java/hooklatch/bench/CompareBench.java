package hooklatch.bench;

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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * What a change of the code or of a setting is worth: two nodes or more on one MariaDB and one Redis, which take turns of a
 * second or two, case by case, so that a slow moment of the machine meets all of them. The first is the WAR of this build as
 * it is. Medians; what each rate is of the first node's is taken round by round.
 *
 * <pre>
 * mvn -q package -DskipTests dependency:unpack@unpack-containers exec:java@bench-compare -Dbench="10 JAVA_TOOL_OPTIONS=-XX:+UseParallelGC"
 * mvn -q package -DskipTests dependency:unpack@unpack-containers exec:java@bench-compare -Dbench="10 /path/of/another.war"
 * </pre>
 *
 * <p>Arguments: how many rounds; then, for each further node, settings separated by commas, {@code *.war} among them for
 * another WAR. {@code only:} and a pattern names the cases.
 */
public final class CompareBench {
    private static final String FIRST = "as it is";
    private static final String TOKEN = "token-of-the-bench-0123456789abcdef";
    private static final int WARM_UP = 40_000;
    private static final int FRESH = 2_000;
    private static final int ALONE = 500;
    private static final int AGAIN = 20_000;
    private static final int RESENT = 1_000;
    private static final List<String> COLUMNS =
            List.of("a second", "median ms", "p99 ms", "JVM µs", "MariaDB µs", "Redis µs", "load µs");

    private final MariaDbServer mariaDb;
    private final RedisServer redis;
    private final FreshEvents events;
    private final Pattern only;
    private final Map<String, SortedMap<String, List<double[]>>> results = new LinkedHashMap<>();

    private record Node(String name, JettyHome jetty) {
        int port() {
            return jetty.application().getPort();
        }
    }

    private CompareBench(MariaDbServer mariaDb, RedisServer redis, Connection connection, Pattern only) {
        this.mariaDb = mariaDb;
        this.redis = redis;
        this.events = new FreshEvents(connection, BenchNode.SECRET);
        this.only = only;
    }

    /**
     * Measures and prints.
     *
     * @param arguments as above
     */
    public static void main(String[] arguments) throws Exception {
        Path directory = BuildDirectory.path().resolve("bench").resolve("compare");
        MariaDbServer.stopEarlier(directory.resolve("mariadb"));
        RedisServer.stopEarlier(directory.resolve("redis"));
        Directories.delete(directory);
        Files.createDirectories(directory);
        List<Node> nodes = new ArrayList<>();
        try (MariaDbServer mariaDb = MariaDbServer.start(directory.resolve("mariadb"), FreePort.find(), "shop");
                RedisServer redis = RedisServer.start(directory.resolve("redis"), FreePort.find(), "--save", "");
                Connection shop = DriverManager.getConnection(
                        mariaDb.jdbcUrl("shop"), MariaDbServer.USER, MariaDbServer.PASSWORD)) {
            try {
                Pattern only = Pattern.compile("");
                nodes.add(node(FIRST, mariaDb, redis, nodes.size()));
                for (String argument : List.of(arguments).subList(1, arguments.length)) {
                    if (argument.startsWith("only:")) {
                        only = Pattern.compile(argument.substring("only:".length()));
                    } else {
                        nodes.add(node(argument, mariaDb, redis, nodes.size()));
                    }
                }
                CompareBench bench = new CompareBench(mariaDb, redis, shop, only);
                try {
                    bench.compare(nodes, Integer.parseInt(arguments[0]));
                } finally {
                    bench.report();
                }
            } finally {
                for (Node node : nodes) {
                    node.jetty().close();
                }
            }
        }
        System.exit(0);
    }

    private static Node node(String how, MariaDbServer mariaDb, RedisServer redis, int number) {
        Map<String, String> settings = new HashMap<>(BenchNode.settings(mariaDb, "shop", redis));
        settings.put("NODE_NAME", "node-" + number);
        settings.put("API_TOKEN", TOKEN);
        Path war = BuildDirectory.path().resolve("hooklatch.war");
        if (number > 0) {
            for (String setting : List.of(how.split(",", -1))) {
                int equals = setting.indexOf('=');
                if (setting.endsWith(".war")) {
                    war = Path.of(setting);
                } else {
                    settings.put(setting.substring(0, equals), setting.substring(equals + 1));
                }
            }
        }
        return new Node(how, BenchNode.start("compare-" + number, war, settings));
    }

    private void compare(List<Node> nodes, int rounds) throws Exception {
        for (Node node : nodes) {
            BenchNode.warmUp(node.port(), events, WARM_UP);
        }
        for (int round = 0; round < rounds; round++) {
            inTurn(nodes, round, "fresh, 64", (node, name) -> fresh(node, name, 64, FRESH));
            inTurn(nodes, round, "fresh, 16", (node, name) -> fresh(node, name, 16, FRESH));
            inTurn(nodes, round, "fresh, alone", (node, name) -> fresh(node, name, 1, ALONE));
            inTurn(nodes, round, "duplicates, 64", this::duplicates);
            inTurn(nodes, round, "status, 64", this::status);
        }
    }

    /** What one node does of a case when it is its turn. */
    @FunctionalInterface
    private interface Turn {
        void of(Node node, String name) throws Exception;
    }

    /** One right after the other; each is the first as often as the others. */
    private void inTurn(List<Node> nodes, int round, String name, Turn turn) throws Exception {
        if (only.matcher(name).find()) {
            for (int i = 0; i < nodes.size(); i++) {
                turn.of(nodes.get((round + i) % nodes.size()), name);
            }
        }
    }

    private void fresh(Node node, String name, int threads, int count) throws Exception {
        byte[][] sent = events.requests(count);
        measured(node, name, threads, count, i -> sent[i]);
    }

    private void duplicates(Node node, String name) throws Exception {
        byte[][] resent = events.again(RESENT);
        Load.run(16, RESENT, Load.http(node.port(), i -> resent[i]));
        measured(node, name, 64, AGAIN, i -> resent[i % resent.length]);
    }

    private void status(Node node, String name) throws Exception {
        byte[] asked = FreshEvents.get(
                "/webhooks/status/" + FreshEvents.id("evt_", 0) + "?provider=stripe", "Authorization: Bearer " + TOKEN);
        Load.run(16, RESENT, Load.http(node.port(), i -> asked));
        measured(node, name, 64, AGAIN, i -> asked);
    }

    private void measured(Node node, String name, int threads, int count, IntFunction<byte[]> requests)
            throws Exception {
        double[] before = cpu(node);
        Load.Measured measured = Load.run(threads, count, Load.http(node.port(), requests));
        double[] after = cpu(node);
        double[] result = new double[COLUMNS.size()];
        result[0] = count / measured.seconds();
        result[1] = measured.millis(0.5);
        result[2] = measured.millis(0.99);
        for (int i = 0; i < after.length; i++) {
            result[3 + i] = (after[i] - before[i]) / count;
        }
        results.computeIfAbsent(name, key -> new TreeMap<>())
                .computeIfAbsent(node.name(), key -> new ArrayList<>())
                .add(result);
    }

    /** Microseconds until now of the node, MariaDB, Redis, this process. */
    private double[] cpu(Node node) {
        ProcessHandle[] processes = {
            ProcessHandle.of(node.jetty().pid()).orElseThrow(),
            mariaDb.process(),
            redis.process(),
            ProcessHandle.current()
        };
        return Arrays.stream(processes)
                .mapToDouble(process ->
                        process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e3)
                .toArray();
    }

    private void report() {
        System.out.println("| case | node | of the first | " + String.join(" | ", COLUMNS) + " |");
        System.out.println("|---|---|" + "---:|".repeat(1 + COLUMNS.size()));
        results.forEach((name, nodes) -> nodes.forEach((node, turns) -> {
            StringBuilder line = new StringBuilder("| " + name + " | " + node + " |");
            List<double[]> firsts = nodes.getOrDefault(FIRST, List.of());
            double[] ratios = IntStream.range(0, Math.min(turns.size(), firsts.size()))
                    .mapToDouble(round -> turns.get(round)[0] / firsts.get(round)[0])
                    .toArray();
            line.append(String.format(Locale.ROOT, " %.3f |", Load.median(ratios)));
            for (int column = 0; column < COLUMNS.size(); column++) {
                int of = column;
                line.append(String.format(
                        Locale.ROOT,
                        column == 1 || column == 2 ? " %,.2f |" : " %,.0f |",
                        Load.median(turns.stream().mapToDouble(turn -> turn[of]).toArray())));
            }
            System.out.println(line);
        }));
    }
}
