package hooklatch.dev;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Random;

/** The shop's side of the demo: makes orders, and sometimes holds the row of one, as a shop's own job does. */
final class DemoOrders implements AutoCloseable {

    private final Connection connection;

    /** An order as the shop knows it. */
    record Order(long id, BigDecimal total) {}

    /** @throws SQLException when the database cannot be reached */
    DemoOrders(DevSettings settings) throws SQLException {
        String own = "jdbc:mysql://127.0.0.1:" + settings.databasePort() + "/" + DevSettings.DATABASE_NAME;
        connection = DriverManager.getConnection(
                settings.value("DB_URL").orElse(own),
                settings.value("DB_USER").orElse("root"),
                settings.value("DB_PASSWORD").orElse(""));
    }

    /** An order of an ordinary amount. */
    Order place(Random random) throws SQLException {
        BigDecimal total = total(random);
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO orders (user_id, total_amount) VALUES (?, ?)", Statement.RETURN_GENERATED_KEYS)) {
            insert.setLong(1, 1 + random.nextInt(500));
            insert.setBigDecimal(2, total);
            insert.executeUpdate();
            try (ResultSet key = insert.getGeneratedKeys()) {
                key.next();
                return new Order(key.getLong(1), total);
            }
        }
    }

    /** An id that the next orders will not reach soon. */
    long unknownId(Random random) {
        return 7_000_000L + random.nextInt(1_000_000);
    }

    /** Writes an order late, under an id that events have named already. */
    void placeLate(long id, Random random) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO orders (id, user_id, total_amount) VALUES (?, ?, ?)")) {
            insert.setLong(1, id);
            insert.setLong(2, 1 + random.nextInt(500));
            insert.setBigDecimal(3, total(random));
            insert.executeUpdate();
        }
    }

    static BigDecimal total(Random random) {
        return BigDecimal.valueOf(500 + random.nextInt(20_000), 2);
    }

    /** Makes a failed event look as if it had been received first so long ago. */
    void putBack(String provider, String eventId, Duration by) throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE webhook_events SET received_at = received_at - INTERVAL ? SECOND"
                        + " WHERE provider = ? AND event_id = ? AND status = 'failed'")) {
            update.setLong(1, by.toSeconds());
            update.setString(2, provider);
            update.setString(3, eventId);
            update.executeUpdate();
        }
    }

    /** Keeps an order's row to itself until {@link #letGo}: whoever wants to write it waits. */
    void hold(long orderId) throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement lock = connection.prepareStatement("SELECT id FROM orders WHERE id = ? FOR UPDATE")) {
            lock.setLong(1, orderId);
            lock.execute();
        }
    }

    void letGo() throws SQLException {
        connection.rollback();
        connection.setAutoCommit(true);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
