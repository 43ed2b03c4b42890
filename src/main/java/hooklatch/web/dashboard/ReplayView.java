package hooklatch.web.dashboard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The page that replays one event.
 *
 * @param obstacle why it cannot be replayed now; empty = it can
 * @param mayAct whether the visitor may
 * @param rehearsed what a dry run has just shown, and with it the form of the replay itself; null = none was asked for
 * @param reason as it was typed so far
 * @param problem what is wrong with the reason; empty = nothing
 */
public record ReplayView(
        String provider,
        String eventId,
        String href,
        String type,
        String statusKind,
        String status,
        String error,
        String attempts,
        Moment received,
        String obstacle,
        boolean mayAct,
        @Nullable Rehearsed rehearsed,
        String reason,
        String problem,
        List<Earlier> earlier) {
    public ReplayView {
        earlier = List.copyOf(earlier);
    }

    /**
     * What a dry run has shown.
     *
     * @param kind as badge.tag wants it
     * @param sentence what would happen
     * @param afterCommit what would be done after the commit; empty = nothing
     */
    public record Rehearsed(String kind, String label, String sentence, String afterCommit, List<Row> rows) {
        public Rehearsed {
            rows = List.copyOf(rows);
        }
    }

    /** A row before and after. */
    public record Row(String id, String table, String key, String kind, String label, List<Column> columns) {
        public Row {
            columns = List.copyOf(columns);
        }
    }

    /** A column before and after; what is NULL is {@code –}. */
    public record Column(String name, String before, String after, boolean changed) {}

    /** A replay of the past. */
    public record Earlier(
            long id, Moment at, String kind, String outcome, String message, String by, String reason, String job) {}
}
