package hooklatch.web.dashboard;

import hooklatch.domain.CappedCount;
import hooklatch.domain.EventStatus;
import hooklatch.domain.ReplayFilter;
import hooklatch.domain.Role;
import hooklatch.service.LiveCounts;
import hooklatch.service.LockQuery;
import hooklatch.service.events.EventFilter;
import hooklatch.service.events.EventPage;
import hooklatch.service.events.EventSearch;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code /dashboard/events}: received events, newest first, with search, filters and saved views. Thread-safe. */
final class EventsServlet extends PageServlet {
    static final String PATH = EventWords.LIST;

    private static final long serialVersionUID = 1L;
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final transient EventSearch search;
    private final transient LiveCounts counts;
    private final transient Clock clock;

    EventsServlet(Surroundings surroundings, EventSearch search, LiveCounts counts, Clock clock) {
        super(surroundings, Role.VIEWER);
        this.search = search;
        this.counts = counts;
        this.clock = clock;
    }

    @Override
    protected View get(PageRequest request) {
        Instant now = clock.instant();
        EventFilter filter = EventFilter.read(name -> request.parameter(name).orElse(null), now);
        if (!filter.problems().isEmpty()) {
            return View.of("events", view(request, filter, EventPage.EMPTY, now))
                    .withStatus(400)
                    .with("message", String.join(" ", filter.problems()));
        }
        if (request.isJson()) {
            EventPage page = search.find(filter);
            return View.of("events", page).withJson(() -> EventJson.page(page));
        }
        return View.of("events", view(request, filter, search.findFull(filter), now));
    }

    private EventsView view(PageRequest request, EventFilter filter, EventPage page, Instant now) {
        EventsView.Fields fields = new EventsView.Fields(
                field(request, "q"),
                field(request, "provider"),
                field(request, "status"),
                field(request, "type"),
                field(request, "from"),
                field(request, "to"),
                filter.range() == EventFilter.Range.CUSTOM ? "" : field(request, "range"),
                field(request, "view"));
        boolean understood = filter.problems().isEmpty();
        boolean nothingYet = understood && page.events().isEmpty() && search.isEmpty();
        String list = request.root() + PATH;
        boolean filtered = !link(list, fields).toString().equals(list);
        return new EventsView(
                fields,
                filter.problems(),
                views(request.root(), fields, understood ? search.views(filter.from(), end(filter, now)) : null),
                ranges(list, fields, filter),
                providers(list, fields),
                statuses(list, fields),
                search.types(),
                page.events().stream()
                        .map(event -> EventWords.row(request.root(), event, now))
                        .toList(),
                nothingYet ? endpoints(request.root()) : List.of(),
                filtered ? list : null,
                page.found() == null ? "" : found(page.found()),
                page.total() == null || !understood ? "" : total(page.total()),
                page.searchedBackTo() == null
                        ? null
                        : Moment.of(page.searchedBackTo(), now).exact(),
                understood && filter.cursor() == null && page.newer() == null,
                pages(
                        list,
                        fields,
                        page,
                        filter.cursor() != null && page.events().isEmpty()),
                filtered && !page.events().isEmpty() && request.visitor().may(Role.OPERATOR)
                        ? replay(request.root(), filter)
                        : null);
    }

    /** What a group replay cannot ask for is never left out: the set would be larger than the list. */
    private EventsView.Replay replay(String root, EventFilter filter) {
        EventStatus status = filter.status();
        String label = status == null ? "Replay the refused of these…" : "Replay these…";
        if (filter.isLookup()) {
            return impossible(label, "A group replay knows no id and no order. Replay such events one by one.");
        }
        if (filter.duplicatesOnly()) {
            return impossible(label, "Duplicates came again after their event was done: there is nothing to replay.");
        }
        if (status == EventStatus.PROCESSED) {
            return impossible(label, "Processed events have had their effect, and never have it twice.");
        }
        if (filter.type() != null && !search.types().contains(filter.type())) {
            return impossible(
                    label, "To replay these, write the type out in full: “" + filter.type() + "” may be several.");
        }
        ReplayFilter set = new ReplayFilter(
                status == null ? ReplayFilter.REFUSED : Set.of(status),
                filter.provider(),
                filter.type(),
                null,
                filter.from().equals(Instant.EPOCH) ? null : filter.from(),
                filter.to());
        return set.isSet()
                ? new EventsView.Replay(
                        ReplayWords.with(Link.to(root + GroupReplayServlet.PATH), set)
                                .toString(),
                        label,
                        "")
                : impossible(label, "To replay these, choose a provider, a type or a time besides the status.");
    }

    private static EventsView.Replay impossible(String label, String obstacle) {
        return new EventsView.Replay("", label, obstacle);
    }

    private static String field(PageRequest request, String name) {
        return request.parameter(name).orElse("");
    }

    private static Instant end(EventFilter filter, Instant now) {
        Instant to = filter.to();
        return to == null ? now.plusSeconds(1) : to;
    }

    /** The list with everything that was asked for but the place in it. */
    private static Link link(String list, EventsView.Fields fields) {
        return timed(
                Link.to(list)
                        .with("q", fields.q())
                        .with("provider", fields.provider())
                        .with("status", fields.status())
                        .with("type", fields.type())
                        .with("view", fields.view()),
                fields);
    }

    private static Link timed(Link link, EventsView.Fields fields) {
        return link.with("range", fields.range()).with("from", fields.from()).with("to", fields.to());
    }

    private List<EventsView.Choice> views(String root, EventsView.Fields fields, EventSearch.@Nullable Views counts) {
        Link list = timed(Link.to(root + PATH), fields);
        boolean plain = fields.q().isEmpty()
                && fields.provider().isEmpty()
                && fields.type().isEmpty();
        String status = fields.status();
        boolean duplicates = fields.view().equals("duplicates");
        List<EventsView.Choice> views = new ArrayList<>();
        views.add(new EventsView.Choice(
                list.toString(),
                "All",
                counts == null ? "" : EventWords.count(counts.all()),
                plain && status.isEmpty() && !duplicates));
        views.add(new EventsView.Choice(
                list.with("status", "failed").toString(),
                "Failed",
                counts == null ? "" : EventWords.count(counts.failed()),
                plain && status.equals("failed") && !duplicates));
        views.add(new EventsView.Choice(
                list.with("status", "dead_lettered").toString(),
                "Dead-lettered",
                counts == null ? "" : EventWords.count(counts.deadLettered()),
                plain && status.equals("dead_lettered") && !duplicates));
        views.add(new EventsView.Choice(
                list.with("view", "duplicates").toString(),
                "Duplicates",
                counts == null ? "" : EventWords.count(counts.duplicates()),
                plain && status.isEmpty() && duplicates));
        // What these three show is not in the table of events: an event in work is not committed yet, a rejected
        // delivery
        // is no event, and what went without Redis, its node knows.
        LiveCounts.Counts live = this.counts.now();
        Long longHeld = live.longHeld();
        views.add(new EventsView.Choice(
                root + LocksServlet.PATH,
                "In flight over " + LockQuery.LONG_HELD.toSeconds() + " s",
                longHeld == null ? "" : Amounts.count(longHeld),
                false));
        views.add(new EventsView.Choice(
                root + "/dashboard/rejected",
                "Rejected",
                counts == null ? "" : EventWords.count(counts.rejected()),
                false));
        Instant away = live.awaySince();
        views.add(new EventsView.Choice(
                root + OverviewServlet.PATH,
                away == null ? "Degraded" : "Degraded since " + MINUTE.format(away),
                Amounts.count(live.withoutRedis()),
                false));
        return views;
    }

    private static List<EventsView.Choice> ranges(String list, EventsView.Fields fields, EventFilter filter) {
        EventsView.Fields timeless = new EventsView.Fields(
                fields.q(), fields.provider(), fields.status(), fields.type(), "", "", "", fields.view());
        Link link = link(list, timeless);
        List<EventsView.Choice> ranges = new ArrayList<>();
        for (EventFilter.Range range : EventFilter.Range.values()) {
            if (range != EventFilter.Range.CUSTOM) {
                ranges.add(new EventsView.Choice(
                        link.with("range", range.word()).toString(),
                        switch (range) {
                            case HOUR -> "Last hour";
                            case DAY -> "24 hours";
                            case WEEK -> "7 days";
                            case ALL, CUSTOM -> "All time";
                        },
                        "",
                        filter.range() == range));
            }
        }
        return ranges;
    }

    private List<EventsView.Choice> providers(String list, EventsView.Fields fields) {
        List<String> names = new ArrayList<>(search.endpoints());
        String chosen = fields.provider().toLowerCase(Locale.ROOT);
        if (!chosen.isEmpty() && !names.contains(chosen)) {
            names.add(chosen);
        }
        return names.stream()
                .map(name -> new EventsView.Choice(list, name, "", name.equals(chosen)))
                .toList();
    }

    private static List<EventsView.Choice> statuses(String list, EventsView.Fields fields) {
        List<EventsView.Choice> choices = new ArrayList<>();
        for (EventStatus status : EventStatus.values()) {
            choices.add(new EventsView.Choice(
                    list, status.column(), "", status.column().equals(fields.status())));
        }
        if (!fields.status().isEmpty() && choices.stream().noneMatch(EventsView.Choice::current)) {
            choices.add(new EventsView.Choice(list, fields.status(), "", true));
        }
        return choices;
    }

    private List<String> endpoints(String root) {
        return search.endpoints().stream()
                .map(name -> root + "/webhooks/" + name)
                .toList();
    }

    private static String found(EventPage.Found found) {
        return switch (found.kind()) {
            case EVENT -> "“" + found.id() + "” is the id of an event.";
            case PAYMENT -> "“" + found.id() + "” is a payment. These are its events.";
            case BELONGS_TO_PAYMENT ->
                "“" + found.id() + "” belongs to payment " + String.join(", ", found.payments())
                        + ". These are that payment's events.";
            case ORDER -> "“" + found.id() + "” is an order. These are its events and those of its payments.";
        };
    }

    private static String total(CappedCount total) {
        return total.equals(new CappedCount(1, false)) ? "1 event" : EventWords.count(total) + " events";
    }

    /** @param behindAll whether a place was asked for behind which nothing is left, as of another search */
    private static EventsView.Pages pages(String list, EventsView.Fields fields, EventPage page, boolean behindAll) {
        Link link = link(list, fields);
        return new EventsView.Pages(
                page.newer() == null && !behindAll ? null : link.toString(),
                page.newer() == null ? null : link.with("cursor", page.newer()).toString(),
                page.older() == null ? null : link.with("cursor", page.older()).toString(),
                page.last() == null ? null : link.with("cursor", page.last()).toString());
    }
}
