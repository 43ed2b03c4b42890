package hooklatch.dev;

import hooklatch.testing.FreePort;
import hooklatch.testing.MariaDbServer;
import hooklatch.testing.ServerStartException;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * One run of the application under {@code mvn jetty:run}: servers before it, sample orders after its start, and servers
 * away after its end.
 *
 * <p>Jetty tells a listener that was added by an initializer of the start after those of {@code web.xml}, and of the end
 * before them. So the end of this listener is not the end of the application: that is when the thread that stops it has
 * ended. Thread-safe.
 */
final class DevRun implements ServletContextListener {

    /** How long the end of the JVM waits for the application to stop before it stops the servers under it. */
    private static final Duration APPLICATION_STOPS_WITHIN = Duration.ofSeconds(20);

    /** How long the application may take to make its tables. */
    private static final Duration READY_WITHIN = Duration.ofSeconds(60);

    private static final Duration SAYS_SO_AFTER = Duration.ofSeconds(10);

    private final int port;
    private final DevSettings settings;
    private final DevServers servers;
    private final CompletableFuture<Thread> stopping = new CompletableFuture<>();
    /** Only an application that was ready will be stopped by Jetty; a failed start is followed by nothing. */
    private volatile boolean ready;

    private DevRun(int port, DevSettings settings, DevServers servers) {
        this.port = port;
        this.settings = settings;
        this.servers = servers;
    }

    /**
     * Starts the servers and sets what the application will read.
     *
     * @throws ServerStartException when something is in the way; the message is fit for a person
     */
    static DevRun start(int port, DevSettings settings, Path directory) {
        // Jetty would find out only after the application has started.
        FreePort.require(port, "The application", "Set PORT to use another port.");
        settings.putDefaults();
        DevRun run = new DevRun(port, settings, DevServers.start(settings, directory));
        Runtime.getRuntime().addShutdownHook(new Thread(run::jvmEnds, "stop development servers"));
        return run;
    }

    /**
     * The application has started. Most often the schema is there, too, and the orders are in before the first event can
     * come. The rest waits for Jetty to listen.
     */
    @Override
    public void contextInitialized(ServletContextEvent event) {
        boolean ordersAreThere = insertSampleOrders();
        Thread rest = new Thread(() -> finish(ordersAreThere), "development start");
        rest.setDaemon(true);
        rest.start();
    }

    /** Does nothing in a database that is not ours. */
    private boolean insertSampleOrders() {
        return servers.mariaDb().map(DevRun::insertSampleOrders).orElse(true);
    }

    private static boolean insertSampleOrders(MariaDbServer mariaDb) {
        try (Connection connection = DriverManager.getConnection(
                mariaDb.jdbcUrl(DevSettings.DATABASE_NAME), MariaDbServer.USER, MariaDbServer.PASSWORD)) {
            return SampleOrders.insertIfEmpty(connection);
        } catch (SQLException e) {
            throw new IllegalStateException("The sample orders cannot be inserted: " + e.getMessage(), e);
        }
    }

    @SuppressWarnings(
            "SystemExitOutsideMain") // Maven has no other way to learn of it: its thread waits for Jetty's end.
    private void finish(boolean ordersAreThere) {
        try {
            if (!becomesTrue(this::isListening)) {
                return;
            }
            ready = true;
            if (!ordersAreThere && !becomesTrue(this::insertSampleOrders)) {
                return;
            }
            System.out.println(new Banner(port, settings, servers).text(becomesReady()));
            System.out.flush();
        } catch (IllegalStateException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Waits for the condition; false when the application is stopped before.
     *
     * @throws IllegalStateException when it does not become true in time
     */
    private boolean becomesTrue(BooleanSupplier condition) throws InterruptedException {
        long giveUpAt = System.nanoTime() + READY_WITHIN.toNanos();
        while (!condition.getAsBoolean()) {
            if (isStoppingWithin(Duration.ofMillis(50))) {
                return false;
            }
            if (System.nanoTime() - giveUpAt > 0) {
                throw new IllegalStateException("The application did not listen, or did not make its tables, within "
                        + READY_WITHIN.toSeconds() + " s");
            }
        }
        return true;
    }

    /** Servers of somebody else's may be away; the application waits for them, and says so meanwhile. */
    private boolean becomesReady() throws InterruptedException {
        long giveUpAt = System.nanoTime() + SAYS_SO_AFTER.toNanos();
        while (!isReady()) {
            if (isStoppingWithin(Duration.ofMillis(100)) || System.nanoTime() - giveUpAt > 0) {
                return false;
            }
        }
        return true;
    }

    private boolean isReady() throws InterruptedException {
        HttpRequest question = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health/ready"))
                .timeout(Duration.ofSeconds(2))
                .build();
        try {
            return HttpClient.newHttpClient()
                            .send(question, HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private boolean isListening() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** The servers stay: the application still uses them, and the next start after a redeployment replaces them. */
    @Override
    public void contextDestroyed(ServletContextEvent event) {
        settings.takeBack();
        stopping.complete(Thread.currentThread());
    }

    private void jvmEnds() {
        if (!servers.areRunning()) {
            return;
        }
        try {
            if (ready && isStoppingWithin(APPLICATION_STOPS_WITHIN)) {
                stopping.join().join(APPLICATION_STOPS_WITHIN.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        servers.close();
    }

    private boolean isStoppingWithin(Duration duration) throws InterruptedException {
        try {
            stopping.get(duration.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("nobody completes this exceptionally", e);
        }
    }
}
