package hooklatch.dev;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import hooklatch.domain.Payload;
import hooklatch.provider.Provider;
import hooklatch.provider.ProviderSettings;
import hooklatch.provider.Stripe;
import hooklatch.testing.FreePort;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The receiver is a small HTTP server with the real verification of Stripe's signatures. */
class SendEventsTest {

    private static final DevSettings SETTINGS = developmentSettings();

    private final Stripe stripe = new Stripe(
            new ProviderSettings(List.of(DevSettings.STRIPE_SECRET), Duration.ofMinutes(5), Clock.systemUTC()), null);
    private final AtomicInteger received = new AtomicInteger();
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final HttpServer server;

    SendEventsTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    private static DevSettings developmentSettings() {
        DevSettings settings = new DevSettings(Map.of(), new Properties());
        settings.putDefaults();
        return settings;
    }

    @BeforeEach
    void startReceiver() {
        server.createContext("/webhooks/stripe", this::receive);
        server.setExecutor(threads);
        server.start();
    }

    @AfterEach
    void stopReceiver() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void receive(HttpExchange exchange) throws IOException {
        received.incrementAndGet();
        Payload payload = new Payload(exchange.getRequestBody().readAllBytes());
        Provider.Verification verification =
                stripe.verify(payload, name -> exchange.getRequestHeaders().getOrDefault(name, List.of()));
        byte[] answer = verification.toString().getBytes(UTF_8);
        exchange.sendResponseHeaders(verification instanceof Provider.Verification.Valid ? 200 : 401, answer.length);
        try (exchange) {
            exchange.getResponseBody().write(answer);
        }
    }

    @Test
    void everyTypeIsAcceptedAndEachAnswerIsPrinted() throws Exception {
        String printed = send("--type", "all");
        assertThat(received).hasValue(SampleType.sentBy(SampleProvider.STRIPE).size());
        assertThat(printed).contains("payment_intent.succeeded  event evt_").contains("payment pi_dev_1001");
        assertThat(printed.lines().filter("  200 Valid[]"::equals))
                .hasSize(SampleType.sentBy(SampleProvider.STRIPE).size());
    }

    @Test
    void duplicatesAreTheSameEventAgain() throws Exception {
        String printed = send("--duplicates", "4");
        assertThat(received).hasValue(5);
        assertThat(printed.lines().filter("  200 Valid[]"::equals)).hasSize(5);
    }

    @Test
    void aBadSignatureIsBad() throws Exception {
        assertThat(send("--bad-signature")).contains("  401 Invalid[cause=signature_mismatch]");
    }

    @Test
    void nobodyThereIsSaidWithWhatToDo() {
        String url = "http://127.0.0.1:" + FreePort.find();
        assertThatThrownBy(() -> sendTo(url))
                .isInstanceOf(IOException.class)
                .hasMessage("Nothing listens at " + url + ": start it with mvn jetty:run, or give --url");
    }

    @Test
    void theCommandOfTheBannerSendsAnAcceptedEvent() throws Exception {
        for (String program : List.of("sh", "curl", "openssl")) {
            assumeThat(List.of(Path.of("/bin", program), Path.of("/usr/bin", program)))
                    .as("the command needs %s", program)
                    .anyMatch(Files::isExecutable);
        }
        Process shell = new ProcessBuilder("sh", "-c", Banner.sendWithCurl(url(), SETTINGS))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String printed = new String(shell.getInputStream().readAllBytes(), UTF_8);
        assertThat(shell.waitFor()).isZero();
        assertThat(printed).contains("200 OK").contains("Valid[]");
    }

    @Test
    void theBannerDoesNotPrintASecretOfSomebodysOwn() {
        DevSettings own = new DevSettings(Map.of("STRIPE_WEBHOOK_SECRET", "whsec_private"), new Properties());
        own.putDefaults();
        assertThat(Banner.sendWithCurl(url(), own))
                .doesNotContain("whsec_private")
                .contains("$STRIPE_WEBHOOK_SECRET");
    }

    private String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private String send(String... arguments) throws Exception {
        return sendTo(url(), arguments);
    }

    private static String sendTo(String url, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--url", url));
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(printed, true, UTF_8)) {
            new SendEvents(SendOptions.parse(all), SETTINGS, Clock.systemUTC(), out).send();
        }
        return printed.toString(UTF_8);
    }
}
