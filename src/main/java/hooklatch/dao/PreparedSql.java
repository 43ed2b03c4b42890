package hooklatch.dao;

import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.ColonPrefixSqlParser;
import org.jdbi.v3.core.statement.ParsedSql;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.jspecify.annotations.Nullable;

/**
 * A statement with named parameters for the path that each delivery takes: read once, by Jdbi's parser, and sent by plain
 * JDBC on the connection of a {@link Handle}. Everything else goes through Jdbi, which has more to offer and needs a multiple
 * of the driver's own CPU for a statement. Immutable and thread-safe.
 *
 * <p>Failures are {@link UnableToExecuteStatementException}s as Jdbi's are, with the {@link SQLException} as their cause and
 * no value that was bound in their message.
 */
final class PreparedSql {
    private final String sql;
    /** Of each question mark, in order. */
    private final String[] names;

    private PreparedSql(String sql, String[] names) {
        this.sql = sql;
        this.names = names;
    }

    /** @param sql with parameters as {@code :name}, each of which may stand at several places */
    static PreparedSql of(String sql) {
        ParsedSql parsed = new ColonPrefixSqlParser().parse(sql, null);
        return new PreparedSql(
                parsed.getSql(), parsed.getParameters().getParameterNames().toArray(String[]::new));
    }

    /** Begins one execution. */
    Execution on(Handle handle) {
        return new Execution(handle);
    }

    /** Makes something of the row at which a result stands; does not move it. */
    @FunctionalInterface
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Takes in the row at which a result stands; does not move it. */
    @FunctionalInterface
    interface EachRow {
        void accept(ResultSet row) throws SQLException;
    }

    /** One execution: all parameters are bound, then it is executed once. For one thread. */
    final class Execution {
        private static final Object UNBOUND = new Object();

        private final Handle handle;
        private final @Nullable Object[] values = new @Nullable Object[names.length];

        private Execution(Handle handle) {
            this.handle = handle;
            Arrays.fill(values, UNBOUND);
        }

        Execution bind(String name, @Nullable String value) {
            return set(name, value);
        }

        Execution bind(String name, @Nullable Long value) {
            return set(name, value);
        }

        Execution bind(String name, long value) {
            return set(name, value);
        }

        Execution bind(String name, byte[] value) {
            return set(name, value);
        }

        Execution bind(String name, @Nullable BigDecimal value) {
            return set(name, value);
        }

        /** As text in UTC, cut to microseconds. */
        Execution bind(String name, @Nullable Instant value) {
            return set(name, value == null ? null : UtcInstantArguments.text(value));
        }

        private Execution set(String name, @Nullable Object value) {
            boolean known = false;
            for (int i = 0; i < names.length; i++) {
                if (names[i].equals(name)) {
                    values[i] = value;
                    known = true;
                }
            }
            if (!known) {
                throw new IllegalArgumentException("no parameter \"" + name + "\" in " + sql);
            }
            return this;
        }

        /** Rows that were inserted or found to be updated, as the server counts them. */
        int update() {
            try (PreparedStatement statement = prepared()) {
                return statement.executeUpdate();
            } catch (SQLException e) {
                throw failed(e);
            }
        }

        /** Shows all rows of the answer, in its order. */
        void each(EachRow reader) {
            try (PreparedStatement statement = prepared();
                    ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    reader.accept(rows);
                }
            } catch (SQLException e) {
                throw failed(e);
            }
        }

        /** All rows of the answer, in its order. */
        <T> List<T> list(Row<T> reader) {
            List<T> list = new ArrayList<>();
            each(row -> list.add(reader.read(row)));
            return list;
        }

        /**
         * The first row of the answer.
         *
         * @return empty when there is none
         */
        <T> Optional<T> first(Row<T> reader) {
            try (PreparedStatement statement = prepared();
                    ResultSet rows = statement.executeQuery()) {
                return rows.next() ? Optional.of(reader.read(rows)) : Optional.empty();
            } catch (SQLException e) {
                throw failed(e);
            }
        }

        /** The first row of an answer that always has one. */
        <T> T one(Row<T> reader) {
            return first(reader).orElseThrow(() -> new IllegalStateException("no row for " + sql));
        }

        private PreparedStatement prepared() throws SQLException {
            PreparedStatement statement = handle.getConnection().prepareStatement(sql);
            try {
                for (int i = 0; i < values.length; i++) {
                    give(statement, i + 1, values[i]);
                }
                return statement;
            } catch (SQLException | RuntimeException e) {
                statement.close();
                throw e;
            }
        }

        private void give(PreparedStatement statement, int position, @Nullable Object value) throws SQLException {
            if (value == null) {
                statement.setNull(position, Types.NULL);
            } else if (value instanceof String text) {
                statement.setString(position, text);
            } else if (value instanceof Long number) {
                statement.setLong(position, number);
            } else if (value instanceof byte[] bytes) {
                statement.setBytes(position, bytes);
            } else if (value instanceof BigDecimal decimal) {
                statement.setBigDecimal(position, decimal);
            } else {
                throw new IllegalStateException("parameter \"" + names[position - 1] + "\" is not bound in " + sql);
            }
        }

        private UnableToExecuteStatementException failed(SQLException e) {
            return new UnableToExecuteStatementException(e, null);
        }
    }
}
