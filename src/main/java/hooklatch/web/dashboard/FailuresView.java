package hooklatch.web.dashboard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has failed, as its JSP shows it.
 *
 * @param all false when there are more causes than are shown
 * @param jobs link to the group replays
 */
public record FailuresView(List<Group> groups, boolean all, String jobs) {
    public FailuresView {
        groups = List.copyOf(groups);
    }

    /**
     * One cause.
     *
     * @param id of its element, without blanks
     * @param about of how many events the providers, types and attempts are told; empty = of all
     * @param nextAttempt null = none is tried again by itself
     * @param replayAll link to the page that counts and asks
     */
    public record Group(
            String id,
            String cause,
            String count,
            String deadLettered,
            Moment first,
            Moment last,
            String providers,
            String types,
            String about,
            @Nullable Moment nextAttempt,
            String meaning,
            String whatToDo,
            List<Sample> samples,
            String replayAll) {
        public Group {
            samples = List.copyOf(samples);
        }
    }

    /** An event of a cause. */
    public record Sample(
            String provider,
            String eventId,
            String href,
            String type,
            String statusKind,
            String status,
            String attempts,
            Moment received,
            String error,
            String order,
            String orderHref,
            String replay) {}
}
