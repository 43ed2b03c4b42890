package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.CheckDao;
import hooklatch.domain.Json;
import hooklatch.domain.MoneyText;
import hooklatch.domain.OrderHistory;
import hooklatch.domain.OrderRef;
import hooklatch.domain.OrderStory;
import hooklatch.domain.Role;
import hooklatch.domain.StatusAnswer;
import hooklatch.service.OrderHistories;
import hooklatch.service.events.ShownReason;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * {@code /dashboard/orders/{id}}: why an order is in its state, what can be done, its facts and what happened to it.
 * {@code /dashboard/orders?q=…} finds it by its number, a payment, refund, dispute or charge. Thread-safe.
 */
final class OrderServlet extends PageServlet {
    static final String PATH = "/dashboard/orders";

    private static final long serialVersionUID = 1L;

    private final transient OrderHistories orders;
    private final transient Clock clock;

    OrderServlet(Surroundings surroundings, OrderHistories orders, Clock clock) {
        super(surroundings, Role.VIEWER);
        this.orders = orders;
        this.clock = clock;
    }

    @Override
    protected View get(PageRequest request) {
        String path = request.path();
        String below = path.substring(Math.min(path.length(), PATH.length()));
        if (below.isEmpty() || below.equals("/") || below.equals(".json")) {
            return found(request, request.parameter("q").orElse(""));
        }
        String id = below.substring(1);
        return order(request, id.endsWith(".json") ? id.substring(0, id.length() - ".json".length()) : id);
    }

    private View found(PageRequest request, String q) {
        if (q.isEmpty()) {
            return finder(request, q, Set.of());
        }
        Long number = OrderRef.of(q).id();
        if (number != null) {
            Optional<OrderHistory> order = orders.find(number);
            if (order.isPresent()) {
                return view(request, order.get());
            }
        }
        Set<Long> known = orders.ordersOf(q);
        if (known.size() == 1) {
            return order(request, known.iterator().next().toString());
        }
        return known.isEmpty() && number != null ? order(request, q) : finder(request, q, known);
    }

    private View finder(PageRequest request, String q, Set<Long> known) {
        List<String> ids = known.stream().map(String::valueOf).toList();
        String events =
                Link.to(request.root() + "/dashboard/events").with("q", q).toString();
        View view = View.of("orders", new FinderView(request.root() + PATH, q, ids, events))
                .withJson(() -> {
                    ArrayNode list = Json.object().arrayNode();
                    known.forEach(list::add);
                    return Json.object().set("orders", list);
                });
        return q.isEmpty() || !known.isEmpty() ? view : view.withStatus(404);
    }

    private View order(PageRequest request, String text) {
        Long id = OrderRef.of(text).id();
        if (id == null) {
            return View.notFound("An order's number is a whole number from 1 to " + Long.MAX_VALUE + ".");
        }
        return orders.find(id).map(history -> view(request, history)).orElseGet(() -> unknown(request, id));
    }

    /** The shop has no such order; what came for it all the same says why. */
    private View unknown(PageRequest request, long id) {
        OrderHistories.Gone gone = orders.gone(id);
        List<UnknownOrderView.Event> rows = gone.events().stream()
                .map(event -> new UnknownOrderView.Event(
                        Moment.of(event.receivedAt(), clock.instant()),
                        event.type(),
                        EventWords.statusKind(event.status()),
                        EventWords.status(event.status()),
                        event.error() == null ? "" : ShownReason.of(event.error()),
                        event.key().eventId(),
                        OrderWords.eventHref(
                                request.root(),
                                event.key().provider(),
                                event.key().eventId())))
                .toList();
        List<UnknownOrderView.Payment> payments = gone.payments().stream()
                .map(payment -> new UnknownOrderView.Payment(
                        payment.paymentId(),
                        EventWords.paymentHref(request.root(), payment.paymentId()),
                        payment.provider(),
                        payment.status().column(),
                        MoneyText.ofMajor(payment.amount(), payment.currency())))
                .toList();
        UnknownOrderView view = new UnknownOrderView(
                Long.toString(id), request.root() + PATH, message(id, gone), whatToDo(gone), payments, rows);
        return View.of("order-unknown", view).withStatus(404).withJson(() -> unknownJson(id, view, gone));
    }

    private static String message(long id, OrderHistories.Gone gone) {
        String missing = "The shop has no order " + id + ".";
        if (!gone.payments().isEmpty()) {
            return missing + " It had one: payments counted for it, and stand below.";
        }
        return missing + (gone.events().isEmpty() ? " No event names it either." : " Events name it all the same.");
    }

    private static String whatToDo(OrderHistories.Gone gone) {
        if (!gone.payments().isEmpty()) {
            return "If the shop removed it on purpose, give back what was collected, or leave it. Otherwise let the shop put"
                    + " it back, with its payment_status as the payments below say: events that had their effect never have"
                    + " it again."
                    + (gone.events().stream().allMatch(event -> event.status().isFinal())
                            ? ""
                            : " Refused events are tried again once it is there, or can be replayed.");
        }
        return gone.events().isEmpty()
                ? "Is the number right? An order that is missing here has to be made by the shop, in the table orders."
                : "Let the shop make the order. Refused events are then tried again by themselves, or can be replayed.";
    }

    private static JsonNode unknownJson(long id, UnknownOrderView view, OrderHistories.Gone gone) {
        ObjectNode answer = Json.object()
                .put("error", view.message())
                .put("what_to_do", view.whatToDo())
                .put("order_id", id);
        ArrayNode payments = answer.putArray("payments");
        for (CheckDao.PaymentRow payment : gone.payments()) {
            payments.addObject()
                    .put("provider", payment.provider())
                    .put("payment_id", payment.paymentId())
                    .put("status", payment.status().column())
                    .put("amount", payment.amount())
                    .put("currency", payment.currency());
        }
        ArrayNode list = answer.putArray("events");
        for (OrderHistory.Event event : gone.events()) {
            list.addObject()
                    .put("provider", event.key().provider())
                    .put("event_id", event.key().eventId())
                    .put("event_type", event.type())
                    .put("status", event.status().column())
                    .put("error", ShownReason.ofNullable(event.error()))
                    .put("received_at", StatusAnswer.time(event.receivedAt()));
        }
        return answer;
    }

    private View view(PageRequest request, OrderHistory history) {
        OrderStory story = OrderStory.of(history);
        OrderView view = new OrderWords(
                        request.root(),
                        clock.instant(),
                        history,
                        request.visitor().maySeePeople())
                .view(story);
        return View.of("order", view).withJson(() -> json(history, story, view));
    }

    private static JsonNode json(OrderHistory history, OrderStory story, OrderView view) {
        ObjectNode answer = Json.object()
                .put("order_id", history.facts().orderId())
                .put("state", history.facts().currentState())
                .put("state_by_facts", history.facts().state().name())
                .put("verdict", story.verdict());
        ArrayNode because = answer.putArray("because");
        story.because().forEach(because::add);
        ArrayNode advice = answer.putArray("advice");
        story.advice().forEach(one -> {
            ObjectNode node = advice.addObject().put("text", one.text());
            node.put("provider", one.event() == null ? null : one.event().provider());
            node.put("event_id", one.event() == null ? null : one.event().eventId());
        });
        answer.put("ordered", history.facts().totalAmount());
        ArrayNode payments = answer.putArray("payments");
        view.payments()
                .forEach(payment -> payments.addObject()
                        .put("provider", payment.provider())
                        .put("payment_id", payment.id())
                        .put("status", payment.status())
                        .put("amount", payment.amount())
                        .put("given_back", payment.givenBack()));
        ArrayNode refunds = answer.putArray("refunds");
        view.refunds()
                .forEach(refund -> refunds.addObject()
                        .put("refund_id", refund.id())
                        .put("payment_id", refund.payment())
                        .put("source", refund.source())
                        .put("status", refund.status())
                        .put("announced", refund.announced())
                        .put("counts", refund.counts()));
        ArrayNode disputes = answer.putArray("disputes");
        view.disputes()
                .forEach(dispute -> disputes.addObject()
                        .put("dispute_id", dispute.id())
                        .put("payment_id", dispute.payment())
                        .put("status", dispute.status())
                        .put("amount", dispute.amount()));
        ArrayNode timeline = answer.putArray("timeline");
        view.timeline().forEach(entry -> {
            OrderView.Job job = entry.job();
            timeline.addObject()
                    .put("at", entry.at().iso())
                    .put("status", entry.status())
                    .put("what", entry.what())
                    .put("group_replay", job == null ? null : job.id())
                    .put("more", entry.more())
                    .put("event_id", entry.id());
        });
        return answer.put("more_events", view.moreEvents());
    }
}
