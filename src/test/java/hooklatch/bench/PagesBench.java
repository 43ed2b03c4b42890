package hooklatch.bench;

import hooklatch.dao.AuditDao;
import hooklatch.dao.ConnectionPool;
import hooklatch.dao.Database;
import hooklatch.dao.RejectionDao;
import hooklatch.dao.Schema;
import hooklatch.domain.EventKey;
import hooklatch.service.Audit;
import hooklatch.service.AuditQuery;
import hooklatch.service.OrderHistories;
import hooklatch.service.OverviewQuery;
import hooklatch.service.RejectionQuery;
import hooklatch.service.events.EventDetails;
import hooklatch.service.events.EventFilter;
import hooklatch.service.events.EventSearch;
import hooklatch.service.events.EventTimeline;
import hooklatch.service.replay.Failures;
import hooklatch.testing.Browser;
import hooklatch.testing.BuildDirectory;
import hooklatch.testing.Explained;
import hooklatch.testing.FreePort;
import hooklatch.testing.LockNode;
import hooklatch.testing.ManyEvents;
import hooklatch.testing.MariaDbServer;
import hooklatch.testing.Shop;
import hooklatch.testing.TestJetty;
import hooklatch.testing.TestServers;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
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
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/**
 * How fast the pages answer over a large shop: the whole application on a Jetty, a MariaDB with its default settings,
 * 1,000,000 events and 5,000,000 deliveries unless told otherwise, fifty locks held by another node, one request after the
 * other. For each page the medians of its first byte and of the whole of it, the rows that its queries read, the indexes
 * they used, and whether any of them reads a whole table or sorts one.
 *
 * <p>The data stays under {@code target/bench}: the next run takes it as it is.
 *
 * <pre>mvn -q test-compile exec:java@bench-pages -Dbench="1000000 5000000"</pre>
 */
public final class PagesBench {
    private static final int WARM_UP_ROUNDS = 25;
    private static final int WARM_UP = 8;
    private static final int RUNS = 41;
    private static final int LOCKS = 50;
    private static final String ADMIN = "bench";
    private static final String PASSWORD = "a long enough password";
    private static final String DATABASE = "bench";
    private static final Set<String> PROVIDERS = Set.of("stripe", "razorpay", "standard");

    private PagesBench() {}

    /**
     * A page and what it asks of MySQL.
     *
     * @param queries asks its services the same, of a database that explains
     */
    private record Page(String name, String path, Consumer<Database> queries) {}

    /**
     * Measures and prints.
     *
     * @param arguments number of events, number of deliveries
     */
    public static void main(String[] arguments) throws Exception {
        int events = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        int deliveries = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5_000_000;
        Path directory = BuildDirectory.path().resolve("bench").resolve(events + "-" + deliveries);
        MariaDbServer.stopEarlier(directory);
        try (MariaDbServer server = MariaDbServer.start(directory, FreePort.find(), DATABASE)) {
            String url = server.jdbcUrl(DATABASE);
            ManyEvents data = load(url, events, deliveries);
            String redisUrl = TestServers.get().newRedisUrl();
            Map<String, String> config = new HashMap<>(Map.of(
                    "DB_URL",
                    url,
                    "DB_USER",
                    MariaDbServer.USER,
                    "DB_PASSWORD",
                    MariaDbServer.PASSWORD,
                    "REDIS_URL",
                    redisUrl,
                    "STRIPE_WEBHOOK_SECRET",
                    "whsec_bench",
                    "DASHBOARD_ADMIN_USER",
                    ADMIN,
                    "DASHBOARD_ADMIN_PASSWORD",
                    PASSWORD));
            RedissonClient redisson = redisson(redisUrl);
            try (TestJetty jetty = TestJetty.runningWebApp(config, "/");
                    LockNode node = new LockNode(redisson, "bench-node", Duration.ofMinutes(30))) {
                for (int i = 0; i < LOCKS; i++) {
                    node.locks()
                            .acquire(
                                    new EventKey("stripe", ManyEvents.eventId(i * ManyEvents.BLOCK + 1)),
                                    Duration.ZERO);
                }
                Browser browser = new Browser(() -> jetty.uri("/"));
                Awaitility.await("the first admin")
                        .until(() -> browser.signIn(ADMIN, PASSWORD).status() == 303);
                // A lock is listed when it is held for more than a second.
                Awaitility.await("all locks are listed")
                        .until(() -> browser.get("/dashboard/locks.json").body().split("\"event_id\"", -1).length
                                == LOCKS + 1);
                measure(url, jetty.uri("/"), browser, pages(data, events));
            } finally {
                redisson.shutdown();
            }
        }
        System.exit(0);
    }

    private static RedissonClient redisson(String url) {
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        int slash = url.lastIndexOf('/');
        config.useSingleServer()
                .setAddress(url.substring(0, slash))
                .setDatabase(Integer.parseInt(url.substring(slash + 1)));
        return Redisson.create(config);
    }

    private static ManyEvents load(String url, int events, int deliveries) throws SQLException {
        new Schema(ConnectionPool.unpooled(url, MariaDbServer.USER, MariaDbServer.PASSWORD), Schema.Mode.MIGRATE)
                .apply();
        ManyEvents data =
                new ManyEvents(events, deliveries, Instant.now().truncatedTo(ChronoUnit.MILLIS), Duration.ofDays(60));
        long begun = System.nanoTime();
        try (Connection connection = DriverManager.getConnection(url, MariaDbServer.USER, MariaDbServer.PASSWORD)) {
            if (isEmpty(connection)) {
                data.load(
                        connection,
                        text -> System.out.printf(
                                Locale.ROOT, "%s after %.0f s%n", text, (System.nanoTime() - begun) / 1e9));
            }
        }
        return data;
    }

    private static boolean isEmpty(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT 1 FROM webhook_events LIMIT 1")) {
            return !row.next();
        }
    }

    private static List<Page> pages(ManyEvents data, int events) {
        long order = events / BLOCK_OF_MIDDLE * 3L + 2;
        List<Page> pages = new ArrayList<>();
        pages.add(list("list, 7 days", ""));
        pages.add(list("list, all time", "?range=all"));
        pages.add(list("list, last page", "?range=all&cursor=l0.0"));
        pages.add(list("list, one hour", "?range=hour"));
        pages.add(list("event id", "?q=" + ManyEvents.eventId(events / 2 + 4)));
        pages.add(list("payment id", "?q=" + ManyEvents.paymentId(order)));
        pages.add(list("refund id", "?q=" + ManyEvents.refundId(order)));
        pages.add(list("order id", "?q=" + order));
        pages.add(list("unknown id", "?q=evt_nothing"));
        pages.add(list("failed, all time", "?status=failed&range=all"));
        pages.add(list("dead-lettered, all time", "?status=dead_lettered&range=all"));
        pages.add(list("processed, all time", "?status=processed&range=all"));
        pages.add(list("provider razorpay", "?provider=razorpay&range=all"));
        pages.add(list("rare provider, 7 days", "?provider=standard"));
        pages.add(list("rare provider, all time", "?provider=standard&range=all"));
        pages.add(list("type", "?type=charge.refunded&range=all"));
        pages.add(list("type:refund (two types)", "?type=refund&range=all"));
        pages.add(list("rare type", "?type=radar.early_fraud_warning.created&range=all"));
        pages.add(list("type and status", "?type=payment_intent.succeeded&status=failed&range=all"));
        pages.add(list("type, status, provider", "?type=payment_intent&status=processed&provider=stripe&range=all"));
        pages.add(list("nothing can match", "?type=charge.refunded&status=failed&range=all"));
        pages.add(list("duplicates", "?view=duplicates&range=all"));
        String known = ManyEvents.eventId(events / 2 + 4);
        String storm = data.stormEventId();
        pages.add(detail("detail", known, null));
        pages.add(detail("detail, storm", storm, null));
        pages.add(detail("detail, storm, last", storm, EventTimeline.LAST));
        pages.add(
                new Page("order", "orders/" + order, database -> new OrderHistories(database, PROVIDERS).find(order)));
        pages.add(new Page("failures", "failures", database -> new Failures(database).overview()));
        pages.add(
                new Page("overview", "overview", database -> new OverviewQuery(database, Clock.systemUTC()).waiting()));
        pages.add(new Page("locks, " + LOCKS, "locks", database -> {}));
        pages.add(new Page("checks", "checks", database -> {}));
        pages.add(new Page(
                "rejected",
                "rejected",
                database -> new RejectionQuery(database, PROVIDERS)
                        .page(new RejectionDao.Filter(null, null, null, null), null)));
        pages.add(new Page(
                "audit",
                "audit",
                database ->
                        new AuditQuery(database).page(new AuditDao.Filter(null, null, null, null, null), null, 50)));
        return pages;
    }

    private static Page list(String name, String query) {
        return new Page(name, "events" + query, database -> {
            Map<String, String> parameters = new HashMap<>();
            for (String pair :
                    query.isEmpty() ? new String[0] : query.substring(1).split("&", -1)) {
                int equals = pair.indexOf('=');
                parameters.put(
                        pair.substring(0, equals),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
            Instant now = Instant.now();
            EventFilter filter = EventFilter.read(parameters::get, now);
            EventSearch search = new EventSearch(database, PROVIDERS);
            search.find(filter);
            search.views(filter.from(), now);
            search.types();
        });
    }

    private static Page detail(String name, String eventId, @Nullable String deliveries) {
        return new Page(
                name,
                "events/stripe/" + eventId + (deliveries == null ? "" : "?timeline=" + deliveries),
                database -> new EventDetails(database, new Audit("bench", Clock.systemUTC()), Shop.grantingLocks())
                        .find(new EventKey("stripe", eventId), deliveries));
    }

    private static final int BLOCK_OF_MIDDLE = ManyEvents.BLOCK * 2;

    private static void measure(String databaseUrl, URI root, Browser browser, List<Page> pages) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        String cookie = browser.cookies().entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining("; "));
        Explained explained = new Explained(databaseUrl);
        try (Database database = new Database(explained.dataSource())) {
            System.out.println("| page | first byte ms | whole ms | queries | rows read | indexes | scans, sorts |");
            System.out.println("|---|---:|---:|---:|---:|---|---|");
            warmUp(client, root, cookie, pages);
            for (Page page : pages) {
                HttpRequest request = request(root, cookie, page);
                double[] first = new double[RUNS];
                double[] whole = new double[RUNS];
                for (int run = -WARM_UP; run < RUNS; run++) {
                    long begun = System.nanoTime();
                    HttpResponse<java.io.InputStream> answer =
                            client.send(request, HttpResponse.BodyHandlers.ofInputStream());
                    try (var body = answer.body()) {
                        int any = body.read();
                        long firstByte = System.nanoTime();
                        body.transferTo(java.io.OutputStream.nullOutputStream());
                        if (answer.statusCode() != 200 || any < 0) {
                            throw new IllegalStateException(page.name() + ": " + answer.statusCode());
                        }
                        if (run >= 0) {
                            first[run] = (firstByte - begun) / 1e6;
                            whole[run] = (System.nanoTime() - begun) / 1e6;
                        }
                    }
                }
                System.out.printf(
                        Locale.ROOT,
                        "| %s | %.1f | %.1f | %s |%n",
                        page.name(),
                        Load.median(first),
                        Load.median(whole),
                        queries(explained, database, page));
            }
        }
    }

    private static HttpRequest request(URI root, String cookie, Page page) {
        return HttpRequest.newBuilder(root.resolve("/dashboard/" + page.path()))
                .header("Cookie", cookie)
                .build();
    }

    /** All pages in turn, so that the first of them does not pay for the compiler of the JVM. */
    private static void warmUp(HttpClient client, URI root, String cookie, List<Page> pages) throws Exception {
        for (int round = 0; round < WARM_UP_ROUNDS; round++) {
            for (Page page : pages) {
                client.send(request(root, cookie, page), HttpResponse.BodyHandlers.discarding());
            }
        }
    }

    /** The queries behind a page, asked for by its services. */
    private static String queries(Explained explained, Database database, Page page) {
        explained.take();
        page.queries().accept(database);
        List<Explained.Query> queries = explained.take();
        Set<String> indexes = new TreeSet<>();
        List<String> bad = new ArrayList<>();
        for (Explained.Query query : queries) {
            query.plan().stream()
                    .filter(step -> !step.key().equals("null"))
                    .forEach(step -> indexes.add(step.key()
                            .replace("ix_webhook_events_", "e.")
                            .replace("uk_webhook_events_", "e.")
                            .replace("ix_webhook_deliveries_", "d.")));
            query.bad().forEach(step -> bad.add(step.toString()));
        }
        return queries.size() + " | "
                + queries.stream().mapToLong(Explained.Query::rowsRead).sum() + " | " + String.join(", ", indexes)
                + " | " + (bad.isEmpty() ? "none" : bad);
    }
}
