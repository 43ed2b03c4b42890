package hooklatch.testing;

import com.mysql.cj.jdbc.MysqlDataSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;

/**
 * Connections that ask the server, before each query, update or deletion, how it will find its rows, and after it, how many
 * rows it has read. Thread-safe.
 */
public final class Explained {
    /**
     * One line of a plan.
     *
     * @param table as the statement calls it; of a temporary table the server's word in angle brackets
     */
    public record Step(String table, String type, String key, String extra) {}

    /**
     * One query as it was run.
     *
     * @param sql with its values
     * @param rowsRead by the storage engine, index entries included
     */
    public record Query(String sql, List<Step> plan, long rowsRead) {
        /**
         * Where a whole table, or a whole index, is read, or a table's rows are sorted. The few rows that keys have found may
         * be sorted.
         */
        public List<Step> bad() {
            boolean sortsMany = rowsRead > FEW;
            return plan.stream()
                    .filter(step -> !step.table().startsWith("<"))
                    .filter(step -> step.type().equals("ALL")
                            || (sortsMany && step.extra().contains("Using filesort"))
                            || step.type().equals("index"))
                    .toList();
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(sql.strip());
            plan.forEach(step -> text.append("\n    ").append(step));
            return text.append("\n    rows read: ").append(rowsRead).toString();
        }
    }

    private static final String RENDERED = ": ";

    /** Rows whose sorting nobody notices; a table of a test has many more. */
    private static final int FEW = 300;

    private final MysqlDataSource plain = new MysqlDataSource();
    private final List<Query> queries = new CopyOnWriteArrayList<>();

    /** @param url of the database; its user is root without a password */
    public Explained(String url) {
        // Rendered by the driver: a statement prepared on the server does not tell its values.
        plain.setUrl(url.replace("useServerPrepStmts=true", "useServerPrepStmts=false"));
        plain.setUser(MariaDbServer.USER);
    }

    /** What was asked since the last call. */
    public List<Query> take() {
        List<Query> taken = List.copyOf(queries);
        queries.clear();
        return taken;
    }

    /** Connections with autocommit off and READ COMMITTED, as the pools have it. */
    public DataSource dataSource() {
        return proxy(DataSource.class, plain, (method, arguments, target) -> {
            Object result = method.invoke(target, arguments);
            if (result instanceof Connection connection) {
                connection.setAutoCommit(false);
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
                return connection(connection);
            }
            return result;
        });
    }

    private Connection connection(Connection connection) {
        return proxy(Connection.class, connection, (method, arguments, target) -> {
            Object result = method.invoke(target, arguments);
            return result instanceof PreparedStatement statement ? statement(connection, statement) : result;
        });
    }

    private PreparedStatement statement(Connection connection, PreparedStatement statement) {
        return proxy(PreparedStatement.class, statement, (method, arguments, target) -> {
            boolean runs = method.getName().startsWith("execute") && (arguments == null || arguments.length == 0);
            String sql = statement.toString();
            sql = sql.substring(sql.indexOf(RENDERED) + RENDERED.length());
            if (!runs
                    || !sql.strip().toUpperCase(java.util.Locale.ROOT).matches("(?s)[(\\s]*(SELECT|UPDATE|DELETE).*")) {
                return method.invoke(target, arguments);
            }
            List<Step> plan = explain(connection, sql);
            long before = rowsRead(connection);
            Object result = method.invoke(target, arguments);
            queries.add(new Query(sql, plan, rowsRead(connection) - before));
            return result;
        });
    }

    private static List<Step> explain(Connection connection, String sql) throws SQLException {
        List<Step> steps = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("EXPLAIN " + sql)) {
            while (row.next()) {
                steps.add(new Step(
                        String.valueOf(row.getString("table")),
                        String.valueOf(row.getString("type")),
                        String.valueOf(row.getString("key")),
                        String.valueOf(row.getString("Extra"))));
            }
        }
        return steps;
    }

    private static long rowsRead(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW SESSION STATUS WHERE Variable_name IN ('Handler_read_key',"
                        + " 'Handler_read_next', 'Handler_read_prev', 'Handler_read_rnd_next', 'Handler_read_first',"
                        + " 'Handler_read_last', 'Handler_icp_attempts')")) {
            long sum = 0;
            while (row.next()) {
                sum += row.getLong(2);
            }
            return sum;
        }
    }

    @FunctionalInterface
    private interface Call {
        Object run(java.lang.reflect.Method method, Object[] arguments, Object target)
                throws ReflectiveOperationException, SQLException;
    }

    private static <T> T proxy(Class<T> type, T target, Call call) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    try {
                        return call.run(method, arguments, target);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
