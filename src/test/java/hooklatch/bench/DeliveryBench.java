package hooklatch.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.zaxxer.hikari.HikariDataSource;
import hooklatch.dao.ConnectionPool;
import hooklatch.dao.Database;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.Fact;
import hooklatch.domain.Json;
import hooklatch.domain.OrderRef;
import hooklatch.domain.Outcome;
import hooklatch.domain.Payload;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventHandlers;
import hooklatch.handler.PaymentHandler;
import hooklatch.service.EventProcessor;
import hooklatch.service.ProcessingMeters;
import hooklatch.service.RetryPolicy;
import hooklatch.testing.Browser;
import hooklatch.testing.BuildDirectory;
import hooklatch.testing.Directories;
import hooklatch.testing.Facts;
import hooklatch.testing.FreePort;
import hooklatch.testing.JettyHome;
import hooklatch.testing.MariaDbServer;
import hooklatch.testing.RedisServer;
import hooklatch.testing.Shop;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.awaitility.Awaitility;
import org.redisson.Redisson;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;
import org.redisson.api.redisnode.RedisNode;
import org.redisson.api.redisnode.RedisNodes;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/**
 * How fast deliveries are, beside what the database, the container and the lock allow: the packaged WAR in a Jetty of its
 * own process, a MariaDB with full durability and a Redis, the load from this process. Several short rounds, each with
 * every case, so that a slow moment of the machine meets all of them; medians over the rounds, and the spread, also of what
 * each rate is of its floor in the same round. Redis commands are
 * as Redis counts them: those inside of scripts too.
 *
 * <pre>mvn -Pbench verify</pre>
 */
public final class DeliveryBench {
    private static final String TOKEN = "token-of-the-bench";
    private static final String ADMIN = "bench";
    private static final String PASSWORD = "a password of the bench";
    private static final String DATABASE = "bench";
    private static final String EMPTY = "empty";
    private static final String EMPTY_SERVLET = "empty servlet, 64";
    private static final String ALONE = "fresh, 1";
    private static final String PLAIN_ALONE = "plain transaction, 1";
    private static final int POOL = 16;
    private static final int WARM_UP = 8_000;
    private static final int BATCH_OF_WARM_UP = 4_000;
    private static final int MOST_WARM_UP = 200_000;
    /** How much of the time the compilers of a warm JVM work. */
    private static final double QUIET = 0.05;
    /** Of the events that were sent, those that are sent again. */
    private static final int RESENT = 1_000;

    private static final int LEAD_IN = 5_000;
    /** More than twice the time for which the delivery log gathers what it writes. */
    private static final Duration AT_REST = Duration.ofMillis(120);

    private static final int OK = 200;
    private static final int STORMS = 20;
    private static final int PAGES = 30;
    private static final int STORM = 50;
    private static final List<Integer> PLAIN_CONCURRENCIES = List.of(4, 8, 16);

    private final int httpPort;
    private final String session;
    private final Map<String, ProcessHandle> processes;
    private final Connection counters;
    private final RedissonClient redis;
    private final HikariDataSource pool;
    private final StatementTape tape;
    private final double part;
    private final Pattern wanted;
    private final Map<String, List<Result>> results = new LinkedHashMap<>();
    private final FreshEvents events;

    /** Of one case in one round. */
    private record Result(
            double perSecond,
            double medianMillis,
            double p99Millis,
            Map<String, Double> cpuMicros,
            double questions,
            double commits,
            double redisCommands) {}

    private DeliveryBench(
            int httpPort,
            String session,
            Map<String, ProcessHandle> processes,
            Connection counters,
            RedissonClient redis,
            HikariDataSource pool,
            StatementTape tape,
            double part,
            Pattern wanted) {
        this.httpPort = httpPort;
        this.session = session;
        this.processes = processes;
        this.counters = counters;
        this.redis = redis;
        this.pool = pool;
        this.tape = tape;
        this.part = part;
        this.wanted = wanted;
        this.events = new FreshEvents(counters, BenchNode.SECRET);
    }

    /**
     * Measures, prints one table and writes it as JSON below {@code target/bench}.
     *
     * @param arguments how many rounds, three unless told otherwise; which part of the requests of each case is sent, 1
     *     unless told otherwise: for a look at the bench itself, not at the figures; a pattern that the names of the cases
     *     have: then only these are run; {@code jfr}, to have {@code target/bench/deliveries.jfr} tell what the JVM did
     *     meanwhile, which costs it something; settings of the node as {@code NAME=value}
     */
    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
        double part = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 1;
        Pattern wanted = Pattern.compile(arguments.length > 2 ? arguments[2] : "");
        Path directory = BuildDirectory.path().resolve("bench").resolve("deliveries");
        MariaDbServer.stopEarlier(directory.resolve("mariadb"));
        RedisServer.stopEarlier(directory.resolve("redis"));
        Directories.delete(directory);
        Files.createDirectories(directory);
        try (MariaDbServer mariaDb = MariaDbServer.start(directory.resolve("mariadb"), FreePort.find(), DATABASE);
                RedisServer redis = RedisServer.start(directory.resolve("redis"), FreePort.find(), "--save", "")) {
            String url = mariaDb.jdbcUrl(DATABASE);
            Map<String, String> settings = new LinkedHashMap<>(BenchNode.settings(mariaDb, DATABASE, redis));
            settings.put("API_TOKEN", TOKEN);
            settings.put("DASHBOARD_ADMIN_USER", ADMIN);
            settings.put("DASHBOARD_ADMIN_PASSWORD", PASSWORD);
            for (String more : arguments) {
                int equals = more.indexOf('=');
                if (equals > 0) {
                    settings.put(more.substring(0, equals), more.substring(equals + 1));
                }
            }
            try (JettyHome jetty = JettyHome.start(
                            "jetty-12",
                            BuildDirectory.path().resolve("hooklatch.war"),
                            settings,
                            Map.of(EMPTY, emptyWar(directory)));
                    Connection counters = DriverManager.getConnection(url, MariaDbServer.USER, MariaDbServer.PASSWORD);
                    HikariDataSource pool =
                            ConnectionPool.open(url, MariaDbServer.USER, MariaDbServer.PASSWORD, "plain", POOL)) {
                RedissonClient client = redisson(redis.url(0));
                try {
                    Map<String, ProcessHandle> processes = new LinkedHashMap<>();
                    processes.put("jvm", ProcessHandle.of(jetty.pid()).orElseThrow());
                    processes.put("mariadb", mariaDb.process());
                    processes.put("redis", redis.process());
                    processes.put("load", ProcessHandle.current());
                    largeRowNumbers(counters);
                    DeliveryBench bench = new DeliveryBench(
                            jetty.application().getPort(),
                            session(jetty),
                            processes,
                            counters,
                            client,
                            pool,
                            tape(url, counters),
                            part,
                            wanted);
                    boolean recorded = List.of(arguments).contains("jfr");
                    if (recorded) {
                        // What a recorder changes in classes is changed, and compiled again, before it matters.
                        record(jetty.pid(), directory.resolveSibling("warm-up.jfr"));
                    }
                    bench.warmUp();
                    if (recorded) {
                        record(jetty.pid(), directory.resolveSibling("deliveries.jfr"));
                    }
                    for (int round = 0; round < rounds; round++) {
                        bench.round();
                    }
                    bench.withoutTheIndexesOfThePages(rounds);
                    bench.report(rounds, directory.resolveSibling("deliveries.json"));
                } finally {
                    client.shutdown();
                }
            }
        }
        System.exit(0);
    }

    /** From now on until the process ends. */
    private static void record(long pid, Path file) throws Exception {
        Files.deleteIfExists(file);
        System.out.println(BenchNode.jcmd(pid, "JFR.start", "settings=profile", "dumponexit=true", "filename=" + file));
    }

    /** So that a tape knows a row's number from another number. */
    private static void largeRowNumbers(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            long number = 100 * StatementTape.LEAST_ROW;
            for (String table : List.of("webhook_events", "payments", "payment_refs", "refunds")) {
                if (!table.equals("payment_refs")) {
                    statement.execute("ALTER TABLE " + table + " AUTO_INCREMENT = " + number);
                }
                number += 100 * StatementTape.LEAST_ROW;
            }
        }
    }

    /** What the product sends for one event, taken down from the product. */
    private static StatementTape tape(String url, Connection connection) throws SQLException {
        FreshEvents.orders(connection, FreshEvents.FIRST_ORDER - 2, 2);
        StatementTape tape = new StatementTape();
        try (HikariDataSource pool = ConnectionPool.open(url, MariaDbServer.USER, MariaDbServer.PASSWORD, "tape", 1);
                Database database = new Database(tape.recording(pool))) {
            EventProcessor processor = new EventProcessor(
                    Shop.forgettingCache(),
                    Shop.grantingLocks(),
                    database,
                    (key, body) -> Optional.empty(),
                    new EventHandlers(List.of(new PaymentHandler())),
                    new RetryPolicy(8, Duration.ofHours(4)),
                    Duration.ofMillis(600),
                    Runnable::run,
                    Runnable::run,
                    Clock.systemUTC(),
                    new ProcessingMeters(new SimpleMeterRegistry()));
            byte[] body = FreshEvents.BODY.getBytes(UTF_8);
            WebhookEvent event = new WebhookEvent(
                    new EventKey("stripe", FreshEvents.EVENT),
                    "payment_intent.succeeded",
                    null,
                    new Payload(body),
                    Json.read(FreshEvents.BODY),
                    false,
                    new Fact.PaymentSucceeded(
                            FreshEvents.PAYMENT,
                            OrderRef.of(Long.toString(FreshEvents.FIRST_ORDER - 1)),
                            Facts.usd(4999),
                            List.of(FreshEvents.CHARGE)));
            Outcome outcome = processor.process(event, Deadline.in(Duration.ofSeconds(4)));
            if (!(outcome instanceof Outcome.Processed)) {
                throw new IllegalStateException("the event of the tape was not processed: " + outcome);
            }
        }
        return tape;
    }

    private static Path emptyWar(Path directory) throws IOException {
        String resource = EmptyServlet.class.getName().replace('.', '/') + ".class";
        Path war = directory.resolve(EMPTY + ".war");
        try (InputStream servlet = Objects.requireNonNull(
                        EmptyServlet.class.getClassLoader().getResourceAsStream(resource));
                ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(war))) {
            zip.putNextEntry(new ZipEntry("WEB-INF/classes/" + resource));
            servlet.transferTo(zip);
            zip.putNextEntry(new ZipEntry("WEB-INF/web.xml"));
            zip.write("""
                    <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
                      <absolute-ordering/>
                      <servlet>
                        <servlet-name>empty</servlet-name>
                        <servlet-class>%s</servlet-class>
                      </servlet>
                      <servlet-mapping><servlet-name>empty</servlet-name><url-pattern>/*</url-pattern></servlet-mapping>
                    </web-app>
                    """.formatted(EmptyServlet.class.getName()).getBytes(UTF_8));
        }
        return war;
    }

    private static RedissonClient redisson(String url) {
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.setNettyThreads(2);
        int slash = url.lastIndexOf('/');
        config.useSingleServer().setAddress(url.substring(0, slash)).setDatabase(0);
        return Redisson.create(config);
    }

    // ---- requests

    private static byte[] status(long number) {
        return FreshEvents.get(
                "/webhooks/status/" + FreshEvents.id("evt_", number) + "?provider=stripe",
                "Authorization: Bearer " + TOKEN);
    }

    private byte[] eventsPage() {
        return FreshEvents.get("/dashboard/events", "Cookie: " + session);
    }

    /** The cookie of somebody who is signed in. */
    private static String session(JettyHome jetty) throws Exception {
        Browser browser = new Browser(jetty::application);
        Awaitility.await("the first admin")
                .until(() -> browser.signIn(ADMIN, PASSWORD).status() == 303);
        return browser.cookies().entrySet().stream()
                .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                .collect(Collectors.joining("; "));
    }

    // ---- cases

    private void warmUp() throws Exception {
        int count = some(WARM_UP);
        byte[][] sent = events.requests(count);
        Load.run(64, count, Load.patientHttp(httpPort, i -> sent[i]));
        byte[][] resent = events.again(RESENT);
        Load.run(64, 6 * count, Load.patientHttp(httpPort, i -> resent[i % RESENT]));
        byte[] empty = empty();
        Load.run(64, 6 * count, Load.patientHttp(httpPort, i -> empty));
        byte[] status = status(RESENT);
        Load.run(64, 4 * count, Load.patientHttp(httpPort, i -> status));
        byte[] list = eventsPage();
        Load.run(4, 50, Load.patientHttp(httpPort, i -> list));
        plain(16, some(2_000));
        locks(16, some(5_000));
        warmUpUntilCompiled();
    }

    /**
     * The node's JVM needs tens of thousands of events until what they need is compiled, and on few cores its compilers take as
     * much CPU as they do. It is warm, and so is this one, which sends the plain statements, when the compilers have hardly
     * anything to do, twice in a row.
     */
    private void warmUpUntilCompiled() throws Exception {
        int quiet = 0;
        for (int sent = 0; quiet < 2 && sent < MOST_WARM_UP * part; ) {
            byte[][] batch = events.requests(some(BATCH_OF_WARM_UP));
            Duration node = compiledByTheNode();
            Load.Measured fresh = Load.run(64, batch.length, Load.patientHttp(httpPort, i -> batch[i]));
            double nodeBusy = share(compiledByTheNode().minus(node), fresh);
            Duration own = compiledHere();
            Load.Measured plain = plain(8, some(BATCH_OF_WARM_UP / 2));
            double ownBusy = share(compiledHere().minus(own), plain);
            quiet = Math.max(nodeBusy, ownBusy) < QUIET ? quiet + 1 : 0;
            sent += batch.length;
            System.out.printf(
                    Locale.ROOT,
                    "warming up: %,d more events, %,.0f a second; the compilers of the node worked %.0f %% of the time, of the load %.0f %%%n",
                    sent,
                    batch.length / fresh.seconds(),
                    100 * nodeBusy,
                    100 * ownBusy);
        }
        if (quiet < 2) {
            System.out.println("The compilers are still at work: the figures are those of JVMs that are not warm.");
        }
    }

    private static double share(Duration compiled, Load.Measured meanwhile) {
        return compiled.toNanos() / 1e9 / meanwhile.seconds();
    }

    private static Duration compiledHere() {
        return Duration.ofMillis(ManagementFactory.getCompilationMXBean().getTotalCompilationTime());
    }

    private Duration compiledByTheNode() throws Exception {
        long pid = Objects.requireNonNull(processes.get("jvm")).pid();
        Map<String, Double> counters = BenchNode.jcmd(pid, "PerfCounter.print")
                .lines()
                .filter(line -> line.startsWith("java.ci.totalTime=") || line.startsWith("sun.os.hrt.frequency="))
                .map(line -> line.split("=", 2))
                .collect(Collectors.toMap(counter -> counter[0], counter -> Double.parseDouble(counter[1])));
        double seconds = Objects.requireNonNull(counters.get("java.ci.totalTime"))
                / Objects.requireNonNull(counters.get("sun.os.hrt.frequency"));
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    private int some(int count) {
        return Math.max(RESENT, (int) (count * part));
    }

    /** Short, and what is compared comes one after the other: a machine that others use too is another one after a minute. */
    private void round() throws Exception {
        int alone = some(500);
        fresh(ALONE, 1, alone);
        measured(PLAIN_ALONE, alone, () -> plain(1, alone));
        fresh("fresh, 16", 16, some(1_500));
        int plain = some(1_500);
        for (int concurrency : PLAIN_CONCURRENCIES) {
            measured("plain transaction, " + concurrency, plain, () -> plain(concurrency, plain));
        }
        fresh("fresh, 64", 64, some(2_000));
        byte[][] resent = events.again(RESENT);
        duplicates(16, resent);
        byte[] empty = empty();
        http(EMPTY_SERVLET, 64, some(20_000), i -> empty);
        duplicates(64, resent);
        byte[] status = status(0);
        http("status, cached, 64", 64, some(15_000), i -> status);
        byte[][] mixed = events.requests(some(500));
        http("mix 80/20, 64", 64, mixed.length * 5, i -> i % 5 == 0 ? mixed[i / 5] : resent[i % RESENT]);
        storms();
        byte[] list = eventsPage();
        http("events page, 4", 4, PAGES, i -> list);
        int locks = some(5_000);
        measured("lock and unlock, 16", locks, () -> locks(16, locks));
    }

    /** What the pages cost a delivery: the same transactions once more, on a table of events that only has its keys. */
    private void withoutTheIndexesOfThePages(int rounds) throws Exception {
        try (Statement statement = counters.createStatement()) {
            for (String index : List.of("status", "event_type", "order_id", "payment_id", "error_cause")) {
                statement.execute("DROP INDEX ix_webhook_events_" + index + " ON webhook_events");
            }
        }
        int plain = some(1_500);
        for (int round = 0; round < rounds; round++) {
            measured("plain transaction, 16, no page indexes", plain, () -> plain(16, plain));
        }
    }

    private static byte[] empty() {
        return FreshEvents.post("/" + EMPTY + "/", Map.of(), FreshEvents.BODY.getBytes(UTF_8));
    }

    private void fresh(String name, int threads, int count) throws Exception {
        if (isWanted(name)) {
            byte[][] sent = events.requests(count);
            http(name, threads, count, i -> sent[i]);
        }
    }

    /** Each is noted in the log a moment later; what went before makes up for those that are noted after the end. */
    private void duplicates(int threads, byte[][] resent) throws Exception {
        String name = "duplicates, " + threads;
        if (isWanted(name)) {
            awaitRest();
            Load.run(threads, some(LEAD_IN), Load.http(httpPort, i -> resent[i % RESENT]));
            measuredAtOnce(
                    name,
                    some(15_000),
                    () -> Load.run(threads, some(15_000), Load.http(httpPort, i -> resent[i % RESENT])));
        }
    }

    /** Until nothing has been committed for a while: what a case leaves to the node's delivery log is not the next one's cost. */
    private void awaitRest() {
        AtomicLong last = new AtomicLong(-1);
        Awaitility.await("rest").pollDelay(Duration.ZERO).pollInterval(AT_REST).until(() -> {
            long now = commits();
            return last.getAndSet(now) == now;
        });
    }

    private long commits() throws SQLException {
        return Objects.requireNonNull(counts().get("COM_COMMIT"));
    }

    private boolean isWanted(String name) {
        return wanted.matcher(name).find();
    }

    private void http(String name, int threads, int requests, IntFunction<byte[]> bodies) throws Exception {
        measured(name, requests, () -> Load.run(threads, requests, Load.http(httpPort, bodies)));
    }

    /** The statements of an event and their COMMIT, and nothing else, on a pool like the product's. */
    private Load.Measured plain(int threads, int transactions) throws Exception {
        long first = events.orders(transactions);
        return Load.run(threads, transactions, () -> piece -> {
            long number = first + piece;
            try (Connection connection = pool.getConnection()) {
                tape.run(
                        connection,
                        Map.of(
                                FreshEvents.EVENT,
                                FreshEvents.id("evt_", number),
                                FreshEvents.PAYMENT,
                                FreshEvents.id("pi_", number),
                                FreshEvents.CHARGE,
                                FreshEvents.id("ch_", number),
                                Long.toString(FreshEvents.FIRST_ORDER - 1),
                                Long.toString(FreshEvents.FIRST_ORDER + number)));
            }
        });
    }

    private Load.Measured locks(int threads, int count) throws Exception {
        return Load.run(threads, count, () -> piece -> {
            RLock lock = redis.getLock("bench:lock:" + piece);
            if (!lock.tryLock(0, 30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("a free lock was not granted");
            }
            lock.unlock();
        });
    }

    /** Fifty identical deliveries at once, again and again: the time until all of them are answered. */
    private void storms() throws Exception {
        byte[][] sent = events.requests(STORMS);
        measured("storm of 50", STORMS * STORM, () -> {
            long[] nanos = new long[STORMS];
            CyclicBarrier start = new CyclicBarrier(STORM + 1);
            CyclicBarrier end = new CyclicBarrier(STORM + 1);
            Map<Integer, Integer> refused = new ConcurrentHashMap<>();
            Thread driver = new Thread(() -> drive(nanos, start, end), "storm");
            driver.start();
            long begun = System.nanoTime();
            Load.run(STORM, STORM, () -> new Load.Worker() {
                private final BenchConnection connection = new BenchConnection(httpPort);

                @Override
                public void run(int piece) throws Exception {
                    for (byte[] event : sent) {
                        start.await();
                        try {
                            int status = connection.exchange(event);
                            if (status != OK) {
                                refused.merge(status, 1, Integer::sum);
                            }
                        } finally {
                            // Whatever was answered: the others wait for all.
                            end.await();
                        }
                    }
                }

                @Override
                public void close() throws IOException {
                    connection.close();
                }
            });
            driver.join();
            if (!refused.isEmpty()) {
                throw new IllegalStateException("deliveries of a storm were answered " + refused);
            }
            double seconds = (System.nanoTime() - begun) / 1e9;
            return new Load.Measured(seconds, nanos);
        });
    }

    private static void drive(long[] nanos, CyclicBarrier start, CyclicBarrier end) {
        try {
            for (int i = 0; i < nanos.length; i++) {
                start.await();
                long begun = System.nanoTime();
                end.await();
                nanos[i] = System.nanoTime() - begun;
            }
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- measuring

    @FunctionalInterface
    private interface Work {
        Load.Measured run() throws Exception;
    }

    private void measured(String name, int pieces, Work work) throws Exception {
        if (isWanted(name)) {
            awaitRest();
            measuredAtOnce(name, pieces, work);
        }
    }

    private void measuredAtOnce(String name, int pieces, Work work) throws Exception {
        Map<String, Duration> cpuBefore = cpu();
        Map<String, Long> before = counts();
        Load.Measured measured = work.run();
        Map<String, Long> after = counts();
        Map<String, Double> cpuMicros = new LinkedHashMap<>();
        cpu().forEach((process, used) -> cpuMicros.put(
                process,
                used.minus(Objects.requireNonNull(cpuBefore.get(process))).toNanos() / 1e3 / pieces));
        results.computeIfAbsent(name, key -> new ArrayList<>())
                .add(new Result(
                        pieces / measured.seconds(),
                        measured.millis(0.5),
                        measured.millis(0.99),
                        cpuMicros,
                        perPiece("QUESTIONS", before, after, pieces),
                        perPiece("COM_COMMIT", before, after, pieces),
                        perPiece("redis", before, after, pieces)));
    }

    private static double perPiece(String counter, Map<String, Long> before, Map<String, Long> after, int pieces) {
        return (double) (Objects.requireNonNull(after.get(counter)) - Objects.requireNonNull(before.get(counter)))
                / pieces;
    }

    private Map<String, Duration> cpu() {
        Map<String, Duration> used = new LinkedHashMap<>();
        processes.forEach((name, process) ->
                used.put(name, process.info().totalCpuDuration().orElse(Duration.ZERO)));
        return used;
    }

    private Map<String, Long> counts() throws SQLException {
        Map<String, Long> counts = new TreeMap<>();
        try (Statement statement = counters.createStatement();
                ResultSet rows = statement.executeQuery("SELECT VARIABLE_NAME, VARIABLE_VALUE FROM"
                        + " information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME IN ('QUESTIONS', 'COM_COMMIT')")) {
            while (rows.next()) {
                counts.put(rows.getString(1), rows.getLong(2));
            }
        }
        counts.put(
                "redis",
                Long.valueOf(redis.getRedisNodes(RedisNodes.SINGLE)
                        .getInstance()
                        .info(RedisNode.InfoSection.STATS)
                        .get("total_commands_processed")));
        return counts;
    }

    // ---- report

    private double median(String name, ToDoubleFunction<Result> figure) {
        return Load.median(Objects.requireNonNull(results.get(name)).stream()
                .mapToDouble(figure)
                .toArray());
    }

    private static Optional<String> floorOf(String name, Optional<String> bestPlain) {
        if (name.equals(ALONE)) {
            return Optional.of(PLAIN_ALONE);
        }
        if (name.startsWith("fresh")) {
            return bestPlain;
        }
        return name.startsWith("duplicates") || name.startsWith("status")
                ? Optional.of(EMPTY_SERVLET)
                : Optional.empty();
    }

    /** What each round's rate is of its floor in the same round, sorted; empty for a case that has none. */
    private double[] ofFloor(String name, Optional<String> bestPlain) {
        List<Result> floors = floorOf(name, bestPlain).map(results::get).orElse(List.of());
        List<Result> rows = results.getOrDefault(name, List.of());
        return IntStream.range(0, Math.min(rows.size(), floors.size()))
                .mapToDouble(
                        round -> rows.get(round).perSecond() / floors.get(round).perSecond())
                .sorted()
                .toArray();
    }

    private void report(int rounds, Path json) throws IOException {
        Optional<String> bestPlain = PLAIN_CONCURRENCIES.stream()
                .map(concurrency -> "plain transaction, " + concurrency)
                .filter(results::containsKey)
                .max(Comparator.comparingDouble(name -> median(name, Result::perSecond)));
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode root = mapper.createObjectNode();
        root.put("at", Instant.now().toString());
        root.put("rounds", rounds);
        root.put("processors", Runtime.getRuntime().availableProcessors());
        root.put("statements_of_a_plain_transaction", tape.statements());
        ObjectNode cases = root.putObject("cases");
        System.out.printf(
                Locale.ROOT,
                "%n%d rounds on %d processors; medians (lowest–highest). A plain transaction has %d statements and a COMMIT.%n%n",
                rounds,
                Runtime.getRuntime().availableProcessors(),
                tape.statements());
        System.out.println(
                "| case | per second | median ms | p99 ms | of floor | CPU µs: JVM | MariaDB | Redis | load |"
                        + " SQL | commits | Redis commands |");
        System.out.println("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        results.forEach((name, rows) -> {
            double rate = median(name, Result::perSecond);
            double[] ofFloor = ofFloor(name, bestPlain);
            ObjectNode one = cases.putObject(name);
            one.put("per_second", rate);
            one.put(
                    "per_second_lowest",
                    rows.stream().mapToDouble(Result::perSecond).min().orElseThrow());
            one.put(
                    "per_second_highest",
                    rows.stream().mapToDouble(Result::perSecond).max().orElseThrow());
            one.put("median_ms", median(name, Result::medianMillis));
            one.put("p99_ms", median(name, Result::p99Millis));
            String shownOfFloor = "";
            if (ofFloor.length > 0) {
                one.put("of_floor", Load.median(ofFloor));
                one.put("of_floor_lowest", ofFloor[0]);
                one.put("of_floor_highest", ofFloor[ofFloor.length - 1]);
                shownOfFloor = String.format(
                        Locale.ROOT, "%.2f (%.2f–%.2f)", Load.median(ofFloor), ofFloor[0], ofFloor[ofFloor.length - 1]);
            }
            ObjectNode cpu = one.putObject("cpu_us");
            processes
                    .keySet()
                    .forEach(process -> cpu.put(
                            process,
                            median(
                                    name,
                                    row -> Objects.requireNonNull(
                                            row.cpuMicros().get(process)))));
            one.put("sql", median(name, Result::questions));
            one.put("commits", median(name, Result::commits));
            one.put("redis_commands", median(name, Result::redisCommands));
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %,.0f (%,.0f–%,.0f) | %.2f | %.2f | %s | %.0f | %.0f | %.0f | %.0f | %.2f | %.3f | %.2f |%n",
                    name,
                    rate,
                    one.get("per_second_lowest").asDouble(),
                    one.get("per_second_highest").asDouble(),
                    one.get("median_ms").asDouble(),
                    one.get("p99_ms").asDouble(),
                    shownOfFloor,
                    cpu.get("jvm").asDouble(),
                    cpu.get("mariadb").asDouble(),
                    cpu.get("redis").asDouble(),
                    cpu.get("load").asDouble(),
                    one.get("sql").asDouble(),
                    one.get("commits").asDouble(),
                    one.get("redis_commands").asDouble());
        });
        System.out.printf(
                Locale.ROOT,
                "%nFloors: the plain transaction alone for a fresh event alone, %s for the others, the empty servlet for duplicates and status; each round's figure of its own floor.%n",
                bestPlain.orElse("none"));
        Files.createDirectories(Objects.requireNonNull(json.getParent()));
        Files.write(json, mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(root));
        System.out.println("Written as JSON: " + json);
    }
}
