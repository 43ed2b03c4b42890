package hooklatch.dev;

import static java.nio.charset.StandardCharsets.UTF_8;

import hooklatch.dev.SendOptions.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Sends signed sample events to a running Hooklatch, and prints the status and body of each answer.
 *
 * <p>{@code mvn -q exec:java@send -Dsend="--help"} says how it is used.
 */
public final class SendEvents {

    static final int DEFAULT_PORT = 8080;
    static final String DEFAULT_URL = "http://127.0.0.1:" + DEFAULT_PORT;

    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    /** A well-formed secret that nobody has. */
    private static final String WRONG_SECRET =
            "whsec_" + Base64.getEncoder().encodeToString("this is not the shared secret".getBytes(UTF_8));

    private final SendOptions options;
    private final DevSettings settings;
    private final Clock clock;
    private final PrintStream out;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    SendEvents(SendOptions options, DevSettings settings, Clock clock, PrintStream out) {
        this.options = options;
        this.settings = settings;
        this.clock = clock;
        this.out = out;
    }

    /** Ends with status 2 when the options are wrong, and with 1 when a delivery was not answered. */
    public static void main(String[] arguments) {
        try {
            SendOptions options = SendOptions.parse(List.of(arguments));
            if (options.help()) {
                System.out.println(SendOptions.usage());
                return;
            }
            new SendEvents(
                            options,
                            new DevSettings(System.getenv(), System.getProperties()),
                            Clock.systemUTC(),
                            System.out)
                    .send();
        } catch (UsageException e) {
            System.err.println(e.getMessage() + System.lineSeparator() + "--help lists the options.");
            System.exit(2);
        } catch (IOException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    /** Sends the events one after the other, the copies of one all at once. */
    void send() throws UsageException, IOException {
        URI url = URI.create(options.url() + "/webhooks/" + options.provider().word());
        for (SampleType type : options.types()) {
            Instant now = clock.instant();
            SampleBody.Content content = content(type, now);
            byte[] body = SampleBody.build(options.provider(), type, content);
            HttpRequest.Builder request = HttpRequest.newBuilder(url)
                    .timeout(TIMEOUT)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body));
            secretHeaders(content.eventId(), body, now).forEach(request::header);
            out.println(type.sentAs(options.provider()).orElse(type.word()) + "  event " + content.eventId()
                    + "  payment " + content.payment());
            deliver(request.build());
        }
    }

    private Map<String, String> secretHeaders(String eventId, byte[] body, Instant at) throws UsageException {
        String secret = options.badSignature()
                ? WRONG_SECRET
                : options.secret().orElseGet(() -> options.provider().secret(settings));
        try {
            return options.provider().sign(secret, eventId, body, at);
        } catch (IllegalArgumentException e) {
            throw new UsageException(
                    "The secret is not one for " + options.provider().word() + ": " + e.getMessage());
        }
    }

    private SampleBody.Content content(SampleType type, Instant at) throws UsageException {
        String currency = options.currency().orElseGet(() -> options.provider().usualCurrency());
        BigDecimal paid = SampleOrders.total(options.order()).orElse(new BigDecimal("49.99"));
        BigDecimal announced = options.amount().orElse(type.isRefund() ? new BigDecimal("10.00") : paid);
        BigDecimal payment = type.isRefund() || type.isDispute() ? paid.max(announced) : announced;
        String prefix = switch (options.provider()) {
            case STRIPE -> "pi_dev_";
            case RAZORPAY, STANDARD -> "pay_dev_";
        };
        // An order id may be anything; a payment id may not.
        String suffix = options.order().replaceAll("[^\\x21-\\x7E]", "_");
        String object =
                (type.isDispute() ? "du_dev_" : options.provider() == SampleProvider.RAZORPAY ? "rfnd_dev_" : "re_dev_")
                        + suffix;
        return new SampleBody.Content(
                "evt_" + UUID.randomUUID().toString().replace("-", ""),
                options.order(),
                options.payment().orElse(prefix + suffix),
                options.refund().orElse(object),
                options.provider().minorUnits(rounded(announced, currency), currency),
                options.provider().minorUnits(rounded(payment, currency), currency),
                currency,
                at);
    }

    /** An amount that was asked for stays as it is, and may be refused; a default fits every currency. */
    private BigDecimal rounded(BigDecimal amount, String currency) throws UsageException {
        if (options.amount().filter(amount::equals).isPresent()) {
            return amount;
        }
        return options.provider().roundedDown(amount, currency);
    }

    private void deliver(HttpRequest request) throws IOException {
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int copy = 0; copy <= options.duplicates(); copy++) {
            answers.add(client.sendAsync(request, HttpResponse.BodyHandlers.ofString(UTF_8)));
        }
        for (CompletableFuture<HttpResponse<String>> answer : answers) {
            try {
                HttpResponse<String> response = answer.join();
                out.println("  " + response.statusCode() + " " + response.body().strip());
            } catch (CompletionException e) {
                Throwable cause = e.getCause();
                throw new IOException(
                        cause instanceof ConnectException
                                ? "Nothing listens at " + options.url() + ": start it with mvn jetty:run, or give --url"
                                : "No answer from " + request.uri() + ": " + cause,
                        cause);
            }
        }
    }
}
