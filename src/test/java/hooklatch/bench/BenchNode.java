package hooklatch.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import hooklatch.testing.JettyHome;
import hooklatch.testing.MariaDbServer;
import hooklatch.testing.RedisServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** What the nodes of all benches have in common. */
final class BenchNode {
    static final String SECRET = "whsec_of_the_bench";

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final int RESENT = 1_000;

    private BenchNode() {}

    /** Those of a node on these servers, without a name. */
    static Map<String, String> settings(MariaDbServer mariaDb, String database, RedisServer redis) {
        return Map.of(
                "DB_URL",
                mariaDb.jdbcUrl(database),
                "DB_USER",
                MariaDbServer.USER,
                "DB_PASSWORD",
                MariaDbServer.PASSWORD,
                "REDIS_URL",
                redis.url(0),
                "STRIPE_WEBHOOK_SECRET",
                SECRET);
    }

    /**
     * Starts a node in a Jetty of its own, and returns when it is ready.
     *
     * @param name of the Jetty, one for each that runs
     */
    static JettyHome start(String name, Path war, Map<String, String> settings) {
        JettyHome jetty = JettyHome.start("jetty-12", "bench-" + name, war, settings);
        awaitReady(jetty);
        return jetty;
    }

    static void awaitReady(JettyHome jetty) {
        URI ready = jetty.application().resolve("health/ready");
        Awaitility.await("ready")
                .pollInterval(Duration.ofMillis(20))
                .until(() -> CLIENT.send(HttpRequest.newBuilder(ready).build(), HttpResponse.BodyHandlers.ofString())
                        .body()
                        .contains("\"ok\""));
    }

    /** Sends so many fresh events, and as many duplicates. */
    static void warmUp(int port, FreshEvents events, int count) throws Exception {
        byte[][] sent = events.requests(count);
        Load.run(64, count, Load.patientHttp(port, i -> sent[i]));
        byte[][] resent = events.again(RESENT);
        Load.run(64, count, Load.patientHttp(port, i -> resent[i % RESENT]));
    }

    /** What the JVM answers to a diagnostic command. */
    static String jcmd(long pid, String... command) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(pid)));
        words.addAll(List.of(command));
        Process jcmd = new ProcessBuilder(words).redirectErrorStream(true).start();
        String answer = new String(jcmd.getInputStream().readAllBytes(), UTF_8);
        if (jcmd.waitFor() != 0) {
            throw new IllegalStateException("jcmd ended with " + jcmd.exitValue() + ": " + answer);
        }
        return answer;
    }
}
