package hooklatch.dao;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import org.jdbi.v3.core.Handle;

/**
 * Appends many rows by statements of few shapes: 128 rows, 64, 32 and so on down to one. So each is prepared once for a
 * connection. The driver's batches are one statement for each number of rows that occurs, prepared anew each time, which
 * takes longer than sending the rows. Immutable and thread-safe.
 */
final class RowsInsert<T> {
    private static final int MOST_ROWS = 128;

    private final String intoColumns;
    private final int columns;
    private final Row<T> row;

    /** Sets the columns of one row. */
    @FunctionalInterface
    interface Row<T> {
        /**
         * Sets them.
         *
         * @param first number of the parameter of the first column
         */
        void set(PreparedStatement statement, int first, T value) throws SQLException;
    }

    /**
     * Names the table.
     *
     * @param intoColumns {@code INSERT INTO t (a, b, …)}, as far as that
     * @param columns how many
     */
    RowsInsert(String intoColumns, int columns, Row<T> row) {
        this.intoColumns = intoColumns;
        this.columns = columns;
        this.row = row;
    }

    /**
     * Appends the rows in the order given, within the handle's transaction.
     *
     * @throws SQLException as the driver's
     */
    void execute(Handle handle, List<T> rows) throws SQLException {
        int done = 0;
        while (done < rows.size()) {
            int count = Math.min(MOST_ROWS, Integer.highestOneBit(rows.size() - done));
            try (PreparedStatement statement = handle.getConnection().prepareStatement(insert(count))) {
                for (int i = 0; i < count; i++) {
                    row.set(statement, 1 + i * columns, rows.get(done + i));
                }
                statement.executeUpdate();
            }
            done += count;
        }
    }

    private String insert(int rows) {
        String one = "(" + String.join(",", Collections.nCopies(columns, "?")) + ")";
        return intoColumns + " VALUES " + String.join(",", Collections.nCopies(rows, one));
    }
}
