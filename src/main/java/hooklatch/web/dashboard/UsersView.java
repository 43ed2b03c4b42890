package hooklatch.web.dashboard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The users as their JSP shows them.
 *
 * @param typedName what the form for a new user held
 * @param typedReason the same
 */
public record UsersView(List<Row> rows, List<String> roles, String typedName, String typedReason) {
    public UsersView {
        rows = List.copyOf(rows);
        roles = List.copyOf(roles);
    }

    /**
     * One user.
     *
     * @param signedIn null = never
     * @param self whether it is the visitor
     * @param changes what can be changed
     */
    public record Row(
            long id,
            String name,
            String role,
            boolean disabled,
            @Nullable Moment signedIn,
            Moment created,
            Moment passwordChanged,
            int sessions,
            boolean self,
            List<Change> changes) {
        public Row {
            changes = List.copyOf(changes);
        }
    }

    /** A way to the page that makes a change. */
    public record Change(String label, String href) {}
}
