package hooklatch.dev;

import static java.nio.charset.StandardCharsets.UTF_8;

import hooklatch.dev.DemoOrders.Order;
import hooklatch.dev.DemoStories.Step;
import hooklatch.dev.SendOptions.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.LockSupport;

/**
 * A shop's day in a minute: sends a realistic stream of signed webhooks to a running Hooklatch, so that every page of the
 * dashboard has something to show.
 *
 * <p>{@code mvn -q exec:java@demo -Ddemo="--help"} says how it is used.
 */
public final class Demo {

    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final String WRONG_SECRET =
            "whsec_" + Base64.getEncoder().encodeToString("this is not the shared secret".getBytes(UTF_8));
    private static final int STORM = 50;

    /** One story in so many is not an ordinary one. */
    private static final int POISON = 14;

    private static final Duration BETWEEN_SPECIALS = Duration.ofSeconds(10);
    private static final Duration HELD = Duration.ofMillis(2500);

    private record Due(Instant at, Step step) {}

    private final DemoOptions options;
    private final DevSettings settings;
    private final Clock clock;
    private final PrintStream out;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final Map<String, Integer> answers = new ConcurrentSkipListMap<>();
    private final List<CompletableFuture<?>> underWay = new ArrayList<>();
    private final PriorityQueue<Due> queue = new PriorityQueue<>(Comparator.comparing(Due::at));

    Demo(DemoOptions options, DevSettings settings, Clock clock, PrintStream out) {
        this.options = options;
        this.settings = settings;
        this.clock = clock;
        this.out = out;
    }

    /** Ends with status 2 when the options are wrong, and with 1 when nothing could be sent. */
    public static void main(String[] arguments) {
        try {
            DemoOptions options = DemoOptions.parse(List.of(arguments));
            if (options.help()) {
                System.out.println(DemoOptions.usage());
                return;
            }
            new Demo(options, new DevSettings(System.getenv(), System.getProperties()), Clock.systemUTC(), System.out)
                    .run();
        } catch (UsageException e) {
            System.err.println(e.getMessage() + System.lineSeparator() + "--help lists the options.");
            System.exit(2);
        } catch (SQLException e) {
            System.err.println("The orders of the demo need the database of mvn jetty:run (give the demo the same"
                    + " DEV_DB_PORT and DEV_REDIS_PORT, if you have set them there), or DB_URL, DB_USER and DB_PASSWORD: "
                    + e.getMessage());
            System.exit(1);
        } catch (IOException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    /** Sends until the time is over, then waits for the last answers and says how many there were of each kind. */
    Map<String, Integer> run() throws SQLException, UsageException, IOException {
        long seed = options.seed().orElseGet(() -> new Random().nextLong());
        out.println("Sending about " + options.rate() + " deliveries a second for "
                + options.duration().toSeconds() + " s to " + options.url() + ", seed " + seed);
        Random random = new Random(seed);
        DemoStories stories = new DemoStories(random);
        requireReceiver();
        try (DemoOrders orders = new DemoOrders(settings);
                DemoOrders job = new DemoOrders(settings)) {
            Instant end = clock.instant().plus(options.duration());
            Duration pause = Duration.ofNanos((long) (1_000_000_000 / options.rate()));
            Instant special = clock.instant().plusSeconds(2);
            Instant letGo = Instant.MAX;
            CompletableFuture<Void> incidents = CompletableFuture.runAsync(
                    new DemoIncidents(
                            options,
                            settings,
                            clock,
                            out,
                            new Random(random.nextLong()),
                            step -> send(step).join()),
                    task -> new Thread(task, "incidents of the demo").start());
            for (Instant slot = clock.instant(); slot.isBefore(end); slot = slot.plus(pause)) {
                waitUntil(slot);
                if (!slot.isBefore(letGo)) {
                    job.letGo();
                    letGo = Instant.MAX;
                }
                if (!slot.isBefore(special)) {
                    special = slot.plus(BETWEEN_SPECIALS);
                    enqueue(slot, stories.storm(orders.place(random), STORM));
                    Order held = orders.place(random);
                    job.hold(held.id());
                    letGo = slot.plus(HELD);
                    enqueue(slot, stories.storm(held, 3));
                }
                if (queue.isEmpty() || queue.peek().at().isAfter(slot)) {
                    tellAnother(slot, stories, orders, random);
                }
                Due due = queue.poll();
                if (due != null) {
                    deliver(due.step());
                }
            }
            if (!letGo.equals(Instant.MAX)) {
                job.letGo();
            }
            CompletableFuture.allOf(underWay.toArray(CompletableFuture[]::new)).join();
            incidents.join();
        }
        answers.forEach((answer, count) -> out.println("  " + count + " x " + answer));
        return new TreeMap<>(answers);
    }

    private void requireReceiver() throws IOException {
        try {
            client.send(
                    HttpRequest.newBuilder(URI.create(options.url() + "/health/live"))
                            .timeout(TIMEOUT)
                            .build(),
                    HttpResponse.BodyHandlers.discarding());
        } catch (IOException e) {
            throw new IOException(
                    "Nothing listens at " + options.url() + ": start it with mvn jetty:run, or give --url", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void tellAnother(Instant now, DemoStories stories, DemoOrders orders, Random random)
            throws SQLException, UsageException {
        int chance = random.nextInt(100);
        if (chance >= POISON) {
            enqueue(now, stories.of(orders.place(random)));
        } else if (chance < 4) {
            enqueue(now, stories.poison(Long.toString(orders.unknownId(random))));
        } else if (chance < 6) {
            enqueue(now, stories.poison(random.nextInt(100) + "abc"));
        } else if (chance < 10) {
            enqueue(now, List.of(stories.unhandled()));
        } else {
            enqueue(now, stories.forged(orders.place(random)));
        }
    }

    private void enqueue(Instant now, List<Step> steps) {
        steps.forEach(step -> queue.add(new Due(now.plus(step.after()), step)));
    }

    /** The pace is the clock's: what is late is not waited for. */
    private void waitUntil(Instant at) {
        for (Duration left = Duration.between(clock.instant(), at);
                left.toNanos() > 0;
                left = Duration.between(clock.instant(), at)) {
            LockSupport.parkNanos(left.toNanos());
        }
    }

    private void deliver(Step step) {
        underWay.removeIf(CompletableFuture::isDone);
        for (int copy = 0; copy < step.copies(); copy++) {
            underWay.add(send(step));
        }
    }

    /** Sends it once. */
    private CompletableFuture<String> send(Step step) {
        String secret = step.badSignature() ? WRONG_SECRET : step.provider().secret(settings);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(
                        options.url() + "/webhooks/" + step.provider().word()))
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(step.body().bytes()));
        step.provider()
                .sign(secret, step.eventId(), step.body().bytes(), clock.instant())
                .forEach(request::header);
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.discarding())
                .handle((response, problem) -> response == null ? "no answer" : "HTTP " + response.statusCode())
                .thenApply(answer -> {
                    answers.merge(answer, 1, Integer::sum);
                    return answer;
                });
    }
}
