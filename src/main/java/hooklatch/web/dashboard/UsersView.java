package hooklatch.web.dashboard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The users as their JSP shows them.
 *
 * @param typedName what the form for a new user held
 */
public record UsersView(List<Row> rows, List<String> roles, String typedName) {
    public UsersView {
        rows = List.copyOf(rows);
        roles = List.copyOf(roles);
    }

    /**
     * One user.
     *
     * @param signedIn null = never
     * @param self whether it is the visitor
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
            boolean self) {}
}
