package hooklatch.chaos;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import hooklatch.dev.SampleProvider;
import hooklatch.testing.BuildDirectory;
import hooklatch.testing.Directories;
import hooklatch.testing.WarWithHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Two nodes of the packaged WAR on servers that somebody else started, and a provider that tells them of orders: what the
 * suites on clusters have in common. For one thread.
 */
final class Storm implements AutoCloseable {

    /** What the contract promises. A cluster must not need more, on a busy test machine neither. */
    static final Duration ANSWERED_WITHIN = Duration.ofMillis(4_500);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration ALL_ANSWERED_WITHIN = Duration.ofMinutes(2);
    private static final long FIRST_ORDER = 1_000;

    /** A connection past the product, to any server of the database. */
    @FunctionalInterface
    interface Source {
        Connection connect() throws SQLException;
    }

    /**
     * What one node is told beside what all are.
     *
     * @param mySqlPort of its database, which it reaches through a proxy
     */
    record Place(int mySqlPort, Map<String, String> settings) {}

    private final String name;
    private final Source database;
    private final Random random;
    private final List<Node> nodes = new CopyOnWriteArrayList<>();
    private final ProviderClient client;
    private final Stories stories;
    private final Set<ToldEvent> told = new HashSet<>();
    private final Instant begun = Instant.now();
    private final Thread atExit = new Thread(this::closeNodes, "stop the storm");
    private long nextOrder = FIRST_ORDER;

    /**
     * Starts the nodes, all at once, and returns when they are ready.
     *
     * @param name of the suite, and of its directory below {@code target}
     * @param seed that is said, and repeats what is told in which order
     */
    Storm(String name, long seed, List<Place> places, Source database) {
        this.name = name;
        this.database = database;
        random = new Random(seed);
        Path directory = BuildDirectory.path().resolve("chaos-" + name);
        Path war = directory.resolve("hooklatch.war");
        try {
            Directories.delete(directory);
            Files.createDirectories(directory);
            WarWithHandler.write(war, WitnessHandler.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(atExit);
        try {
            CompletableFuture.allOf(IntStream.range(0, places.size())
                            .mapToObj(i -> CompletableFuture.runAsync(
                                    () -> nodes.add(node(name + "-" + (i + 1), war, places.get(i), directory))))
                            .toArray(CompletableFuture[]::new))
                    .join();
            nodes.sort(Comparator.comparing(Node::name));
            sql(WitnessHandler.TABLE);
            client = new ProviderClient(nodes);
        } catch (RuntimeException e) {
            closeNodes();
            throw e;
        }
        stories = new Stories(random, InstantSource.system());
        say("seed " + seed + ", the nodes are ready");
    }

    private static Node node(String name, Path war, Place place, Path directory) {
        Map<String, String> settings = new HashMap<>(Cluster.settings());
        settings.putAll(place.settings());
        return Node.reachingRedisDirectly(name, war, settings, place.mySqlPort(), directory);
    }

    List<Node> nodes() {
        return nodes;
    }

    /**
     * Has new orders placed and told of, and returns at once.
     *
     * @param payments of each order; many of a few orders make transactions meet
     * @param within how long the deliveries are spread; those that fail are repeated later too
     */
    void tell(int orders, int payments, Duration within) throws SQLException {
        long first = nextOrder;
        nextOrder += orders;
        try (Connection connection = database.connect();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO orders (id, user_id, total_amount) VALUES (?, 7, 49.99)")) {
            for (long order = first; order < nextOrder; order++) {
                insert.setLong(1, order);
                insert.addBatch();
            }
            insert.executeBatch();
        }
        SampleProvider[] providers = SampleProvider.values();
        for (int payment = 0; payment < payments; payment++) {
            for (long order = first; order < nextOrder; order++) {
                for (ToldEvent event : stories.of(order, providers[(int) (order % providers.length)])) {
                    told.add(event);
                    Duration after = part(within);
                    client.tell(event, after, Duration.ZERO);
                    for (int copies = random.nextInt(4) == 0 ? 2 : 0; copies > 0; copies--) {
                        client.tell(event, random.nextBoolean() ? after : part(within), Duration.ZERO);
                    }
                }
            }
        }
    }

    private Duration part(Duration whole) {
        return Duration.ofNanos((long) (whole.toNanos() * random.nextDouble()));
    }

    int unanswered() {
        return client.unanswered();
    }

    /** How many deliveries were answered so far, with whatever status. */
    long answered() {
        return client.deliveries().stream()
                .filter(delivery -> delivery.status() != 0)
                .count();
    }

    /** Waits until so many deliveries more are answered: what is done next is done in the middle of it. */
    void awaitProgress(int deliveries) {
        long from = answered();
        await("the storm goes on").atMost(Duration.ofSeconds(30)).until(() -> answered() >= from + deliveries);
    }

    void awaitAllAnswered() {
        client.awaitAllAnswered(ALL_ANSWERED_WITHIN);
    }

    /** What the tables say, compared with what was told. */
    Verdict verdict() throws SQLException {
        try (Connection connection = database.connect()) {
            return Verdict.of(connection, told, client.deliveries());
        }
    }

    /** Answers that nothing explains. */
    List<String> surprises() {
        return client.surprises();
    }

    /** The longest time from the last byte of a body to the answer. */
    Duration slowest() {
        return client.deliveries().stream()
                .map(Delivery::took)
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    /** What the product itself finds wrong. */
    int violations() {
        try {
            return JSON.readTree(
                            nodes.get(0).get("dashboard/checks.json?run=now").body())
                    .path("violations")
                    .asInt(-1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    double meter(String meter) {
        return nodes.stream().mapToDouble(node -> node.meter(meter)).sum();
    }

    double meter(String meter, String label) {
        return nodes.stream().mapToDouble(node -> node.meter(meter, label)).sum();
    }

    void sql(String statement) {
        try (Connection connection = database.connect();
                Statement sql = connection.createStatement()) {
            sql.execute(statement);
        } catch (SQLException e) {
            throw new IllegalStateException(statement, e);
        }
    }

    /** How many deliveries were answered with which status; 0 = not at all. */
    Map<Integer, Long> statuses() {
        return statuses(delivery -> true);
    }

    /** The same of some of them. */
    Map<Integer, Long> statuses(Predicate<Delivery> which) {
        Map<Integer, Long> statuses = new TreeMap<>();
        client.deliveries().stream()
                .filter(which)
                .forEach(delivery -> statuses.merge(delivery.status(), 1L, Long::sum));
        return statuses;
    }

    /** One line on what has happened so far. */
    void report(String what) {
        say(String.format(
                Locale.ROOT,
                "%s: %d events, %d deliveries by status %s, slowest answer %d ms",
                what,
                told.size(),
                client.deliveries().size(),
                statuses(),
                slowest().toMillis()));
    }

    void say(String line) {
        System.out.println(name + ": " + Duration.between(begun, Instant.now()).toSeconds() + " s: " + line);
    }

    private void closeNodes() {
        nodes.forEach(Node::close);
    }

    @Override
    public void close() {
        client.close();
        closeNodes();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }
}
