package hooklatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import hooklatch.domain.Deadline;
import hooklatch.testing.BuildDirectory;
import hooklatch.testing.JettyHome;
import hooklatch.testing.RawHttp;
import hooklatch.testing.ServletContainer;
import hooklatch.testing.Signer;
import hooklatch.testing.TestServers;
import hooklatch.testing.Tomcat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The packaged WAR under ten thousand connections that say nothing and hundreds that say a byte now and then, wherever
 * they send it: deliveries are answered as if they were not there.
 */
class SlowSendersIT {
    private static final String SECRET = "whsec_of_the_slow_senders";
    private static final int IDLE = 10_000;
    /** One for each connection, and for what else two processes have open, one of them a whole container. */
    private static final long DESCRIPTORS = IDLE + 2_400;
    /** Of each kind. All kinds together are more than a container has threads. */
    private static final int SLOW = 60;

    private static final int SENDERS = 4;
    private static final int ORDERS = 50_000;

    private static final Duration WARM = Duration.ofSeconds(8);
    private static final Duration ALONE = Duration.ofSeconds(4);
    /**
     * A body may take 10 s, and all that began together are turned away together: at this time they are there again, even
     * when it took a round until they came.
     */
    private static final Duration AMID_THE_CROWD = Duration.ofSeconds(17);

    private static final int MOST_THREADS = 320;
    /** What Tomcat needs, see the README: it stops accepting at 8192 connections otherwise. */
    private static final String TOMCAT_CONNECTOR = "maxConnections=\"20000\"";

    /** @param waits whether it is answered only when all of it is there: the others are answered at their head */
    private record Kind(String name, boolean waits, String head) {}

    private static final List<Kind> KINDS = List.of(
            new Kind("head without an end", true, "POST /webhooks/stripe HTTP/1.1\r\nHost: localhost\r\nX-Slow: "),
            new Kind("delivery", true, head("POST /webhooks/stripe", "Stripe-Signature: x\r\nContent-Length: 100000")),
            new Kind("chunks", true, head("POST /webhooks/stripe", "Transfer-Encoding: chunked") + "5000\r\n"),
            new Kind(
                    "form",
                    true,
                    head(
                            "POST /dashboard/login",
                            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000")),
            new Kind("live", false, head("POST /health/live", "Content-Length: 100000")),
            new Kind("metrics", false, head("GET /metrics", "Content-Length: 100000")),
            new Kind("status", false, head("POST /webhooks/status/evt_1", "Content-Length: 100000")),
            new Kind("file", false, head("POST /static/app.css", "Content-Length: 100000")),
            new Kind("no page", false, head("POST /no/such/page", "Content-Length: 100000")),
            new Kind("no JSP", false, head("POST /no/such/page.jsp", "Content-Length: 100000")));

    private static String head(String start, String headers) {
        return start + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n\r\n";
    }

    private final TestServers servers = TestServers.get();
    private final String database = servers.newDatabase();
    private final AtomicInteger events = new AtomicInteger();

    @ParameterizedTest
    @ValueSource(strings = {"jetty-12", "tomcat-11"})
    void idleAndSlowConnectionsDoNotStopDeliveries(String name) throws Exception {
        Map<String, String> settings = Map.of(
                "DB_URL", database,
                "DB_USER", servers.user(),
                "DB_PASSWORD", servers.password(),
                "REDIS_URL", servers.newRedisUrl(),
                "STRIPE_WEBHOOK_SECRET", SECRET);
        Path war = BuildDirectory.path().resolve("hooklatch.war");
        try (ServletContainer container = name.startsWith("tomcat")
                        ? Tomcat.start(name, war, settings, TOMCAT_CONNECTOR)
                        : JettyHome.start(name, war, settings);
                Crowd crowd = new Crowd(container)) {
            awaitReady(container);
            insertOrders();
            deliver(container, WARM);
            List<Long> alone = deliver(container, ALONE);

            crowd.gather();
            List<Long> crowded = deliver(container, AMID_THE_CROWD);
            Census census = crowd.census();
            long threads = threads(container.pid());

            System.out.printf(
                    "SlowSendersIT: %s: in half of the rounds at least %d of %d idle connections live, and of %d slow ones"
                            + " of each kind (and how others were ended) %s; %d idle ones came again; %d rounds; %d descriptors,"
                            + " %d threads; %d deliveries: median %.1f ms (%.1f ms without them), slowest %.1f ms (%.1f ms)%n",
                    name,
                    census.idle(),
                    IDLE,
                    SLOW,
                    census.shown(),
                    census.idleAgain(),
                    census.rounds(),
                    census.descriptors(),
                    threads,
                    crowded.size(),
                    median(crowded),
                    median(alone),
                    slowest(crowded),
                    slowest(alone));
            assertThat(census.idle()).as("idle connections that are there").isGreaterThanOrEqualTo(IDLE * 9 / 10);
            for (Kind kind : KINDS) {
                if (kind.waits()) {
                    assertThat(census.unanswered().get(kind.name()))
                            .as("slow senders that are there, %s", kind.name())
                            .isGreaterThanOrEqualTo(SLOW * 9 / 10);
                } else {
                    assertThat(census.turnedAway(kind))
                            .as("slow senders that were answered and came again, %s", kind.name())
                            .isGreaterThanOrEqualTo(SLOW);
                }
            }
            int waiting = (int) KINDS.stream().filter(Kind::waits).count() * SLOW;
            assertThat(census.descriptors())
                    .as("descriptors of %s: it has these connections too", name)
                    .isGreaterThan((IDLE + waiting) * 9 / 10);
            assertThat(threads).as("threads of %s", name).isLessThan(MOST_THREADS);
            assertThat(median(crowded)).as("median, ms").isLessThan(5 * median(alone) + 50);
            assertThat(slowest(crowded)).as("slowest, ms").isLessThan(4_500);
        }
    }

    /**
     * Who was there in the rounds since all had gathered: so many at least in half of them. One moment would not show it:
     * those who began together are turned away together, and need a round until they are there again.
     *
     * @param idle connections that the container had neither ended nor answered
     * @param unanswered slow senders by kind whose next byte was taken and who waited for their answer
     * @param descriptors what the container had open
     * @param ends statuses with which slow senders were turned away since they gathered, by kind
     * @param idleAgain how many idle connections the container has ended since they gathered
     * @param rounds how many bytes each slow sender has had the time for
     */
    private record Census(
            int idle,
            Map<String, Integer> unanswered,
            int descriptors,
            Map<String, Map<String, Integer>> ends,
            int idleAgain,
            int rounds) {
        int turnedAway(Kind kind) {
            return ends.getOrDefault(kind.name(), Map.of()).values().stream()
                    .mapToInt(Integer::intValue)
                    .sum();
        }

        String shown() {
            return unanswered.entrySet().stream()
                    .map(kind ->
                            kind.getKey() + " " + kind.getValue() + " " + ends.getOrDefault(kind.getKey(), Map.of()))
                    .collect(Collectors.joining(", "));
        }
    }

    /** One who sends a byte now and then. */
    private static final class Slow implements AutoCloseable {
        private static final byte[] BYTE = {'a'};

        private final Kind kind;
        private final SocketChannel channel;
        private final ByteBuffer received = ByteBuffer.allocate(512);
        private final StringBuilder answer = new StringBuilder();

        Slow(Kind kind, SocketChannel channel) {
            this.kind = kind;
            this.channel = channel;
        }

        /** Whether the container has not ended the connection, and takes a byte more. */
        boolean drops() {
            try {
                int read;
                // An end is seen only behind all of the answer.
                while ((read = channel.read(received.clear())) > 0) {
                    answer.append(StandardCharsets.ISO_8859_1.decode(received.flip()));
                }
                return read == 0 && channel.write(ByteBuffer.wrap(BYTE)) == 1;
            } catch (IOException ended) {
                return false;
            }
        }

        boolean isAnswered() {
            return answer.length() > 0;
        }

        /** The status, or what came in its place. */
        String end() {
            return isAnswered() ? answer.substring(Math.min(9, answer.length()), Math.min(12, answer.length())) : "cut";
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /**
     * All who have connected and do not go on. Whoever is turned away comes again.
     *
     * <p>What it has is touched by its one thread only.
     */
    private static final class Crowd implements AutoCloseable {
        /** So many connect before one waits for an answer: more at once than a container's backlog are put off for seconds. */
        private static final int AT_ONCE = 40;

        private final ServletContainer container;
        private final List<SocketChannel> idle = new ArrayList<>();
        private final List<Slow> slow = new ArrayList<>();
        private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
        private final ByteBuffer unexpected = ByteBuffer.allocate(512);
        private @Nullable ScheduledFuture<?> staying;
        private int connected;
        private int idleAgain;
        /** What was counted in each round. */
        private final List<Integer> silent = new ArrayList<>();

        private final Map<Kind, List<Integer>> unanswered = new LinkedHashMap<>();
        private final List<Integer> descriptors = new ArrayList<>();
        /** How the container ended slow senders, by kind. */
        private final Map<String, Map<String, Integer>> ends = new HashMap<>();

        Crowd(ServletContainer container) {
            this.container = container;
        }

        /** Returns when all are there; they stay until {@link #close}. */
        void gather() throws Exception {
            // The JVM has raised its own limit to what the system allows, and the container's will do the same.
            assertThat(((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                            .getMaxFileDescriptorCount())
                    .as(
                            "descriptors that a process may have; for %d connections raise the hard limit (ulimit -Hn)",
                            IDLE)
                    .isGreaterThanOrEqualTo(DESCRIPTORS);
            thread.submit(() -> {
                        for (int i = 0; i < IDLE; i++) {
                            idle.add(connect());
                        }
                        for (int i = 0; i < SLOW * KINDS.size(); i++) {
                            slow.add(begin(KINDS.get(i % KINDS.size())));
                        }
                        return null;
                    })
                    .get();
            staying = thread.scheduleWithFixedDelay(this::stay, 0, 200, TimeUnit.MILLISECONDS);
        }

        private SocketChannel connect() throws IOException {
            connected++;
            if (connected % AT_ONCE == 0) {
                assertThat(get(container, "health/live")).isEqualTo(200);
            }
            SocketChannel channel = open();
            channel.configureBlocking(false);
            return channel;
        }

        private SocketChannel open() throws IOException {
            return SocketChannel.open(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), container.application().getPort()));
        }

        private Slow begin(Kind kind) throws IOException {
            SocketChannel channel = open();
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            String root = container.application().getPath().replaceFirst("/$", "");
            String head = kind.head().replaceFirst(" /", " " + root + "/");
            channel.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII)));
            channel.configureBlocking(false);
            return new Slow(kind, channel);
        }

        /** A byte from each that is slow; and those that the container has ended are there again. */
        private void stay() {
            Map<Kind, Integer> waiting = new LinkedHashMap<>();
            for (int i = 0; i < slow.size(); i++) {
                Slow sender = slow.get(i);
                boolean drops = sender.drops();
                waiting.merge(sender.kind, drops && !sender.isAnswered() ? 1 : 0, Integer::sum);
                if (!drops) {
                    try {
                        sender.close();
                        slow.set(i, begin(sender.kind));
                        ends.computeIfAbsent(sender.kind.name(), any -> new TreeMap<>())
                                .merge(sender.end(), 1, Integer::sum);
                    } catch (IOException e) {
                        // Turned away at once: the next round tries again.
                    }
                }
            }
            waiting.forEach((kind, senders) ->
                    unanswered.computeIfAbsent(kind, any -> new ArrayList<>()).add(senders));
            int live = 0;
            for (int i = 0; i < idle.size(); i++) {
                if (isSilent(idle.get(i))) {
                    live++;
                } else {
                    try {
                        idle.get(i).close();
                        idle.set(i, connect());
                        idleAgain++;
                    } catch (IOException e) {
                        // Turned away: the next round tries again.
                    }
                }
            }
            silent.add(live);
            descriptors.add(descriptors(container.pid()));
        }

        private boolean isSilent(SocketChannel channel) {
            try {
                return channel.read(unexpected.clear()) == 0;
            } catch (IOException ended) {
                return false;
            }
        }

        Census census() throws Exception {
            Census census = thread.submit(this::count).get();
            // Nobody would have come again after a round that failed.
            ScheduledFuture<?> rounds = Objects.requireNonNull(staying);
            if (rounds.isDone()) {
                rounds.get();
            }
            return census;
        }

        private Census count() {
            Map<String, Integer> waiting = new LinkedHashMap<>();
            unanswered.forEach((kind, senders) -> waiting.put(kind.name(), inHalf(senders)));
            Map<String, Map<String, Integer>> endsUntilNow = new HashMap<>();
            ends.forEach((kind, statuses) -> endsUntilNow.put(kind, new TreeMap<>(statuses)));
            return new Census(inHalf(silent), waiting, inHalf(descriptors), endsUntilNow, idleAgain, silent.size());
        }

        private static int inHalf(List<Integer> ofRounds) {
            return ofRounds.stream().sorted().toList().get((ofRounds.size() - 1) / 2);
        }

        @Override
        public void close() throws IOException {
            thread.shutdownNow();
            try {
                assertThat(thread.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            for (SocketChannel channel : idle) {
                channel.close();
            }
            for (Slow sender : slow) {
                sender.close();
            }
        }
    }

    private static int get(ServletContainer container, String path) throws IOException {
        try (RawHttp connection = new RawHttp(container.application().getPort(), Duration.ofSeconds(10))) {
            connection.send("GET " + container.application().getPath() + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            return connection.read().status();
        }
    }

    /** Payments of orders of their own, some senders at once, for so long; the nanoseconds that each took, sorted. */
    private List<Long> deliver(ServletContainer container, Duration time) throws Exception {
        ExecutorService senders = Executors.newFixedThreadPool(SENDERS);
        Deadline end = Deadline.in(time);
        try {
            List<Future<List<Long>>> running = new ArrayList<>();
            for (int i = 0; i < SENDERS; i++) {
                running.add(senders.submit(() -> deliverUntil(container, end)));
            }
            List<Long> nanos = new ArrayList<>();
            for (Future<List<Long>> sender : running) {
                nanos.addAll(sender.get());
            }
            nanos.sort(null);
            return nanos;
        } finally {
            senders.shutdownNow();
        }
    }

    private List<Long> deliverUntil(ServletContainer container, Deadline end) throws IOException {
        List<Long> nanos = new ArrayList<>();
        String path = container.application().getPath() + "webhooks/stripe";
        while (!end.hasPassed()) {
            int event = events.incrementAndGet();
            assertThat(event).as("orders that are left").isLessThanOrEqualTo(ORDERS);
            byte[] body =
                    Site.paymentSucceeded("evt_" + event, "pi_" + event, event).getBytes(StandardCharsets.UTF_8);
            String signature = Signer.stripe(SECRET, body, Instant.now()).get("Stripe-Signature");
            long start = System.nanoTime();
            // A connection each: one that is kept would not have to get in.
            try (RawHttp connection = new RawHttp(container.application().getPort(), Duration.ofSeconds(10))) {
                connection.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nStripe-Signature: " + signature
                        + "\r\nContent-Length: " + body.length + "\r\n\r\n");
                connection.send(body);
                RawHttp.Answer answer = connection.read();
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            }
            nanos.add(System.nanoTime() - start);
        }
        return nanos;
    }

    private static double median(List<Long> sorted) {
        return sorted.get(sorted.size() / 2) / 1e6;
    }

    private static double slowest(List<Long> sorted) {
        return sorted.get(sorted.size() - 1) / 1e6;
    }

    private static long threads(long pid) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            return threads.count();
        }
    }

    private static int descriptors(long pid) {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return (int) descriptors.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitReady(ServletContainer container) {
        await("the application is ready")
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .failFast("the container ended", () -> !container.isRunning())
                .until(() -> get(container, "health/ready") == 200);
    }

    private void insertOrders() throws Exception {
        try (Connection connection = DriverManager.getConnection(database, servers.user(), servers.password());
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO orders (id, total_amount) SELECT seq, 49.99 FROM seq_1_to_" + ORDERS);
        }
    }
}
