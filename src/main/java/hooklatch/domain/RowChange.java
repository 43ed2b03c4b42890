package hooklatch.domain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row before and after something was done.
 *
 * @param table its name
 * @param key what names the row to people, for example {@code pi_1}
 * @param columns all that were looked at, in the order of the table
 */
public record RowChange(String table, String key, Kind kind, List<Column> columns) {
    /** What became of the row. */
    public enum Kind {
        NEW,
        CHANGED,
        /** All columns are as before, but for those that only count. */
        SAME,
        REMOVED
    }

    /**
     * One column.
     *
     * @param before null when it was NULL, or there was no row
     * @param after null when it is NULL, or there is no row
     * @param counter true for a column that grows with every event and says nothing by itself
     */
    public record Column(
            String name, @Nullable String before, @Nullable String after, boolean counter) {
        public boolean isChanged() {
            return before == null ? after != null : !before.equals(after);
        }
    }

    public RowChange {
        columns = List.copyOf(columns);
    }
}
