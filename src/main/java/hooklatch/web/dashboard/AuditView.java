package hooklatch.web.dashboard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The audit log as its JSP shows it.
 *
 * @param filtered whether anything is filtered, so that an empty list may mean "nothing matches"
 * @param first link to the newest entries; null = this is that page
 * @param next link to older ones; null = there are none
 */
public record AuditView(
        Filter filter,
        boolean filtered,
        List<Row> rows,
        @Nullable String first,
        @Nullable String next) {
    public AuditView {
        rows = List.copyOf(rows);
    }

    /** The fields of the form as they were sent. */
    public record Filter(String user, String action, String target, String from, String to) {}

    /** One entry. Texts that are not there are empty. */
    public record Row(
            long id,
            Moment at,
            String user,
            String role,
            String action,
            String target,
            String reason,
            String details,
            String source,
            String node) {}
}
