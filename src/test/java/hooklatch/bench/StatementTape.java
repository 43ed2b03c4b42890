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

    /** A number that the server gave in an earlier statement. */
    private record Given(int statement, String column) {}

    /** One statement. A value that is a {@link Given} is read from an earlier answer. */
    private record Step(String sql, boolean query, TreeMap<Integer, @Nullable Object> values) {}

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
            } else if (name.equals("executeQuery") || name.equals("executeUpdate")) {
                steps.add(new Step(sql, name.equals("executeQuery"), new TreeMap<>(values)));
            }
            return result instanceof ResultSet rows ? recording(steps.size() - 1, rows) : result;
        });
    }

    private @Nullable Object source(@Nullable Object value) {
        return value instanceof Long number && given.containsKey(number) ? given.get(number) : value;
    }

    private ResultSet recording(int statement, ResultSet target) {
        return proxy(ResultSet.class, target, (method, arguments, result) -> {
            if (method.getName().startsWith("get")
                    && arguments.length >= 1
                    && arguments[0] instanceof String column
                    && result instanceof Long number
                    && number >= LEAST_ROW) {
                given.putIfAbsent(number, new Given(statement, column));
            }
            return result;
        });
    }

    /**
     * Runs the transaction again and commits it.
     *
     * @param replacements of the recorded event's ids by others
     */
    void run(Connection connection, Map<String, String> replacements) throws SQLException {
        Map<Given, Long> numbers = new HashMap<>();
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            try (PreparedStatement statement = connection.prepareStatement(step.sql())) {
                for (Map.Entry<Integer, @Nullable Object> value : step.values().entrySet()) {
                    statement.setObject(value.getKey(), replaced(value.getValue(), replacements, numbers));
                }
                if (step.query()) {
                    try (ResultSet rows = statement.executeQuery()) {
                        read(i, rows, numbers);
                    }
                } else {
                    statement.executeUpdate();
                }
            }
        }
        connection.commit();
    }

    private void read(int statement, ResultSet rows, Map<Given, Long> numbers) throws SQLException {
        boolean first = true;
        while (rows.next()) {
            if (first) {
                for (Given one : given.values()) {
                    if (one.statement() == statement) {
                        numbers.put(one, rows.getLong(one.column()));
                    }
                }
                first = false;
            }
        }
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
        Object run(java.lang.reflect.Method method, Object[] arguments, @Nullable Object result);
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
