package hooklatch.dev;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

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

    /**
     * Inserts the orders if there is not a single one.
     *
     * @return how many were inserted
     */
    static int insertIfEmpty(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM orders")) {
            if (row.next() && row.getLong(1) > 0) {
                return 0;
            }
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
        return TOTALS.size();
    }
}
