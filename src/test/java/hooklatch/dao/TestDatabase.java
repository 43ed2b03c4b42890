package hooklatch.dao;

import com.mysql.cj.jdbc.MysqlDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** A database of one test, spoken to in plain SQL; a row is its values joined by {@code |}. */
final class TestDatabase {

    private final MysqlDataSource dataSource = new MysqlDataSource();

    TestDatabase(String url) {
        dataSource.setUrl(url);
        dataSource.setUser("root");
    }

    DataSource dataSource() {
        return dataSource;
    }

    Schema schema() {
        return new Schema(dataSource, Schema.Mode.MIGRATE);
    }

    void run(String... statements) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    List<String> rows(String query) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return rows(row);
        } catch (SQLException e) {
            throw new IllegalStateException(query + ": " + e.getMessage(), e);
        }
    }

    static List<String> rows(ResultSet row) throws SQLException {
        List<String> rows = new ArrayList<>();
        int columns = row.getMetaData().getColumnCount();
        while (row.next()) {
            List<String> values = new ArrayList<>();
            for (int column = 1; column <= columns; column++) {
                values.add(String.valueOf(row.getString(column)));
            }
            rows.add(String.join("|", values));
        }
        return rows;
    }

    String value(String query) {
        List<String> rows = rows(query);
        if (rows.size() != 1) {
            throw new IllegalStateException(query + " has " + rows.size() + " rows");
        }
        return rows.get(0);
    }

    List<String> tables() {
        return rows("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1");
    }

    /** The statement that makes the table (or view), without its counter. */
    String ddl(String table) {
        return rows("SHOW CREATE TABLE " + table).get(0).replaceAll(" AUTO_INCREMENT=\\d+", "");
    }
}
