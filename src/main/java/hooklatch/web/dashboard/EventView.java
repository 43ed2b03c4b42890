package hooklatch.web.dashboard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One event as its JSP shows it. Texts that are not there are empty.
 *
 * @param path where its forms go
 * @param statusWord as stored: what may be replayed depends on it
 * @param advice why it had no effect and what to do; null when it had one
 * @param error as the handler said it
 * @param otherPayload when another body came under its id; null when none did
 * @param nextAttempt when it is tried again by itself; null when it is not
 * @param replayObstacle why it cannot be replayed; empty = it can
 * @param mayReveal whether the visitor may see the body unmasked
 * @param revealed whether it is unmasked here and now
 * @param revealProblem what is wrong with the request to see it; empty when nothing is
 */
public record EventView(
        String path,
        String provider,
        String eventId,
        String type,
        String statusKind,
        String status,
        String statusWord,
        Moment received,
        @Nullable Moment processed,
        String attempts,
        String duration,
        String node,
        String amount,
        String order,
        String orderHref,
        String payment,
        String paymentHref,
        String duplicates,
        @Nullable Advice advice,
        String error,
        @Nullable Moment otherPayload,
        @Nullable Moment nextAttempt,
        String result,
        Body body,
        String replayObstacle,
        boolean mayReveal,
        boolean revealed,
        String revealProblem,
        List<Attempt> timeline,
        String timelineCount,
        Pages timelinePages,
        List<Effect> effects) {
    public EventView {
        timeline = List.copyOf(timeline);
        effects = List.copyOf(effects);
    }

    /** The reason in plain words, and what to do. */
    public record Advice(String reason, String whatToDo) {}

    /**
     * The body.
     *
     * @param state {@code readable}, {@code unreadable} or {@code purged}
     * @param size in words
     * @param text laid out; empty when it cannot be shown
     * @param cut whether only its beginning is shown
     */
    public record Body(String state, String size, String text, boolean cut) {}

    /**
     * One attempt at the event.
     *
     * @param origin delivery, retry or replay
     * @param originHref page of the replay or of its group; empty where there is none
     * @param who asked for it; empty when nobody did
     * @param httpStatus empty for what was no delivery
     * @param lockWait how long it waited for the event's lock; "–" when that is not known or it needed none, empty for what
     *     was no delivery
     */
    public record Attempt(
            String key,
            Moment at,
            String origin,
            String originHref,
            String who,
            String kind,
            String outcome,
            String httpStatus,
            String duration,
            String lockWait,
            String node) {}

    /** Links to other parts of the timeline; null where there is none. */
    public record Pages(
            @Nullable String first,
            @Nullable String earlier,
            @Nullable String later,
            @Nullable String last) {
        public boolean isNeeded() {
            return earlier != null || later != null;
        }
    }

    /** One row that the event wrote, or would write to. */
    public record Effect(String what, String id, String href, String state, String amount, String note) {}
}
