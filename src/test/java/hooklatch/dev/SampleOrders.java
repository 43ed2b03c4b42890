package hooklatch.dev;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/** Twenty orders to send events about: 1001 (49.99) to 1020. */
final class SampleOrders {

    static final long FIRST_ID = 1001;

    private static final List<BigDecimal> TOTALS = List.of(
                    "49.99", "120.00", "12.34", "8.50", "250.00", "19.95", "49.99", "75.20", "310.00", "5.00", "64.40",
                    "99.90", "15.75", "42.00", "180.60", "27.30", "33.33", "560.00", "9.99", "71.10")
            .stream()
            .map(BigDecimal::new)
            .toList();

    private SampleOrders() {}

    /** The total of a sample order; empty when the text is not the id of one. */
    static Optional<BigDecimal> total(String orderId) {
        for (int i = 0; i < TOTALS.size(); i++) {
            if (Long.toString(FIRST_ID + i).equals(orderId)) {
                return Optional.of(TOTALS.get(i));
            }
        }
        return Optional.empty();
    }

    /**
     * Inserts the orders if there is not a single one.
     *
     * @return false when the application has not made the table yet
     */
    static boolean insertIfEmpty(Connection connection) throws SQLException {
        if (count(connection, "information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'orders'")
                == 0) {
            return false;
        }
        if (count(connection, "orders") > 0) {
            return true;
        }
        connection.setAutoCommit(false);
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO orders (id, user_id, total_amount) VALUES (?, ?, ?)")) {
            for (int i = 0; i < TOTALS.size(); i++) {
                insert.setLong(1, FIRST_ID + i);
                insert.setLong(2, 1 + i % 7);
                insert.setBigDecimal(3, TOTALS.get(i));
                insert.addBatch();
            }
            insert.executeBatch();
        }
        connection.commit();
        return true;
    }

    private static long count(Connection connection, String rows) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM " + rows)) {
            row.next();
            return row.getLong(1);
        }
    }
}
