package hooklatch.service.events;

import hooklatch.dao.EventListDao;
import hooklatch.dao.EventListDao.Index;
import hooklatch.dao.EventListDao.Position;
import hooklatch.dao.EventListDao.Range;
import hooklatch.dao.EventListDao.Residue;
import hooklatch.dao.EventListDao.Stretch;
import hooklatch.domain.EventStatus;
import hooklatch.domain.OrderRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the way to the events of a filter: by the index that leaves the least to decide. What is an id of is asked in a
 * fixed order, each question by a key. Thread-safe.
 */
final class EventPlanner {
    private static final int MAX_TYPES = 100;
    private static final int MAX_TYPES_OF_A_WORD = 40;
    private static final int MAX_PROVIDERS = 50;
    private static final int MAX_PAYMENTS = 50;
    /** Entries of a type up to which its own index is walked although a status is asked for too. */
    private static final int FEW = 1_000;

    private final EventListDao dao;
    private final Set<String> providers;

    EventPlanner(EventListDao dao, Set<String> providers) {
        this.dao = dao;
        this.providers = Set.copyOf(providers);
    }

    /** The types that there are, at most some hundred. */
    List<String> types(Handle handle) {
        return dao.types(handle, MAX_TYPES);
    }

    /** The way to the events of a filter. */
    EventPlan plan(Handle handle, EventFilter filter) {
        List<String> types = List.of();
        if (filter.type() != null) {
            types = typesOf(handle, filter.type());
            if (types.isEmpty()) {
                return EventPlan.nothing();
            }
        }
        List<String> provider = filter.provider() == null ? List.of() : List.of(filter.provider());
        List<EventStatus> status = filter.status() == null ? List.of() : List.of(filter.status());
        Residue residue = new Residue(provider, status, types);
        if (filter.id() != null) {
            return byId(handle, filter.id(), filter.orderId(), residue);
        }
        if (filter.orderId() != null) {
            return byOrder(handle, filter.orderId(), Long.toString(filter.orderId()), residue);
        }
        if (!types.isEmpty() && (status.isEmpty() || areFew(handle, types, filter))) {
            return EventPlan.of(ranges(Index.TYPE, types), new Residue(provider, status, List.of()), null);
        }
        List<String> statuses = (status.isEmpty() ? Arrays.asList(EventStatus.values()) : status)
                .stream().map(EventStatus::column).toList();
        return EventPlan.of(ranges(Index.STATUS, statuses), new Residue(provider, List.of(), types), null);
    }

    private static List<Range> ranges(Index index, List<String> values) {
        return values.stream().map(value -> new Range(index, value)).toList();
    }

    private boolean areFew(Handle handle, List<String> types, EventFilter filter) {
        Stretch time = Stretch.between(filter.from(), filter.end());
        long all = 0;
        for (Range range : ranges(Index.TYPE, types)) {
            all += dao.count(handle, range, time, FEW).atLeast();
            if (all >= FEW) {
                return false;
            }
        }
        return true;
    }

    /** The types that a word means: itself, or those of which a part begins with it. */
    List<String> typesOf(Handle handle, String word) {
        String wanted = word.toLowerCase(Locale.ROOT);
        Set<String> types = new TreeSet<>();
        for (String type : dao.types(handle, MAX_TYPES)) {
            if (type.equals(word)) {
                return List.of(type);
            }
            boolean means = Arrays.stream(type.toLowerCase(Locale.ROOT).split("\\.", -1))
                            .anyMatch(part -> part.startsWith(wanted))
                    || type.toLowerCase(Locale.ROOT).startsWith(wanted);
            if (means && types.size() < MAX_TYPES_OF_A_WORD) {
                types.add(type);
            }
        }
        // Beyond the list there may be others, which must be written out.
        return types.isEmpty() ? List.of(word) : List.copyOf(types);
    }

    /** Event, payment, what belongs to a payment, order: the first of them that has the id. */
    private EventPlan byId(Handle handle, String id, @Nullable Long orderId, Residue residue) {
        List<Position> events = dao.byEventId(handle, id);
        if (!events.isEmpty()) {
            return new EventPlan(List.of(), events, residue, new EventPage.Found(EventPage.Kind.EVENT, id, List.of()));
        }
        List<String> known = knownProviders(handle);
        Range payment = new Range(Index.PAYMENT, id);
        if (dao.isPayment(handle, known, id)
                || !dao.count(handle, payment, everything(), 1).isZero()) {
            return EventPlan.of(
                    List.of(payment), residue, new EventPage.Found(EventPage.Kind.PAYMENT, id, List.of(id)));
        }
        List<String> payments = dao.paymentsOf(handle, known, id);
        if (!payments.isEmpty()) {
            return EventPlan.of(
                    ranges(Index.PAYMENT, payments),
                    residue,
                    new EventPage.Found(EventPage.Kind.BELONGS_TO_PAYMENT, id, payments));
        }
        Long order = OrderRef.of(id).id();
        if (order == null || (orderId != null && !orderId.equals(order))) {
            return EventPlan.of(List.of(), residue, null);
        }
        return byOrder(handle, order, id, residue);
    }

    private static Stretch everything() {
        return Stretch.between(Instant.EPOCH, EventFilter.LATEST);
    }

    /** What names the order itself, and what names one of its payments only: a refund that came before its payment. */
    private EventPlan byOrder(Handle handle, long orderId, String text, Residue residue) {
        List<String> payments = dao.paymentsOfOrder(handle, orderId, MAX_PAYMENTS);
        List<Range> ranges = new ArrayList<>();
        ranges.add(new Range(Index.ORDER, Long.toString(orderId)));
        ranges.addAll(ranges(Index.PAYMENT, payments));
        return EventPlan.of(ranges, residue, new EventPage.Found(EventPage.Kind.ORDER, text, payments));
    }

    private List<String> knownProviders(Handle handle) {
        Set<String> all = new TreeSet<>(providers);
        all.addAll(dao.providers(handle, MAX_PROVIDERS));
        return List.copyOf(all);
    }
}
