package hooklatch.dev;

import hooklatch.dao.ConnectionPool;
import hooklatch.dao.Schema;
import hooklatch.testing.ManyEvents;
import hooklatch.testing.MariaDbServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Fills a database with the events of a busy shop: by default 1,000,000 events and 5,000,000 deliveries of the last 60 days,
 * in the MariaDB that {@code mvn jetty:run} has started. DB_URL, DB_USER and DB_PASSWORD name another.
 *
 * <pre>mvn -q test-compile exec:java@load -Dload="--events 100000 --deliveries 300000 --days 30"</pre>
 */
public final class LoadEvents {
    private static final int EVENTS = 1_000_000;
    private static final int DELIVERIES = 5_000_000;
    private static final int DAYS = 60;

    private LoadEvents() {}

    /** Ends with status 2 when the options are wrong, and with 1 when the database cannot be filled. */
    public static void main(String[] arguments) {
        Map<String, Integer> options =
                new HashMap<>(Map.of("--events", EVENTS, "--deliveries", DELIVERIES, "--days", DAYS));
        try {
            for (int i = 0; i < arguments.length; i += 2) {
                if (!options.containsKey(arguments[i]) || i + 1 == arguments.length) {
                    throw new IllegalArgumentException("Options: --events N --deliveries N --days N");
                }
                options.put(arguments[i], Integer.parseInt(arguments[i + 1]));
            }
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
        DevSettings settings = new DevSettings(System.getenv(), System.getProperties());
        String url = settings.value("DB_URL")
                .orElse("jdbc:mysql://127.0.0.1:" + settings.databasePort() + "/" + DevSettings.DATABASE_NAME);
        try {
            load(
                    url,
                    settings.value("DB_USER").orElse(MariaDbServer.USER),
                    settings.value("DB_PASSWORD").orElse(MariaDbServer.PASSWORD),
                    options);
        } catch (SQLException e) {
            System.err.println("The database at " + url + " cannot be filled: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void load(String url, String user, String password, Map<String, Integer> options)
            throws SQLException {
        var database = ConnectionPool.unpooled(url, user, password);
        new Schema(database, Schema.Mode.MIGRATE).apply();
        long begun = System.nanoTime();
        ManyEvents events = new ManyEvents(
                Objects.requireNonNull(options.get("--events")),
                Objects.requireNonNull(options.get("--deliveries")),
                Instant.now().truncatedTo(ChronoUnit.MILLIS),
                Duration.ofDays(Objects.requireNonNull(options.get("--days"))));
        try (Connection connection = database.getConnection()) {
            events.load(connection, System.out::println);
        }
        System.out.printf(Locale.ROOT, "done in %.0f s%n", (System.nanoTime() - begun) / 1e9);
    }
}
