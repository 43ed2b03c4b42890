package hooklatch.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.domain.Json;
import hooklatch.testing.Samples;
import hooklatch.testing.Signer;
import hooklatch.testing.TestJetty;
import hooklatch.testing.TestServers;
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
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The whole web application in a Jetty, on a database of its own, talked to by HTTP as a provider does. */
final class Site implements AutoCloseable {
    static final String STRIPE_SECRET = "whsec_acceptance";
    static final String RAZORPAY_SECRET = "rzp_acceptance";
    static final String STANDARD_SECRET = "whsec_c3RhbmRhcmQtd2ViaG9va3MtdmVjdG9yLWtleS0xISE=";
    private static final String TOKEN = "acceptance-token";

    private final String databaseUrl;
    private final TestJetty jetty;
    private final HttpClient client = HttpClient.newHttpClient();

    /** An answer: status and body. */
    record Answer(int status, String body) {
        JsonNode json() {
            return Json.read(body);
        }
    }

    /** On real MySQL and Redis. */
    static Site open() throws Exception {
        return open(TestServers.get().newDatabase(), TestServers.get().newRedisUrl(), Map.of());
    }

    static Site open(String databaseUrl, String redisUrl, Map<String, String> more) throws Exception {
        return new Site(databaseUrl, TestJetty.runningWebApp(config(databaseUrl, redisUrl, more)));
    }

    /** @param threads of the container */
    static Site open(String databaseUrl, String redisUrl, Map<String, String> more, int threads) throws Exception {
        return new Site(databaseUrl, TestJetty.runningWebApp(config(databaseUrl, redisUrl, more), "/", threads));
    }

    private static Map<String, String> config(String databaseUrl, String redisUrl, Map<String, String> more) {
        TestServers servers = TestServers.get();
        Map<String, String> config = new HashMap<>(Map.of(
                "DB_URL", databaseUrl,
                "DB_USER", servers.user(),
                "DB_PASSWORD", servers.password(),
                "REDIS_URL", redisUrl,
                "STRIPE_WEBHOOK_SECRET", STRIPE_SECRET,
                "RAZORPAY_WEBHOOK_SECRET", RAZORPAY_SECRET,
                "STANDARD_WEBHOOK_SECRET", STANDARD_SECRET,
                "API_TOKEN", TOKEN));
        config.putAll(more);
        return config;
    }

    private Site(String databaseUrl, TestJetty jetty) {
        this.databaseUrl = databaseUrl;
        this.jetty = jetty;
    }

    Answer stripe(String body) throws IOException, InterruptedException {
        return send(stripeRequest(body));
    }

    CompletableFuture<Answer> stripeAsync(String body) {
        return client.sendAsync(stripeRequest(body), HttpResponse.BodyHandlers.ofString())
                .thenApply(r -> new Answer(r.statusCode(), r.body()));
    }

    Answer sample(String path, String eventIdHeader) throws IOException, InterruptedException {
        byte[] body = Samples.bytes(path);
        String provider = path.substring(0, path.indexOf('/')).replace("-webhooks", "");
        Map<String, String> headers = switch (provider) {
            case "stripe" -> Signer.stripe(STRIPE_SECRET, body, Instant.now());
            case "razorpay" -> Signer.razorpay(RAZORPAY_SECRET, body, eventIdHeader);
            default -> Signer.standard(STANDARD_SECRET, eventIdHeader, body, Instant.now());
        };
        return send(post("/webhooks/" + provider, body, headers));
    }

    URI uri(String path) {
        return jetty.uri(path);
    }

    HttpRequest stripeRequest(String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return post("/webhooks/stripe", bytes, Signer.stripe(STRIPE_SECRET, bytes, Instant.now()));
    }

    HttpRequest post(String path, byte[] body, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(jetty.uri(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        headers.forEach(request::header);
        return request.build();
    }

    Answer send(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.body());
    }

    /** With the bearer token. */
    Answer get(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(jetty.uri(path))
                .header("Authorization", "Bearer " + TOKEN)
                .build());
    }

    void execute(String sql) throws SQLException {
        try (Connection connection = connection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    String query(String sql) throws SQLException {
        try (Connection connection = connection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return String.valueOf(row.getString(1));
        }
    }

    private Connection connection() throws SQLException {
        return DriverManager.getConnection(
                databaseUrl, TestServers.get().user(), TestServers.get().password());
    }

    /** A Stripe event in the fewest fields. */
    static String paymentSucceeded(String eventId, String paymentId, long order) {
        return """
                {"id":"%s","object":"event","type":"payment_intent.succeeded","livemode":true,"data":{"object":{\
                "id":"%s","object":"payment_intent","amount":4999,"amount_received":4999,"currency":"usd",\
                "latest_charge":"ch_%s","metadata":{"order_id":"%d"}}}}""".formatted(eventId, paymentId, paymentId, order);
    }

    @Override
    public void close() {
        jetty.close();
    }
}
