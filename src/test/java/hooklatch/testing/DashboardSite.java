package hooklatch.testing;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;

/**
 * The whole web application with its pages, on a database of its own, with an admin; as many nodes on it as a test wants.
 */
public final class DashboardSite implements AutoCloseable {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    public static final String ADMIN = "ada";
    /** Never a real one: what the admin of the tests signs in with. */
    public static final String PASSWORD = "correct horse battery";

    public static final String TOKEN = "token-of-the-dashboard-tests";
    public static final String STRIPE_SECRET = "whsec_dashboard";

    private final String databaseUrl;
    private final Map<String, String> config;
    private final String contextPath;
    private final int threads;
    private final List<TestJetty> nodes = new ArrayList<>();

    private DashboardSite(String databaseUrl, Map<String, String> config, String contextPath, int threads) {
        this.threads = threads;
        this.databaseUrl = databaseUrl;
        this.config = config;
        this.contextPath = contextPath;
    }

    /** One node at the root. */
    public static DashboardSite open() throws Exception {
        return open("/", Map.of());
    }

    /**
     * One node.
     *
     * @param contextPath for example {@code /hooklatch}
     * @param more settings beside, or instead of, the usual ones
     */
    public static DashboardSite open(String contextPath, Map<String, String> more) throws Exception {
        return open(contextPath, more, TestJetty.THREADS);
    }

    /** The same with more threads in the container. */
    public static DashboardSite open(String contextPath, Map<String, String> more, int threads) throws Exception {
        TestServers servers = TestServers.get();
        String databaseUrl = servers.newDatabase();
        Map<String, String> config = new HashMap<>(Map.of(
                "DB_URL", databaseUrl,
                "DB_USER", servers.user(),
                "DB_PASSWORD", servers.password(),
                "DB_POOL_SIZE", "4",
                "REDIS_URL", servers.newRedisUrl(),
                "STRIPE_WEBHOOK_SECRET", STRIPE_SECRET,
                "API_TOKEN", TOKEN,
                "DASHBOARD_ADMIN_USER", ADMIN,
                "DASHBOARD_ADMIN_PASSWORD", PASSWORD));
        config.putAll(more);
        DashboardSite site = new DashboardSite(databaseUrl, config, contextPath, threads);
        site.addNode();
        return site;
    }

    /** Another node on the same MySQL and Redis; returns its number. */
    public int addNode() throws Exception {
        nodes.add(TestJetty.runningWebApp(config, contextPath, threads));
        Awaitility.await("an admin")
                .until(() -> !query("SELECT COUNT(*) FROM dashboard_users").equals("0"));
        return nodes.size() - 1;
    }

    /** Stops a node and starts another in its place, on another port. */
    public void restart(int node) throws Exception {
        nodes.get(node).close();
        nodes.set(node, TestJetty.runningWebApp(config, contextPath, threads));
    }

    /** What the nodes are configured with. */
    public Map<String, String> settings() {
        return Map.copyOf(config);
    }

    /** The paths that servlets answer, as they are registered. */
    public Set<String> mappings() {
        return nodes.get(0).mappings();
    }

    public URI uri(int node) {
        return nodes.get(node).uri(contextPath.equals("/") ? "/" : contextPath + "/");
    }

    public URI uri() {
        return uri(0);
    }

    /** A browser without a sign-in, at the first node. */
    public Browser browser() {
        return new Browser(this::uri);
    }

    /** A browser in which the admin has signed in. */
    public Browser admin() throws Exception {
        return signedIn(ADMIN, PASSWORD);
    }

    /** A browser in which somebody has signed in. */
    public Browser signedIn(String user, String password) throws Exception {
        Browser browser = browser();
        Browser.Page answer = browser.signIn(user, password);
        if (answer.status() != 303) {
            throw new AssertionError(user + " could not sign in: " + answer.status() + " " + answer.body());
        }
        return browser;
    }

    /** Delivers a body as Stripe does, signed with the secret; returns the status of the answer. */
    public int deliver(String body, String secret) throws IOException, InterruptedException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri().resolve("webhooks/stripe"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(bytes));
        Signer.stripe(secret, bytes, Instant.now()).forEach(request::header);
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    public void execute(String sql) throws SQLException {
        try (Connection connection = connection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** First column of the first row. */
    public String query(String sql) throws SQLException {
        try (Connection connection = connection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }

    /** Another connection to the database of the nodes; the caller closes it. */
    public Connection connection() throws SQLException {
        return DriverManager.getConnection(
                databaseUrl, TestServers.get().user(), TestServers.get().password());
    }

    @Override
    public void close() {
        nodes.forEach(TestJetty::close);
    }
}
