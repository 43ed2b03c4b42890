package hooklatch.bench;

import hooklatch.dao.ConnectionPool;
import hooklatch.dao.Database;
import hooklatch.dao.Schema;
import hooklatch.domain.EventKey;
import hooklatch.service.Audit;
import hooklatch.service.events.EventDetails;
import hooklatch.service.events.EventFilter;
import hooklatch.service.events.EventSearch;
import hooklatch.testing.Browser;
import hooklatch.testing.Explained;
import hooklatch.testing.ManyEvents;
import hooklatch.testing.TestJetty;
import hooklatch.testing.TestServers;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * How fast the pages of events answer over a large shop: the whole application on a Jetty, a MariaDB with its default
 * settings, 1,000,000 events and 5,000,000 deliveries unless told otherwise, one request after the other. For each page the
 * medians of its first byte and of the whole of it, the rows that its queries read, the indexes they used, and whether
 * any of them reads a whole table or sorts one.
 *
 * <pre>mvn -q test-compile exec:java@bench-pages -Dbench="1000000 5000000"</pre>
 */
public final class EventPagesBench {
    private static final int WARM_UP_ROUNDS = 25;
    private static final int WARM_UP = 8;
    private static final int RUNS = 41;
    private static final String ADMIN = "bench";
    private static final String PASSWORD = "a long enough password";

    private EventPagesBench() {}

    /**
     * Measures and prints.
     *
     * @param arguments number of events, number of deliveries
     */
    public static void main(String[] arguments) throws Exception {
        int events = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        int deliveries = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5_000_000;
        TestServers servers = TestServers.get();
        String url = servers.newDatabase();
        new Schema(ConnectionPool.unpooled(url, servers.user(), servers.password()), Schema.Mode.MIGRATE).apply();
        ManyEvents data =
                new ManyEvents(events, deliveries, Instant.now().truncatedTo(ChronoUnit.MILLIS), Duration.ofDays(60));
        long begun = System.nanoTime();
        try (Connection connection = DriverManager.getConnection(url, servers.user(), servers.password())) {
            data.load(
                    connection,
                    text -> System.out.printf(
                            Locale.ROOT, "%s after %.0f s%n", text, (System.nanoTime() - begun) / 1e9));
        }
        Map<String, String> config = new HashMap<>(Map.of(
                "DB_URL",
                url,
                "DB_USER",
                servers.user(),
                "DB_PASSWORD",
                servers.password(),
                "REDIS_URL",
                servers.newRedisUrl(),
                "STRIPE_WEBHOOK_SECRET",
                "whsec_bench",
                "DASHBOARD_ADMIN_USER",
                ADMIN,
                "DASHBOARD_ADMIN_PASSWORD",
                PASSWORD));
        try (TestJetty jetty = TestJetty.runningWebApp(config, "/")) {
            Browser browser = new Browser(() -> jetty.uri("/"));
            while (browser.signIn(ADMIN, PASSWORD).status() != 303) {
                Thread.onSpinWait();
            }
            measure(url, jetty.uri("/"), browser, pages(data, events));
        }
        System.exit(0);
    }

    private static Map<String, String> pages(ManyEvents data, int events) {
        long order = events / BLOCK_OF_MIDDLE * 3L + 2;
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("list, 7 days", "");
        pages.put("list, all time", "?range=all");
        pages.put("list, last page", "?range=all&cursor=l0.0");
        pages.put("list, one hour", "?range=hour");
        pages.put("event id", "?q=" + ManyEvents.eventId(events / 2 + 4));
        pages.put("payment id", "?q=" + ManyEvents.paymentId(order));
        pages.put("refund id", "?q=" + ManyEvents.refundId(order));
        pages.put("order id", "?q=" + order);
        pages.put("unknown id", "?q=evt_nothing");
        pages.put("failed, all time", "?status=failed&range=all");
        pages.put("dead-lettered, all time", "?status=dead_lettered&range=all");
        pages.put("processed, all time", "?status=processed&range=all");
        pages.put("provider razorpay", "?provider=razorpay&range=all");
        pages.put("rare provider, 7 days", "?provider=standard");
        pages.put("rare provider, all time", "?provider=standard&range=all");
        pages.put("type", "?type=charge.refunded&range=all");
        pages.put("type:refund (two types)", "?type=refund&range=all");
        pages.put("rare type", "?type=radar.early_fraud_warning.created&range=all");
        pages.put("type and status", "?type=payment_intent.succeeded&status=failed&range=all");
        pages.put("type, status, provider", "?type=payment_intent&status=processed&provider=stripe&range=all");
        pages.put("nothing can match", "?type=charge.refunded&status=failed&range=all");
        pages.put("duplicates", "?view=duplicates&range=all");
        pages.put("detail", "/stripe/" + ManyEvents.eventId(events / 2 + 4));
        pages.put("detail, storm", "/stripe/" + data.stormEventId());
        pages.put("detail, storm, last", "/stripe/" + data.stormEventId() + "?deliveries=" + EventDetails.LAST);
        return pages;
    }

    private static final int BLOCK_OF_MIDDLE = ManyEvents.BLOCK * 2;

    private static void measure(String databaseUrl, URI root, Browser browser, Map<String, String> pages)
            throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        String cookie = browser.cookies().entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining("; "));
        Explained explained = new Explained(databaseUrl);
        try (Database database = new Database(explained.dataSource())) {
            System.out.println("| page | first byte ms | whole ms | queries | rows read | indexes | scans, sorts |");
            System.out.println("|---|---:|---:|---:|---:|---|---|");
            warmUp(client, root, cookie, pages);
            for (Map.Entry<String, String> page : pages.entrySet()) {
                HttpRequest request = HttpRequest.newBuilder(root.resolve("/dashboard/events" + page.getValue()))
                        .header("Cookie", cookie)
                        .build();
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
                            throw new IllegalStateException(page.getKey() + ": " + answer.statusCode());
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
                        page.getKey(),
                        median(first),
                        median(whole),
                        queries(explained, database, page.getValue()));
            }
        }
    }

    /** All pages in turn, so that the first of them does not pay for the compiler of the JVM. */
    private static void warmUp(HttpClient client, URI root, String cookie, Map<String, String> pages) throws Exception {
        for (int round = 0; round < WARM_UP_ROUNDS; round++) {
            for (String page : pages.values()) {
                client.send(
                        HttpRequest.newBuilder(root.resolve("/dashboard/events" + page))
                                .header("Cookie", cookie)
                                .build(),
                        HttpResponse.BodyHandlers.discarding());
            }
        }
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    /** The queries behind a page, asked for by its services. */
    private static String queries(Explained explained, Database database, String page) {
        explained.take();
        if (page.startsWith("/")) {
            String[] parts = page.substring(1).split("[/?=]", -1);
            new EventDetails(database, new Audit("bench", Clock.systemUTC()))
                    .find(new EventKey(parts[0], parts[1]), parts.length > 3 ? parts[3] : null);
        } else {
            Map<String, String> parameters = new HashMap<>();
            for (String pair :
                    page.isEmpty() ? new String[0] : page.substring(1).split("&", -1)) {
                int equals = pair.indexOf('=');
                parameters.put(
                        pair.substring(0, equals),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
            Instant now = Instant.now();
            EventFilter filter = EventFilter.read(parameters::get, now);
            EventSearch search = new EventSearch(database, Set.of("stripe", "razorpay", "standard"));
            search.find(filter);
            search.views(filter.from(), now);
            search.types();
        }
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
