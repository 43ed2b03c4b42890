package hooklatch.web.dashboard;

import hooklatch.dao.EventDetailDao;
import hooklatch.domain.Attempt;
import hooklatch.domain.CappedCount;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventStatus;
import hooklatch.domain.EventSummary;
import hooklatch.domain.ReplayOutcome;
import hooklatch.domain.Role;
import hooklatch.service.events.BidiControls;
import hooklatch.service.events.EventDetail;
import hooklatch.service.events.EventDetails;
import hooklatch.service.events.EventTimeline;
import hooklatch.service.events.PayloadMask;
import hooklatch.web.PercentEncoding;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code /dashboard/events/{provider}/{eventId}}: one event. Its id may hold anything from 0x21 to 0x7E, so one that does not
 * travel well in a path is asked for as {@code /dashboard/events/{provider}?event_id=…}; there {@code .json} goes behind the
 * provider, which has no dot in its name, and nothing is ambiguous. A POST there reveals the payload. Thread-safe.
 */
final class EventServlet extends PageServlet {
    static final String PATH = EventWords.LIST + "/*";

    private static final long serialVersionUID = 1L;
    private static final String PREFIX = EventWords.LIST + "/";
    private static final String JSON = ".json";
    /** Characters of a body that the page shows; all of it is in the JSON twin. */
    private static final int LONGEST_BODY = 200_000;

    private static final int MAX_REASON = 500;
    private static final int KIBI = 1024;

    private final transient EventDetails details;
    private final transient Clock clock;

    EventServlet(Surroundings surroundings, EventDetails details, Clock clock) {
        super(surroundings, Role.VIEWER);
        this.details = details;
        this.clock = clock;
    }

    @Override
    protected Role actors() {
        return Role.OPERATOR;
    }

    @Override
    protected List<String> placeFields() {
        return List.of("event_id");
    }

    @Override
    protected View get(PageRequest request) {
        Optional<EventKey> key = key(request);
        Optional<EventDetail> detail =
                key.flatMap(k -> details.find(k, request.parameter("timeline").orElse(null)));
        return detail.map(d -> View.of("event", view(request, d, null, ""))
                        .withJson(() -> EventJson.detail(d, request.visitor())))
                .orElseGet(EventServlet::unknown);
    }

    private static View unknown() {
        return View.notFound(
                "No event of this id and provider is stored. If it came just now for the first time, it is being processed, and stands"
                        + " under Locks; otherwise it never came, or is older than what is kept.");
    }

    /** Shows the payload once, as the answer to the form: nobody finds it in a history, a cache or by a link. */
    @Override
    protected Reply post(PageRequest request) {
        Optional<EventKey> key = key(request);
        Optional<EventDetail> detail = key.flatMap(k -> details.find(k, null));
        if (key.isEmpty() || detail.isEmpty()) {
            return unknown();
        }
        String reason = request.parameter("reason").orElse("");
        if (reason.isEmpty() || reason.length() > MAX_REASON) {
            String problem = reason.isEmpty()
                    ? "Say why you need to see it: the reason goes into the audit log."
                    : "The reason is longer than " + MAX_REASON + " characters.";
            return View.of("event", view(request, detail.get(), null, problem)).withStatus(400);
        }
        String body = details.reveal(key.get(), request.visitor().actor(), reason)
                .map(bytes -> PayloadMask.plain(bytes).orElseGet(() -> new String(bytes, StandardCharsets.UTF_8)))
                .orElse(null);
        return View.of("event", view(request, detail.get(), body, ""));
    }

    /** From the raw path: containers decode it each by rules of its own, and drop what follows a semicolon. */
    private static Optional<EventKey> key(PageRequest request) {
        String path = request.path();
        String rest = path.startsWith(PREFIX) ? path.substring(PREFIX.length()) : "";
        if (request.isJson() && rest.endsWith(JSON)) {
            rest = rest.substring(0, rest.length() - JSON.length());
        }
        int slash = rest.indexOf('/');
        Optional<String> provider = PercentEncoding.decode(slash < 0 ? rest : rest.substring(0, slash));
        String given = request.verbatim("event_id");
        Optional<String> id = slash < 0 ? Optional.of(given) : PercentEncoding.decode(rest.substring(slash + 1));
        return provider.filter(name -> name.matches("[a-z0-9_-]{1,32}"))
                .flatMap(name -> id.filter(EventKey::isValidId).map(valid -> new EventKey(name, valid)));
    }

    private EventView view(PageRequest request, EventDetail detail, @Nullable String revealed, String problem) {
        Instant now = clock.instant();
        EventSummary line = detail.line();
        String root = request.root();
        String path = EventWords.href(root, line.key());
        Instant processed = line.processedAt();
        Instant other = line.otherPayloadAt();
        Instant next = detail.nextAttemptAt();
        var advice = detail.advice();
        EventsView.Row row = EventWords.row(root, line, now);
        EventDetailDao.OrderRow order = detail.effects().order();
        Long orderId = line.orderId() != null || order == null ? line.orderId() : Long.valueOf(order.id());
        return new EventView(
                path,
                line.key().provider(),
                line.key().eventId(),
                line.type(),
                row.statusKind(),
                row.status(),
                line.status().column(),
                row.received(),
                processed == null ? null : Moment.of(processed, now),
                row.attempts(),
                row.duration(),
                detail.node() == null ? "" : detail.node(),
                row.amount(),
                orderId == null ? "" : orderId.toString(),
                EventWords.orderHref(root, orderId),
                row.payment(),
                row.paymentHref(),
                row.duplicates(),
                advice == null ? null : new EventView.Advice(advice.reason(), advice.whatToDo()),
                line.error() == null ? "" : line.error(),
                other == null ? null : Moment.of(other, now),
                next == null ? null : Moment.of(next, now),
                pretty(detail.resultJson()),
                body(detail.body(), revealed),
                replayObstacle(detail),
                request.visitor().may(Role.OPERATOR),
                revealed != null,
                problem,
                detail.timeline().rows().stream()
                        .map(attempt -> attempt(root, line.key(), attempt, now))
                        .toList(),
                count(detail.timeline()),
                pages(path, detail.timeline()),
                effects(root, line, detail.effects()));
    }

    private static String replayObstacle(EventDetail detail) {
        if (detail.line().status() == EventStatus.PROCESSED) {
            return "It had its effect, and never has it twice.";
        }
        if (detail.body().state() == EventDetail.BodyState.PURGED) {
            return "Its payload was purged, so there is nothing left to replay.";
        }
        return detail.working() ? "It is being processed right now. Load this page again in a moment." : "";
    }

    private static String pretty(@Nullable String json) {
        return json == null
                ? ""
                : PayloadMask.masked(json.getBytes(StandardCharsets.UTF_8))
                        .map(BidiControls::escaped)
                        .orElse("");
    }

    private static EventView.Body body(EventDetail.Body body, @Nullable String revealed) {
        String text = BidiControls.escaped(revealed != null ? revealed : body.text() == null ? "" : body.text());
        boolean cut = text.length() > LONGEST_BODY;
        int end = cut && Character.isHighSurrogate(text.charAt(LONGEST_BODY - 1)) ? LONGEST_BODY - 1 : LONGEST_BODY;
        return new EventView.Body(
                body.state().name().toLowerCase(Locale.ROOT),
                body.bytes() < KIBI
                        ? body.bytes() + " bytes"
                        : String.format(Locale.ROOT, "%,.1f KiB", body.bytes() / (double) KIBI),
                cut ? text.substring(0, end) : text,
                cut);
    }

    private static EventView.Attempt attempt(String root, EventKey event, EventDetailDao.LogRow row, Instant now) {
        if (row instanceof EventDetailDao.AttemptRow other) {
            return attempt(root, event, other, now);
        }
        EventDetailDao.DeliveryRow delivery = (EventDetailDao.DeliveryRow) row;
        return new EventView.Attempt(
                "delivery-" + delivery.rowId(),
                Moment.of(delivery.at(), now),
                "Delivery",
                "",
                "",
                EventWords.outcomeKind(delivery.outcome()),
                EventWords.outcome(delivery.outcome()),
                Integer.toString(delivery.httpStatus()),
                EventWords.duration(delivery.duration()),
                EventWords.lockWait(delivery.lockWait()),
                delivery.node());
    }

    /** The outcome of a replay is in the words of replays; a retry ends like a delivery. */
    private static EventView.Attempt attempt(String root, EventKey event, EventDetailDao.AttemptRow row, Instant now) {
        boolean retry = row.origin() == Attempt.Origin.RETRY;
        Optional<ReplayOutcome.Kind> kind =
                retry ? Optional.empty() : ReplayOutcome.Kind.ofColumnIfKnown(row.outcome());
        Long job = row.jobId();
        Long replay = row.replayId();
        String href = job != null
                ? ReplayJobsServlet.href(root, job)
                : replay != null ? ReplayServlet.href(root, event, replay) : "";
        return new EventView.Attempt(
                "attempt-" + row.rowId(),
                Moment.of(row.at(), now),
                retry ? "Retry" : job != null ? "Group replay" : "Replay",
                href,
                row.username() == null ? "" : row.username(),
                kind.map(ReplayWords::outcomeKind).orElseGet(() -> EventWords.outcomeKind(row.outcome())),
                kind.map(ReplayWords::outcome).orElseGet(() -> EventWords.outcome(row.outcome())),
                "",
                EventWords.duration(row.duration()),
                "",
                row.node());
    }

    /** "3 deliveries, 1 retry or replay". */
    private static String count(EventDetail.Timeline timeline) {
        String deliveries = EventWords.count(timeline.deliveries())
                + (timeline.deliveries().equals(new CappedCount(1, false)) ? " delivery" : " deliveries");
        if (timeline.others().isZero()) {
            return deliveries;
        }
        return deliveries
                + ", "
                + EventWords.count(timeline.others())
                + (timeline.others().equals(new CappedCount(1, false)) ? " retry or replay" : " retries and replays");
    }

    private static EventView.Pages pages(String path, EventDetail.Timeline timeline) {
        Link link = Link.to(path);
        String anchor = "#timeline";
        return new EventView.Pages(
                timeline.earlier() == null ? null : link + anchor,
                timeline.earlier() == null ? null : link.with("timeline", timeline.earlier()) + anchor,
                timeline.later() == null ? null : link.with("timeline", timeline.later()) + anchor,
                timeline.later() == null ? null : link.with("timeline", EventTimeline.LAST) + anchor);
    }

    private static List<EventView.Effect> effects(String root, EventSummary line, EventDetail.Effects rows) {
        List<EventView.Effect> effects = new ArrayList<>();
        EventDetailDao.OrderRow order = rows.order();
        if (order != null) {
            effects.add(new EventView.Effect(
                    "Order",
                    Long.toString(order.id()),
                    EventWords.orderHref(root, order.id()),
                    order.state() == null ? "" : order.state(),
                    EventWords.money(total(order.totalAmount()), null),
                    line.status() == EventStatus.FAILED || line.status() == EventStatus.DEAD_LETTERED
                            ? "The shop has this order now."
                            : ""));
        }
        EventDetailDao.PaymentRow payment = rows.payment();
        if (payment != null) {
            effects.add(new EventView.Effect(
                    "Payment",
                    payment.paymentId(),
                    EventWords.paymentHref(root, payment.paymentId()),
                    payment.status(),
                    money(payment.amount(), payment.amountMinor(), payment.currency()),
                    payment.orderId() == null ? "No event has named its order yet." : "of order " + payment.orderId()));
        }
        for (EventDetailDao.RefundRow refund : rows.refunds()) {
            Long total = refund.chargeTotalMinor();
            effects.add(new EventView.Effect(
                    total == null ? "Refund" : "Charge total",
                    refund.refundId(),
                    EventWords.paymentHref(root, refund.refundId()),
                    refund.status(),
                    money(refund.amount(), refund.amountMinor(), refund.currency()),
                    total == null
                            ? ""
                            : "What the charge's total knows beyond the refunds of their own id; the total is " + total
                                    + " in minor units."));
        }
        EventDetailDao.DisputeRow dispute = rows.dispute();
        if (dispute != null) {
            effects.add(new EventView.Effect(
                    "Dispute",
                    dispute.disputeId(),
                    EventWords.paymentHref(root, dispute.disputeId()),
                    dispute.status() + ", " + dispute.outcome(),
                    money(dispute.amount(), dispute.amountMinor(), dispute.currency()),
                    "Shown on the order; it does not change the order's state."));
        }
        return effects;
    }

    /** Two decimals unless it has more: an order states no currency. */
    private static @Nullable BigDecimal total(@Nullable BigDecimal amount) {
        if (amount == null) {
            return null;
        }
        BigDecimal shortest = amount.stripTrailingZeros();
        return shortest.scale() < 2 ? shortest.setScale(2, RoundingMode.UNNECESSARY) : shortest;
    }

    /** With the currency's own decimals: the column has three for all of them. */
    private static BigDecimal asLongAs(BigDecimal amount, long minor) {
        for (int decimals = 0; decimals < amount.scale(); decimals++) {
            if (amount.movePointRight(decimals).compareTo(BigDecimal.valueOf(minor)) == 0) {
                return amount.setScale(decimals, RoundingMode.UNNECESSARY);
            }
        }
        return amount;
    }

    /** In minor units where the currency's decimals are unknown: nothing is guessed. */
    private static String money(@Nullable BigDecimal amount, @Nullable Long minor, @Nullable String currency) {
        if (amount != null) {
            return EventWords.money(minor == null ? amount : asLongAs(amount, minor), currency);
        }
        return minor == null ? "" : minor + " minor units of " + currency;
    }
}
