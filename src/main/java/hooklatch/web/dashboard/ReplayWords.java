package hooklatch.web.dashboard;

import hooklatch.domain.EventRecord;
import hooklatch.domain.EventStatus;
import hooklatch.domain.ReplayFilter;
import hooklatch.domain.ReplayJob;
import hooklatch.domain.ReplayOutcome;
import hooklatch.domain.RowChange;
import hooklatch.domain.StatusAnswer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How the pages of replays and failures put values into words. */
final class ReplayWords {
    private ReplayWords() {}

    static String outcome(ReplayOutcome.Kind kind) {
        return switch (kind) {
            case PROCESSED -> "Processed";
            case SKIPPED -> "Still skipped";
            case REFUSED -> "Refused again";
            case EFFECT_STANDS -> "Had its effect before";
            case BUSY -> "Busy";
            case PURGED -> "Body purged";
            case UNREADABLE -> "Body not readable";
            case UNKNOWN_EVENT -> "Forgotten";
            case UNAVAILABLE -> "Outcome not known";
        };
    }

    /** What a replay would come to, by a rehearsal. */
    static String rehearsedOutcome(ReplayOutcome.Kind kind) {
        return switch (kind) {
            case PROCESSED -> "Would be processed";
            case SKIPPED -> "Would stay skipped";
            case REFUSED -> "Would be refused again";
            case UNAVAILABLE -> "Could not be tried";
            default -> outcome(kind);
        };
    }

    static String outcomeKind(ReplayOutcome.Kind kind) {
        return switch (kind) {
            case PROCESSED -> "ok";
            case EFFECT_STANDS -> "info";
            case REFUSED -> "bad";
            case SKIPPED, UNKNOWN_EVENT -> "idle";
            case BUSY, PURGED, UNREADABLE, UNAVAILABLE -> "warn";
        };
    }

    /** Why an event cannot be replayed now. */
    static String obstacle(ReplayOutcome.Kind kind, EventRecord event, Instant now) {
        return switch (kind) {
            case EFFECT_STANDS -> {
                Instant at = event.processedAt();
                yield "This event was processed"
                        + (at == null ? "" : " at " + Moment.of(at, now).exact())
                        + "; its effect stands. An effect is never had twice.";
            }
            case PURGED -> "The body of this event was purged (PAYLOAD_RETENTION_DAYS), so there is nothing to replay.";
            case UNREADABLE ->
                "The body of this event can no longer be read here: the provider has no secret any more, or its format"
                        + " is read no longer. Configure the provider, then come back.";
            case BUSY -> "This event is being processed right now. Come back in a moment.";
            default -> outcome(kind);
        };
    }

    /** What a replay that was done has come to, in a sentence. */
    static String told(ReplayOutcome.Kind kind, @Nullable String message) {
        return switch (kind) {
            case PROCESSED -> "The event was replayed and has had its effect.";
            case SKIPPED -> "The event was replayed, and still nobody handles it: it stays skipped.";
            case REFUSED -> "The event was replayed and refused: " + (message == null ? "" : message);
            case EFFECT_STANDS -> "The event had its effect before. Nothing was done.";
            case BUSY ->
                "Somebody else was processing the event just then. Nothing was done here; look again in a moment.";
            case PURGED -> "The body of the event was purged. Nothing was done.";
            case UNREADABLE -> "The body of the event can no longer be read here. Nothing was done.";
            case UNKNOWN_EVENT -> "There is no such event any more.";
            case UNAVAILABLE ->
                "MySQL was away or did not say how it ended. Look at the event's status; replaying it once more is safe.";
        };
    }

    /** What a rehearsal has shown, in a sentence. */
    static String rehearsed(ReplayOutcome outcome) {
        return switch (outcome.kind()) {
            case PROCESSED -> "A replay would succeed: the event would be processed, with the rows below.";
            case SKIPPED ->
                "A replay would change nothing that counts: still nobody handles this event, it would stay skipped.";
            case REFUSED -> "A replay would be refused again: " + (outcome.message() == null ? "" : outcome.message());
            case EFFECT_STANDS -> "The event has had its effect. A replay would do nothing.";
            case BUSY ->
                "A row that is needed is in the hands of another request, and was not freed within a second. Try"
                        + " again in a moment.";
            case PURGED -> "The body of the event was purged: there is nothing to try.";
            case UNREADABLE -> "The body of the event can no longer be read here: there is nothing to try.";
            case UNKNOWN_EVENT -> "There is no such event any more.";
            case UNAVAILABLE -> "MySQL did not answer in time, or a handler took too long. Nothing was changed.";
        };
    }

    static String table(String table) {
        return switch (table) {
            case "orders" -> "Order";
            case "payments" -> "Payment";
            case "refunds" -> "Refund";
            case "disputes" -> "Dispute";
            case "payment_refs" -> "Reference to a payment";
            case "webhook_events" -> "This event";
            default -> table;
        };
    }

    static String rowKind(RowChange.Kind kind) {
        return switch (kind) {
            case NEW -> "new";
            case CHANGED -> "changed";
            case SAME -> "unchanged";
            case REMOVED -> "removed";
        };
    }

    static String rowBadge(RowChange.Kind kind) {
        return switch (kind) {
            case NEW -> "ok";
            case CHANGED -> "info";
            case SAME -> "idle";
            case REMOVED -> "bad";
        };
    }

    static String state(ReplayJob.State state) {
        return switch (state) {
            case RUNNING -> "Running";
            case CANCELED -> "Canceled";
            case DONE -> "Done";
        };
    }

    static String stateKind(ReplayJob.State state) {
        return switch (state) {
            case RUNNING -> "info";
            case CANCELED -> "warn";
            case DONE -> "ok";
        };
    }

    /** What a filter asks for, one phrase a condition. */
    static List<String> filter(ReplayFilter filter) {
        List<String> words = new ArrayList<>();
        words.add("status "
                + String.join(
                        " or ",
                        filter.statuses().stream()
                                .map(status -> EventWords.status(status).toLowerCase(Locale.ROOT))
                                .toList()));
        addTo(words, "cause “", filter.cause(), "”");
        addTo(words, "provider ", filter.provider(), "");
        addTo(words, "type ", filter.type(), "");
        addTo(words, "received from ", text(filter.from()), "");
        addTo(words, "received before ", text(filter.to()), "");
        return words;
    }

    private static @Nullable String text(@Nullable Instant at) {
        return at == null ? null : Moment.of(at, at).exact();
    }

    private static void addTo(List<String> words, String before, @Nullable String value, String after) {
        if (value != null) {
            words.add(before + value + after);
        }
    }

    /** The filter as parameters of a page. */
    static Link with(Link link, ReplayFilter filter) {
        Link all = link;
        for (EventStatus status : filter.statuses()) {
            all = all.with("status", status.column());
        }
        return all.with("provider", filter.provider())
                .with("type", filter.type())
                .with("cause", filter.cause())
                .with("from", filter.from() == null ? null : StatusAnswer.time(filter.from()))
                .with("to", filter.to() == null ? null : StatusAnswer.time(filter.to()));
    }

    static String count(int count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** "1,000+" where more were not counted. */
    static String count(int count, int cap) {
        return count > cap ? count(cap) + "+" : count(count);
    }

    static String about(Duration time) {
        long seconds = time.toSeconds();
        if (seconds < 10) {
            return "a few seconds";
        }
        return seconds < 90
                ? "about " + seconds + " s"
                : time.toMinutes() < 90 ? "about " + time.toMinutes() + " min" : "about " + time.toHours() + " h";
    }
}
