package hooklatch.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.Deadline;
import hooklatch.testing.Browser;
import hooklatch.testing.BuildDirectory;
import hooklatch.testing.JettyHome;
import hooklatch.testing.LeakyListener;
import hooklatch.testing.Samples;
import hooklatch.testing.ServletContainer;
import hooklatch.testing.Signer;
import hooklatch.testing.TestServers;
import hooklatch.testing.Tomcat;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The packaged WAR in each container that it is made for, configured by environment variables alone. */
class DeploymentIT {

    private static final String SECRET = "whsec_of_the_deployment_test";
    private static final String TOKEN = "token-of-the-deployment-test";
    private static final String ADMIN = "ada";
    private static final String PASSWORD = "password-of-the-deployment-test";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final TestServers servers = TestServers.get();
    private final String database = servers.newDatabase();
    private final HttpClient http = HttpClient.newHttpClient();

    @ParameterizedTest
    @ValueSource(strings = {"tomcat-10", "tomcat-11"})
    void tomcatRunsTheWarAndStopsWithoutALeak(String name) throws Exception {
        try (Tomcat tomcat = Tomcat.start(name, war(), settings())) {
            assertThat(tomcat.application().getPath()).isEqualTo("/hooklatch/");
            receivesAnEventExactlyOnce(tomcat);
            tomcat.stop();
            assertThat(tomcat.complaints()).as("complaints of %s", name).isEmpty();
            loggedOneJsonObjectALineAndNoError(tomcat);
        }
    }

    /** What fails leaves more behind than what works: in the container's own threads, and in those that try again. */
    @ParameterizedTest
    @ValueSource(strings = {"tomcat-10", "tomcat-11"})
    void tomcatStopsTheWarWithoutALeakWhenRedisOrMySqlIsAway(String name) throws Exception {
        for (String away : List.of("REDIS_URL", "DB_URL")) {
            Map<String, String> settings = new HashMap<>(settings());
            settings.put(away, away.equals("DB_URL") ? "jdbc:mysql://127.0.0.1:1/shop" : "redis://127.0.0.1:1");
            try (Tomcat tomcat = Tomcat.start(name, war(), settings)) {
                await("the application is started")
                        .atMost(Duration.ofSeconds(60))
                        .failFast("the container ended", () -> !tomcat.isRunning())
                        .until(() -> get(tomcat, "health/live").statusCode() == 200);
                for (int i = 0; i < 8; i++) {
                    HttpResponse<String> answer = deliver(tomcat, SECRET, paymentOf(i + 1));
                    assertThat(answer.statusCode()).as(answer.body()).isIn(500, 503);
                }
                tomcat.stop();
                assertThat(tomcat.complaints())
                        .as("complaints of %s without %s", name, away)
                        .isEmpty();
            }
        }
    }

    /**
     * What an application leaves behind adds up with each of its deployments. One class loader may stay: the JDK before 18
     * keeps the type of the last record that was compared (JDK-8078641), which the next application replaces. Tomcat 11
     * keeps another one since the application has pages; which of its caches does is not found yet. So it is deployed three
     * times: what is left must not grow with the deployments.
     */
    @ParameterizedTest
    @CsvSource({"tomcat-10, 1", "tomcat-11, 2"})
    void tomcatForgetsTheApplicationWhenItIsReplaced(String name, int mayStay) throws Exception {
        try (Tomcat tomcat = Tomcat.start(name, war(), settings())) {
            receivesAnEventExactlyOnce(tomcat);
            assertThat(tomcat.applicationClassLoaders()).isEqualTo(1);
            for (int again = 0; again < 2; again++) {
                tomcat.undeploy();
                tomcat.redeploy();
                knowsTheEventStill(tomcat);
                showsWhatItIs(tomcat);
            }
            tomcat.undeploy();
            await("the class loaders of the application are garbage")
                    .atMost(Duration.ofSeconds(60))
                    .untilAsserted(
                            () -> assertThat(tomcat.applicationClassLoaders()).isLessThanOrEqualTo(mayStay));
            tomcat.stop();
            assertThat(tomcat.complaints()).as("complaints of %s", name).isEmpty();
        }
    }

    @Test
    void jettyRunsTheWarAtTheRootAndStopsWithoutAComplaint() throws Exception {
        try (JettyHome jetty = JettyHome.start("jetty-12", war(), settings())) {
            assertThat(jetty.application().getPath()).isEqualTo("/");
            receivesAnEventExactlyOnce(jetty);
            jetty.stop();
            assertThat(jetty.complaints()).as("complaints of Jetty").isEmpty();
            loggedOneJsonObjectALineAndNoError(jetty);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tomcat-10", "tomcat-11", "jetty-12"})
    void aDeliveryInWorkIsFinishedWhenTheContainerIsTerminated(String name) throws Exception {
        Map<String, String> settings = settings();
        try (ServletContainer container = name.startsWith("jetty")
                ? JettyHome.start(name, war(), settings)
                : Tomcat.start(name, war(), settings)) {
            awaitReady(container);
            long order = insertOrder();
            // What runs for the first time is slow.
            answer(200, deliver(container, SECRET, paymentOf(insertOrder())));
            CompletableFuture<HttpResponse<String>> inWork;
            try (Connection shop = connect();
                    Statement statement = shop.createStatement()) {
                shop.setAutoCommit(false);
                statement.execute("UPDATE orders SET user_id = 8 WHERE id = " + order);
                inWork = http.sendAsync(
                        delivery(container, SECRET, paymentOf(order, "evt_in_work"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString(UTF_8));
                // The server renews this table only for who has not looked at it for a tenth of a second.
                await("the delivery waits for its order within its transaction")
                        .pollInterval(Duration.ofMillis(150))
                        .until(() -> !row("SELECT COUNT(*) FROM information_schema.innodb_trx"
                                        + " WHERE trx_state = 'LOCK WAIT'")
                                .equals("0"));
                container.terminate();
                // The delivery waits for its row for three seconds at most, and this machine may be busy.
                Deadline untilCommit = Deadline.in(Duration.ofMillis(1200));
                while (!isTurnedAway(container) && !untilCommit.hasPassed()) {
                    Thread.onSpinWait();
                }
                shop.commit();
            }
            long committed = System.nanoTime();
            JsonNode done = answer(200, inWork.get(5, TimeUnit.SECONDS));
            assertThat(done.get("status").textValue()).isEqualTo("success");
            await("no delivery is let in any more")
                    .atMost(Duration.ofSeconds(5))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> isTurnedAway(container));
            container.awaitEnd();
            assertThat(Duration.ofNanos(System.nanoTime() - committed)).isLessThan(Duration.ofSeconds(10));
            assertThat(row("SELECT payment_status FROM orders WHERE id = " + order))
                    .isEqualTo("PAID");
            assertThat(row("SELECT COUNT(*) FROM webhook_deliveries WHERE event_id = 'evt_in_work'"))
                    .as("rows of the delivery log")
                    .isEqualTo("1");
            assertThat(locksLeftIn(Objects.requireNonNull(settings.get("REDIS_URL"))))
                    .isEmpty();
        }
    }

    /** By a 503, or by a connection that is not served any more. */
    private boolean isTurnedAway(ServletContainer container) throws Exception {
        try {
            HttpRequest request = delivery(container, SECRET, paymentOf(insertOrder(), "evt_late_" + System.nanoTime()))
                    .timeout(Duration.ofMillis(300))
                    .build();
            return HttpClient.newHttpClient()
                            .send(request, HttpResponse.BodyHandlers.ofString(UTF_8))
                            .statusCode()
                    == 503;
        } catch (IOException e) {
            return true;
        }
    }

    private static List<String> locksLeftIn(String redisUrl) throws IOException {
        URI redis = URI.create(redisUrl);
        try (Socket socket = new Socket(redis.getHost(), redis.getPort())) {
            String ask = "SELECT " + redis.getPath().substring(1) + "\r\nKEYS webhook:lock:*\r\nQUIT\r\n";
            socket.getOutputStream().write(ask.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> line.startsWith("webhook:"))
                    .toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tomcat-10", "tomcat-11"})
    void tomcatComplainsAboutAnApplicationThatLeaks(String name, @TempDir Path directory) throws Exception {
        try (Tomcat tomcat = Tomcat.start(name, leakyWar(directory), Map.of())) {
            tomcat.stop();
            assertThat(tomcat.complaints())
                    .anyMatch(line -> line.contains("appears to have started a thread named [left behind]"))
                    .anyMatch(line -> line.contains("created a ThreadLocal"))
                    .anyMatch(line -> line.contains("SEVERE") && line.contains(LeakyListener.class.getName()));
        }
    }

    @Test
    void jettyComplainsAboutAnApplicationThatFailsToStop(@TempDir Path directory) throws Exception {
        try (JettyHome jetty = JettyHome.start("jetty-12", leakyWar(directory), Map.of())) {
            jetty.stop();
            assertThat(jetty.complaints())
                    .anyMatch(line -> line.contains("ServletContextHandler") && line.contains("FAILED"));
        }
    }

    private static Path war() {
        return BuildDirectory.path().resolve("hooklatch.war");
    }

    private Map<String, String> settings() {
        return Map.of(
                "DB_URL",
                database,
                "DB_USER",
                servers.user(),
                "DB_PASSWORD",
                servers.password(),
                "REDIS_URL",
                servers.newRedisUrl(),
                "STRIPE_WEBHOOK_SECRET",
                SECRET,
                "API_TOKEN",
                TOKEN,
                "DASHBOARD_ADMIN_USER",
                ADMIN,
                "DASHBOARD_ADMIN_PASSWORD",
                PASSWORD,
                "LOG_FORMAT",
                "json");
    }

    private void receivesAnEventExactlyOnce(ServletContainer container) throws Exception {
        awaitReady(container);
        long order = insertOrder();
        byte[] body = paymentOf(order);
        String eventId = JSON.readTree(body).get("id").textValue();
        assertThat(status(container, eventId).get("status").textValue()).isEqualTo("unknown");

        JsonNode first = answer(200, deliver(container, SECRET, body));
        assertThat(first.get("processed").booleanValue()).isTrue();
        assertThat(first.get("status").textValue()).isEqualTo("success");
        assertThat(first.get("result").get("action").textValue()).isEqualTo("payment_success");
        assertThat(first.get("result").get("order_id").longValue()).isEqualTo(order);
        assertThat(first.get("result").get("changed").booleanValue()).isTrue();

        JsonNode status = status(container, eventId);
        assertThat(status.get("status").textValue()).isEqualTo("processed");
        assertThat(status.get("provider").textValue()).isEqualTo("stripe");
        assertThat(status.get("attempts").intValue()).isEqualTo(1);
        assertThat(status.get("result")).isEqualTo(first.get("result"));

        JsonNode second = answer(200, deliver(container, SECRET, body));
        assertThat(second.get("processed").booleanValue()).isFalse();
        assertThat(second.get("status").textValue()).isEqualTo("already_processed");
        assertThat(second.get("previous_result")).isEqualTo(first.get("result"));

        assertThat(row("SELECT payment_status FROM orders WHERE id = " + order)).isEqualTo("PAID");
        assertThat(row("SELECT COUNT(*) FROM payments")).isEqualTo("1");
        refusesWhatItMust(container, body);
        showsWhatItIs(container);
    }

    /** Asked from MySQL and Redis, by an application that has just started. */
    private void knowsTheEventStill(ServletContainer container) throws Exception {
        awaitReady(container);
        byte[] body = paymentOf(Long.parseLong(row("SELECT MAX(id) FROM orders")));
        JsonNode again = answer(200, deliver(container, SECRET, body));
        assertThat(again.get("status").textValue()).isEqualTo("already_processed");
    }

    private void awaitReady(ServletContainer container) {
        await("the application is ready")
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .failFast("the container ended", () -> !container.isRunning())
                .untilAsserted(() -> {
                    HttpResponse<String> ready = get(container, "health/ready");
                    assertThat(ready.statusCode()).as(ready.body()).isEqualTo(200);
                    assertThat(JSON.readTree(ready.body()).get("status").textValue())
                            .isEqualTo("ok");
                });
    }

    /** Errors are the product's own in each container, never a page of the container. */
    private void refusesWhatItMust(ServletContainer container, byte[] body) throws Exception {
        JsonNode forged = answer(401, deliver(container, "whsec_of_somebody_else", body));
        assertThat(forged.get("error").textValue()).isEqualTo("Invalid webhook signature");
        JsonNode unauthorized = answer(401, get(container, "webhooks/status/evt_1"));
        assertThat(unauthorized.get("error").textValue()).isNotEmpty();
        HttpResponse<String> missing = get(container, "no/such/page");
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(missing.body()).doesNotContainIgnoringCase("tomcat").doesNotContainIgnoringCase("jetty");
    }

    private void showsWhatItIs(ServletContainer container) throws Exception {
        showsItsPages(container);
        assertThat(get(container, "health/live").statusCode()).isEqualTo(200);
        HttpResponse<String> metrics = send(request(container, "metrics").header("Authorization", "Bearer " + TOKEN));
        assertThat(metrics.statusCode()).isEqualTo(200);
        assertThat(metrics.body()).contains("hooklatch_");
    }

    private static void showsItsPages(ServletContainer container) throws Exception {
        String root = container.application().getPath().replaceFirst("/$", "");
        Browser browser = new Browser(container::application);
        Browser.Page home = browser.get("/");
        assertThat(home.status()).isEqualTo(303);
        assertThat(home.header("Location")).startsWith(root + "/dashboard/");
        Browser.Page signedIn = browser.signIn(ADMIN, PASSWORD);
        assertThat(signedIn.status()).as(signedIn.body()).isEqualTo(303);
        assertThat(browser.setCookie("hooklatch_session")).contains("HttpOnly").contains("SameSite=Lax");
        Browser.Page page = browser.get("/dashboard/audit");
        assertThat(page.status()).as(page.body()).isEqualTo(200);
        assertThat(page.body())
                .startsWith("<!DOCTYPE html>")
                .contains("<h1>Audit log</h1>", "<code>sign_in</code>", root + "/static/app.css?v=");
        assertThat(browser.get("/dashboard/audit.json").json().get("entries")).isNotEmpty();
        // Dispatched again when the run has ended.
        Browser.Page checked = browser.get("/dashboard/checks.json?run=now");
        assertThat(checked.status()).isEqualTo(200);
        assertThat(checked.json().get("violations").isNumber()).isTrue();
        assertThat(browser.get("/static/app.js").header("Content-Type")).startsWith("text/javascript");
        assertThat(browser.get("/dashboard/nothing").body()).contains("<h1>Not found</h1>");
        assertThat(browser.post("/dashboard/audit", "/dashboard/logout").status())
                .isEqualTo(303);
        assertThat(browser.get("/dashboard/audit").status()).isEqualTo(303);
    }

    private static void loggedOneJsonObjectALineAndNoError(ServletContainer container) {
        assertThat(container.output()).isNotEmpty().allSatisfy(line -> {
            JsonNode entry = JSON.readTree(line);
            assertThat(entry.isObject()).isTrue();
            assertThat(entry.get("level").textValue()).isNotEqualTo("ERROR");
        });
    }

    private static byte[] paymentOf(long order, String eventId) throws IOException {
        ObjectNode event = (ObjectNode) JSON.readTree(paymentOf(order));
        event.put("id", eventId);
        ((ObjectNode) event.get("data").get("object")).put("id", "pi_" + eventId);
        return JSON.writeValueAsBytes(event);
    }

    private static byte[] paymentOf(long order) throws JsonProcessingException {
        ObjectNode event = (ObjectNode) JSON.readTree(Samples.text("stripe/payment_intent.succeeded.json"));
        ObjectNode metadata = (ObjectNode) event.get("data").get("object").get("metadata");
        metadata.put("order_id", Long.toString(order));
        return JSON.writeValueAsBytes(event);
    }

    private JsonNode status(ServletContainer container, String eventId) throws Exception {
        return answer(
                200, send(request(container, "webhooks/status/" + eventId).header("Authorization", "Bearer " + TOKEN)));
    }

    private HttpResponse<String> deliver(ServletContainer container, String secret, byte[] body) throws Exception {
        return send(delivery(container, secret, body));
    }

    private static HttpRequest.Builder delivery(ServletContainer container, String secret, byte[] body) {
        HttpRequest.Builder request = request(container, "webhooks/stripe")
                .header("Content-Type", "application/json; charset=utf-8")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        Signer.stripe(secret, body, Instant.now()).forEach(request::header);
        return request;
    }

    private HttpResponse<String> get(ServletContainer container, String path) throws Exception {
        return send(request(container, path));
    }

    private static HttpRequest.Builder request(ServletContainer container, String path) {
        URI uri = container.application().resolve(path);
        return HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString(UTF_8));
    }

    private static JsonNode answer(int status, HttpResponse<String> response) throws JsonProcessingException {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        return JSON.readTree(response.body());
    }

    private long insertOrder() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    "INSERT INTO orders (user_id, total_amount) VALUES (7, 49.99)", Statement.RETURN_GENERATED_KEYS);
            try (ResultSet keys = statement.getGeneratedKeys()) {
                assertThat(keys.next()).isTrue();
                return keys.getLong(1);
            }
        }
    }

    private String row(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            assertThat(row.next()).as(sql).isTrue();
            return String.valueOf(row.getString(1));
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(database, servers.user(), servers.password());
    }

    private static Path leakyWar(Path directory) throws IOException {
        String resource = LeakyListener.class.getName().replace('.', '/') + ".class";
        Path war = directory.resolve("leaky.war");
        try (InputStream listener = Objects.requireNonNull(
                        LeakyListener.class.getClassLoader().getResourceAsStream(resource));
                ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(war))) {
            zip.putNextEntry(new ZipEntry("WEB-INF/classes/" + resource));
            listener.transferTo(zip);
            zip.putNextEntry(new ZipEntry("WEB-INF/web.xml"));
            zip.write("""
                    <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
                      <listener><listener-class>%s</listener-class></listener>
                    </web-app>
                    """.formatted(LeakyListener.class.getName()).getBytes(UTF_8));
        }
        return war;
    }
}
