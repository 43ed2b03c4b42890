package hooklatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import hooklatch.testing.BuildDirectory;
import hooklatch.testing.JettyHome;
import hooklatch.testing.RawHttp;
import hooklatch.testing.ServletContainer;
import hooklatch.testing.Signer;
import hooklatch.testing.TestServers;
import hooklatch.testing.Tomcat;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
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
    private static final int DELIVERIES_EACH = 150;
    private static final int MOST_THREADS = 320;
    /** What Tomcat needs, see the README: it stops accepting at 8192 connections otherwise. */
    private static final String TOMCAT_CONNECTOR = "maxConnections=\"20000\"";

    private static final List<String> SLOW_HEADS = List.of(
            // Never ends its head.
            "POST /webhooks/stripe HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
            head("POST /webhooks/stripe", "Stripe-Signature: x\r\nContent-Length: 100000"),
            head("POST /webhooks/stripe", "Transfer-Encoding: chunked") + "5000\r\n",
            head("POST /dashboard/login", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000"),
            head("POST /health/live", "Content-Length: 100000"),
            head("GET /metrics", "Content-Length: 100000"),
            head("POST /webhooks/status/evt_1", "Content-Length: 100000"),
            head("POST /static/app.css", "Content-Length: 100000"),
            head("POST /no/such/page", "Content-Length: 100000"),
            head("POST /no/such/page.jsp", "Content-Length: 100000"));

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
            deliver(container);
            List<Long> alone = deliver(container);

            crowd.gather();
            long descriptors = descriptors(container.pid());
            List<Long> crowded = deliver(container);
            long threads = threads(container.pid());

            System.out.printf(
                    "SlowSendersIT: %s: %d idle and %d slow connections, %d descriptors, %d threads; %d deliveries: median"
                            + " %.1f ms (%.1f ms without them), slowest %.1f ms (%.1f ms)%n",
                    name,
                    crowd.idle(),
                    SLOW * SLOW_HEADS.size(),
                    descriptors,
                    threads,
                    crowded.size(),
                    median(crowded),
                    median(alone),
                    slowest(crowded),
                    slowest(alone));
            assertThat(descriptors).as("the connections are there").isGreaterThan(crowd.idle() * 9L / 10);
            assertThat(threads).as("threads of %s", name).isLessThan(MOST_THREADS);
            assertThat(median(crowded)).as("median, ms").isLessThan(5 * median(alone) + 50);
            assertThat(slowest(crowded)).as("slowest, ms").isLessThan(4_500);
        }
    }

    /** All who have connected and do not go on. Whoever is turned away comes again. */
    private static final class Crowd implements AutoCloseable {
        /** So many connect before one waits for an answer: more at once than a container's backlog are put off for seconds. */
        private static final int AT_ONCE = 40;

        private final ServletContainer container;
        private final List<SocketChannel> idle = new ArrayList<>();
        private final List<Socket> slow = new ArrayList<>();
        private final ScheduledExecutorService drops = Executors.newSingleThreadScheduledExecutor();
        private final ByteBuffer unexpected = ByteBuffer.allocate(512);
        private int connected;

        Crowd(ServletContainer container) {
            this.container = container;
        }

        void gather() throws IOException {
            // The JVM has raised its own limit to what the system allows, and the container's will do the same.
            assertThat(((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                            .getMaxFileDescriptorCount())
                    .as(
                            "descriptors that a process may have; for %d connections raise the hard limit (ulimit -Hn)",
                            IDLE)
                    .isGreaterThanOrEqualTo(DESCRIPTORS);
            for (int i = 0; i < IDLE; i++) {
                idle.add(connect());
            }
            for (int i = 0; i < SLOW * SLOW_HEADS.size(); i++) {
                slow.add(begin(i));
            }
            stay();
            var unused = drops.scheduleWithFixedDelay(this::stay, 0, 200, TimeUnit.MILLISECONDS);
        }

        private SocketChannel connect() throws IOException {
            connected++;
            if (connected % AT_ONCE == 0) {
                assertThat(get(container, "health/live")).isEqualTo(200);
            }
            SocketChannel channel = SocketChannel.open(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), container.application().getPort()));
            channel.configureBlocking(false);
            return channel;
        }

        private Socket begin(int number) throws IOException {
            Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(), container.application().getPort());
            socket.setTcpNoDelay(true);
            String root = container.application().getPath().replaceFirst("/$", "");
            String head = SLOW_HEADS.get(number % SLOW_HEADS.size()).replaceFirst(" /", " " + root + "/");
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            return socket;
        }

        /** A byte from each that is slow; and those that the container has ended are there again. */
        private void stay() {
            for (int i = 0; i < slow.size(); i++) {
                try {
                    slow.get(i).getOutputStream().write('a');
                } catch (IOException turnedAway) {
                    comeAgain(i);
                }
            }
            for (int i = 0; i < idle.size(); i++) {
                try {
                    if (idle.get(i).read(unexpected.clear()) < 0) {
                        idle.get(i).close();
                        idle.set(i, connect());
                    }
                } catch (IOException e) {
                    // Turned away: the next round tries again.
                }
            }
        }

        private void comeAgain(int number) {
            try {
                slow.get(number).close();
                slow.set(number, begin(number));
            } catch (IOException e) {
                // Turned away at once: the next round tries again.
            }
        }

        int idle() {
            return idle.size();
        }

        @Override
        public void close() throws IOException {
            drops.shutdownNow();
            try {
                assertThat(drops.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            for (SocketChannel channel : idle) {
                channel.close();
            }
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    private static int get(ServletContainer container, String path) throws IOException {
        try (RawHttp connection = new RawHttp(container.application().getPort(), Duration.ofSeconds(10))) {
            connection.send("GET " + container.application().getPath() + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            return connection.read().status();
        }
    }

    /** Payments of orders of their own, some senders at once; the nanoseconds that each took. */
    private List<Long> deliver(ServletContainer container) throws Exception {
        ExecutorService senders = Executors.newFixedThreadPool(SENDERS);
        try {
            List<Future<List<Long>>> running = new ArrayList<>();
            for (int i = 0; i < SENDERS; i++) {
                running.add(senders.submit(() -> deliverSome(container)));
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

    private List<Long> deliverSome(ServletContainer container) throws IOException {
        List<Long> nanos = new ArrayList<>();
        String path = container.application().getPath() + "webhooks/stripe";
        for (int i = 0; i < DELIVERIES_EACH; i++) {
            int event = events.incrementAndGet();
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

    private static long descriptors(long pid) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return descriptors.count();
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
            statement.execute("INSERT INTO orders (id, total_amount) SELECT seq, 49.99 FROM seq_1_to_"
                    + 3 * SENDERS * DELIVERIES_EACH);
        }
    }
}
