package hooklatch.web.dashboard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The page that counts a group and asks whether to replay it.
 *
 * @param filter what was asked for, one phrase a condition
 * @param count how many events match; nothing was counted while there is an obstacle
 * @param any whether any does
 * @param tooMany more match than one job takes: what is taken; empty = all are
 * @param obstacle why it cannot be asked for; empty = it can
 * @param fields the filter again, as hidden fields
 * @param newestRow events behind it are not in the set
 * @param requestId of this form: sent twice, it is one job
 * @param reason as it was sent
 * @param problem what is wrong with the form, or null
 */
public record GroupReplayView(
        List<String> filter,
        String count,
        boolean any,
        String tooMany,
        String obstacle,
        List<Field> fields,
        String newestRow,
        String requestId,
        String reason,
        @Nullable String problem,
        boolean mayAct) {
    public GroupReplayView {
        filter = List.copyOf(filter);
        fields = List.copyOf(fields);
    }

    /** A hidden field. */
    public record Field(String name, String value) {}
}
