package hooklatch.dao;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A connection whose transaction cannot be ended by who is given it: it refuses to commit, to change the autocommit mode,
 * and every SQL statement that would commit by itself or outlive the transaction. Only statements that begin with a word
 * known to be harmless pass, so a kind of statement that nobody thought of is refused. Rolling back is allowed: it is what
 * happens anyway. For one thread, as a connection is.
 */
final class UncommittableConnection implements InvocationHandler {
    /** First words of what neither commits nor outlives the transaction, on MySQL and MariaDB. */
    private static final Set<String> HARMLESS = Set.of(
            "SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "VALUES", "DO", "SHOW", "EXPLAIN", "TABLE");

    /** Executable comments are statements in disguise, and are refused by not being skipped. */
    private static final Pattern FIRST_WORD =
            Pattern.compile("\\A(?:\\s+|#[^\\n]*+|--\\s[^\\n]*+|/\\*(?![!M])(?s:.*?)\\*/|\\()*+([A-Za-z]+)");

    private static final Pattern QUOTED =
            Pattern.compile("'(?:[^'\\\\]|\\\\.|'')*+'|\"(?:[^\"\\\\]|\\\\.|\"\")*+\"|`[^`]*+`");

    private static final Set<String> REFUSED_METHODS = Set.of(
            "commit",
            "setAutoCommit",
            "prepareCall",
            "abort",
            "unwrap",
            "setTransactionIsolation",
            "setReadOnly",
            "setCatalog",
            "setSchema",
            "setNetworkTimeout");

    private final Object real;
    private final @Nullable Connection guarded;

    private UncommittableConnection(Object real, @Nullable Connection guarded) {
        this.real = real;
        this.guarded = guarded;
    }

    /** The connection without what would end its transaction. Closing it leaves the real one open. */
    static Connection of(Connection real) {
        return proxy(Connection.class, new UncommittableConnection(real, null));
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        String name = method.getName();
        if (REFUSED_METHODS.contains(name)) {
            throw new SQLException("not in a transaction that is never committed: " + name);
        }
        if (real instanceof Connection && name.equals("close")) {
            return null;
        }
        if (name.equals("getConnection")) {
            return guarded;
        }
        if (arguments != null && arguments.length > 0 && arguments[0] instanceof String sql && takesSql(name)) {
            requireHarmless(sql);
        }
        try {
            Object result = method.invoke(real, arguments);
            return result == null ? null : guard(result, proxy);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }

    /** What leads back to the connection leads back to the guarded one. */
    private Object guard(Object result, Object proxy) {
        Connection connection = real instanceof Connection ? (Connection) proxy : guarded;
        UncommittableConnection guard = new UncommittableConnection(result, connection);
        if (result instanceof CallableStatement) {
            throw new IllegalStateException("a call may end the transaction");
        } else if (result instanceof PreparedStatement) {
            return proxy(PreparedStatement.class, guard);
        } else if (result instanceof Statement) {
            return proxy(Statement.class, guard);
        } else if (result instanceof DatabaseMetaData) {
            return proxy(DatabaseMetaData.class, guard);
        }
        return result;
    }

    private static boolean takesSql(String method) {
        return method.startsWith("execute") || method.equals("addBatch") || method.equals("prepareStatement");
    }

    /** With several in one string, each: a URL may allow that. */
    private static void requireHarmless(String sql) throws SQLException {
        for (String statement : QUOTED.matcher(sql).replaceAll("''").split(";", -1)) {
            Matcher first = FIRST_WORD.matcher(statement);
            boolean harmless = first.find() && HARMLESS.contains(first.group(1).toUpperCase(Locale.ROOT));
            if (!harmless && !statement.isBlank()) {
                throw new SQLException("not in a transaction that is never committed: " + excerpt(sql));
            }
        }
    }

    private static String excerpt(String sql) {
        return sql.length() > 40 ? sql.substring(0, 40) + "…" : sql;
    }
}
