package hooklatch.bench;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The statements of one transaction as the product sends them, with their values, to be run again for other ids by plain
 * JDBC: what the database alone takes for the same work. Recording is not thread-safe; a finished tape is.
 */
final class StatementTape {
    /** Row numbers below it are taken for plain numbers. */
    static final long LEAST_ROW = 1_000_000;

    /** A number that the server gave in an earlier statement, in the column of that name or position. */
    private record Given(int statement, Object column) {}

    /** One statement. A value that is a {@link Given} is read from an earlier answer. */
    private static final class Step {
        private final String sql;
        private final boolean query;
        private final Map<Integer, @Nullable Object> values;
        /** Rows that were read, or were changed. */
        private int rows;

        Step(String sql, boolean query, Map<Integer, @Nullable Object> values) {
            this.sql = sql;
            this.query = query;
            this.values = values;
        }
    }

    private final List<Step> steps = new ArrayList<>();
    private final Map<Long, Given> given = new HashMap<>();

    int statements() {
        return steps.size();
    }

    /** Records what is run through the connections of the data source. */
    DataSource recording(DataSource target) {
        return proxy(
                DataSource.class,
                target,
                (method, arguments, result) ->
                        result instanceof Connection connection ? recording(connection) : result);
    }

    private Connection recording(Connection target) {
        return proxy(
                Connection.class,
                target,
                (method, arguments, result) -> result instanceof PreparedStatement statement
                        ? recording((String) arguments[0], statement)
                        : result);
    }

    private PreparedStatement recording(String sql, PreparedStatement target) {
        TreeMap<Integer, @Nullable Object> values = new TreeMap<>();
        return proxy(PreparedStatement.class, target, (method, arguments, result) -> {
            String name = method.getName();
            if (name.startsWith("set") && arguments.length >= 2 && arguments[0] instanceof Integer index) {
                values.put(index, name.equals("setNull") ? null : source(arguments[1]));
            } else if (name.equals("execute")) {
                steps.add(new Step(sql, Boolean.TRUE.equals(result), new TreeMap<>(values)));
                if (Boolean.FALSE.equals(result)) {
                    last().rows = target.getUpdateCount();
                }
            } else if (name.equals("executeQuery") || name.equals("executeUpdate")) {
                steps.add(new Step(sql, name.equals("executeQuery"), new TreeMap<>(values)));
                if (result instanceof Integer changed) {
                    last().rows = changed;
                }
            }
            return result instanceof ResultSet rows ? recording(steps.size() - 1, rows) : result;
        });
    }

    private Step last() {
        return steps.get(steps.size() - 1);
    }

    private @Nullable Object source(@Nullable Object value) {
        return value instanceof Long number && given.containsKey(number) ? given.get(number) : value;
    }

    private ResultSet recording(int statement, ResultSet target) {
        return proxy(ResultSet.class, target, (method, arguments, result) -> {
            if (method.getName().equals("next") && Boolean.TRUE.equals(result)) {
                steps.get(statement).rows++;
            }
            if (method.getName().startsWith("get")
                    && arguments.length >= 1
                    && (arguments[0] instanceof String || arguments[0] instanceof Integer)
                    && result instanceof Long number
                    && number >= LEAST_ROW) {
                given.putIfAbsent(number, new Given(statement, arguments[0]));
            }
            return result;
        });
    }

    /**
     * Runs the transaction again and commits it.
     *
     * @param replacements of the recorded event's ids by others
     * @throws IllegalStateException when a statement reads or changes another number of rows than the recorded one did
     */
    void run(Connection connection, Map<String, String> replacements) throws SQLException {
        Map<Given, Long> numbers = new HashMap<>();
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            int count;
            try (PreparedStatement statement = connection.prepareStatement(step.sql)) {
                for (Map.Entry<Integer, @Nullable Object> value : step.values.entrySet()) {
                    statement.setObject(value.getKey(), replaced(value.getValue(), replacements, numbers));
                }
                if (step.query) {
                    try (ResultSet rows = statement.executeQuery()) {
                        count = read(i, rows, numbers);
                    }
                } else {
                    count = statement.executeUpdate();
                }
            }
            if (count != step.rows) {
                throw new IllegalStateException(count + " rows instead of " + step.rows + " by " + step.sql);
            }
        }
        connection.commit();
    }

    private int read(int statement, ResultSet rows, Map<Given, Long> numbers) throws SQLException {
        int count = 0;
        while (rows.next()) {
            if (count == 0) {
                for (Given one : given.values()) {
                    if (one.statement() == statement) {
                        long number = one.column() instanceof Integer position
                                ? rows.getLong(position)
                                : rows.getLong((String) one.column());
                        numbers.put(one, number);
                    }
                }
            }
            count++;
        }
        return count;
    }

    private static @Nullable Object replaced(
            @Nullable Object value, Map<String, String> replacements, Map<Given, Long> numbers) {
        if (value instanceof Given number) {
            return numbers.get(number);
        }
        if (value instanceof Long number) {
            String other = replacements.get(number.toString());
            return other == null ? number : Long.valueOf(other);
        }
        if (value instanceof String text) {
            String result = text;
            for (Map.Entry<String, String> replacement : replacements.entrySet()) {
                result = result.replace(replacement.getKey(), replacement.getValue());
            }
            return result;
        }
        return value;
    }

    @FunctionalInterface
    private interface After {
        @Nullable
        Object run(java.lang.reflect.Method method, Object[] arguments, @Nullable Object result) throws SQLException;
    }

    private static <T> T proxy(Class<T> type, T target, After after) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    try {
                        Object result = method.invoke(target, arguments);
                        return after.run(method, arguments == null ? new Object[0] : arguments, result);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
