package hooklatch.service;

import hooklatch.dao.CheckDao;
import hooklatch.dao.Database;
import hooklatch.dao.OrderDao;
import hooklatch.dao.OrderHistoryDao;
import hooklatch.domain.AuditEntry;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.OrderFacts;
import hooklatch.domain.OrderHistory;
import hooklatch.domain.PaymentFacts;
import hooklatch.service.events.ShownReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * Gathers what is known of an order, as it was at one moment, and finds the order that an id belongs to. An order with
 * very many events is shown with its newest ones. Thread-safe.
 */
public final class OrderHistories {
    /** Events that are listed at most. */
    public static final int MOST_EVENTS = 200;

    private static final int MOST_PAYMENTS = 20;
    private static final int MOST_DISPUTES = 50;
    private static final int MOST_ACTIONS = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Database database;
    private final List<String> providers;
    private final OrderDao orders = new OrderDao();
    private final CheckDao checks = new CheckDao();
    private final OrderHistoryDao dao = new OrderHistoryDao();
    private final ReplayEnds replayEnds = new ReplayEnds();

    /** @param providers all names that payments may belong to */
    public OrderHistories(Database database, Collection<String> providers) {
        this.database = database;
        this.providers = List.copyOf(providers);
    }

    /**
     * What is known of an order.
     *
     * @return empty when the shop has no such order
     * @throws hooklatch.dao.StorageException when MySQL cannot be asked
     */
    public Optional<OrderHistory> find(long orderId) {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> {
            checks.beginSnapshot(handle);
            return orders.factsOf(handle, List.of(orderId)).stream().findFirst().map(facts -> history(handle, facts));
        });
    }

    /**
     * What is known of an order that the shop does not have.
     *
     * @param events that name it, the newest first
     * @param payments that belong to it since the shop had it; the oldest first
     */
    public record Gone(List<OrderHistory.Event> events, List<CheckDao.PaymentRow> payments) {
        public Gone {
            events = List.copyOf(events);
            payments = List.copyOf(payments);
        }
    }

    /**
     * Looks for what came for an order that the shop does not have.
     *
     * @throws hooklatch.dao.StorageException when MySQL cannot be asked
     */
    public Gone gone(long orderId) {
        return database.inTransaction(
                Deadline.in(PATIENCE),
                handle -> new Gone(
                        dao.eventsOfOrder(handle, orderId, MOST_PAYMENTS).stream()
                                .map(OrderHistories::shown)
                                .toList(),
                        checks.paymentsOfOrders(handle, List.of(orderId)).values().stream()
                                .sorted(Comparator.comparingLong(CheckDao.PaymentRow::rowId))
                                .limit(MOST_PAYMENTS)
                                .toList()));
    }

    /**
     * Orders that a payment, refund, dispute or charge of this id belongs to.
     *
     * @throws hooklatch.dao.StorageException when MySQL cannot be asked
     */
    public Set<Long> ordersOf(String id) {
        if (!EventKey.isValidId(id)) {
            return Set.of();
        }
        return database.inTransaction(Deadline.in(PATIENCE), handle -> dao.ordersOf(handle, providers, id));
    }

    /** What the provider said may tell of people. */
    private static OrderHistory.Event shown(OrderHistory.Event event) {
        return event.with(ShownReason.ofNullable(event.error()), ShownReason.ofNullable(event.message()));
    }

    private OrderHistory history(Handle handle, OrderFacts facts) {
        List<Long> id = List.of(facts.orderId());
        Map<Long, OrderHistory.PaymentDetail> details = new HashMap<>();
        checks.paymentsOfOrders(handle, id)
                .forEach((row, payment) ->
                        details.put(row, new OrderHistory.PaymentDetail(payment.amount(), payment.createdAt())));
        List<OrderHistory.Event> events = events(handle, facts);
        boolean more = events.size() > MOST_EVENTS;
        List<OrderHistory.Event> shown = withDeliveries(handle, more ? events.subList(0, MOST_EVENTS) : events);
        List<String> targets = shown.stream()
                .map(event -> event.key().provider() + "/" + event.key().eventId())
                .toList();
        List<AuditEntry> actions = replayEnds.with(handle, dao.actions(handle, targets, MOST_ACTIONS));
        Map<Long, EventKey> keys =
                shown.stream().collect(Collectors.toMap(OrderHistory.Event::rowId, OrderHistory.Event::key));
        return new OrderHistory(
                facts,
                details,
                dao.disputes(handle, facts.orderId(), MOST_DISPUTES),
                shown,
                more,
                actions,
                dao.groupReplays(handle, keys, MOST_ACTIONS));
    }

    /** Those that name the order, a payment of it, or a charge of such a payment. */
    private List<OrderHistory.Event> events(Handle handle, OrderFacts facts) {
        Map<Long, OrderHistory.Event> byRow = new LinkedHashMap<>();
        dao.eventsOfOrder(handle, facts.orderId(), MOST_EVENTS + 1).forEach(event -> byRow.put(event.rowId(), event));
        List<PaymentFacts> payments = facts.payments()
                .subList(0, Math.min(MOST_PAYMENTS, facts.payments().size()));
        for (PaymentFacts payment : payments) {
            List<String> ids = new ArrayList<>(List.of(payment.paymentId()));
            ids.addAll(checks.chargesOf(handle, payment.provider(), List.of(payment.paymentId())));
            for (String id : ids) {
                dao.eventsOfPayment(handle, payment.provider(), id, MOST_EVENTS + 1)
                        .forEach(event -> byRow.put(event.rowId(), event));
            }
        }
        return byRow.values().stream()
                .map(OrderHistories::shown)
                .sorted(Comparator.comparing(OrderHistory.Event::receivedAt)
                        .thenComparing(OrderHistory.Event::rowId)
                        .reversed())
                .toList();
    }

    private List<OrderHistory.Event> withDeliveries(Handle handle, List<OrderHistory.Event> events) {
        Map<String, List<String>> byProvider = events.stream()
                .map(OrderHistory.Event::key)
                .collect(Collectors.groupingBy(
                        EventKey::provider, Collectors.mapping(EventKey::eventId, Collectors.toList())));
        Map<EventKey, Long> counts = new HashMap<>();
        byProvider.forEach((provider, ids) -> dao.deliveries(handle, provider, ids)
                .forEach((id, count) -> counts.put(new EventKey(provider, id), count)));
        return events.stream()
                .map(event -> event.withDeliveries(counts.getOrDefault(event.key(), 0L)))
                .toList();
    }
}
