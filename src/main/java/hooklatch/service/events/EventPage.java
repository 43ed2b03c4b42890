package hooklatch.service.events;

import hooklatch.domain.CappedCount;
import hooklatch.domain.EventSummary;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list, newest first.
 *
 * @param newer cursor of the page with newer events, or null when this is the first
 * @param older cursor of the page with older events, or null when this is the last
 * @param newest cursor by which later requests find what came after the first event of this page; null when it shows none
 * @param last cursor of the last page, or null when there is none or this is it
 * @param searchedBackTo when so few events pass the filter that the search stopped for now: how far it came; {@code older}
 *     goes on from there
 * @param total all events that pass, or null when only a walk over all of them could tell
 * @param found what the id in the search box turned out to be, or null when none was given or nothing has it
 */
public record EventPage(
        List<EventSummary> events,
        @Nullable String newer,
        @Nullable String older,
        @Nullable String newest,
        @Nullable String last,
        @Nullable Instant searchedBackTo,
        @Nullable CappedCount total,
        @Nullable Found found) {
    /** Events on a page. */
    public static final int SIZE = 50;

    /** Nothing passes. */
    public static final EventPage EMPTY =
            new EventPage(List.of(), null, null, null, null, null, CappedCount.NONE, null);

    public EventPage {
        events = List.copyOf(events);
    }

    /** What an id is the id of. */
    public enum Kind {
        EVENT,
        PAYMENT,
        /** A refund, a dispute, a charge or a provider's own order: its payment's events are shown. */
        BELONGS_TO_PAYMENT,
        ORDER
    }

    /**
     * What was found under an id.
     *
     * @param payments the payments whose events are shown
     */
    public record Found(Kind kind, String id, List<String> payments) {
        public Found {
            payments = List.copyOf(payments);
        }
    }
}
