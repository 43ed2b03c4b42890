package hooklatch.web.dashboard;

import java.util.List;

/** Group replays, the newest first. */
public record ReplayJobsView(List<Row> rows) {
    public ReplayJobsView {
        rows = List.copyOf(rows);
    }

    /** One job. */
    public record Row(
            String id,
            String href,
            String kind,
            String state,
            String filter,
            String events,
            String by,
            String reason,
            Moment created) {}
}
