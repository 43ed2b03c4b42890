package hooklatch.web.dashboard;

import hooklatch.domain.Actor;
import hooklatch.domain.AuditEntry;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventStatus;
import hooklatch.domain.Json;
import hooklatch.domain.MoneyText;
import hooklatch.domain.OrderHistory;
import hooklatch.domain.OrderStory;
import hooklatch.domain.PaymentFacts;
import hooklatch.domain.PaymentStatus;
import hooklatch.domain.RefundFacts;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.ReplayOutcome;
import hooklatch.domain.Role;
import hooklatch.domain.ToldEffect;
import hooklatch.service.events.ShownReason;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Puts an order's history into the words and links of its page. For one request. */
final class OrderWords {
    private static final Duration LATE = Duration.ofMinutes(1);
    private static final String GROUP_REPLAY = "group replay";

    private final String root;
    private final Instant now;
    private final OrderHistory history;
    private final boolean namesPeople;

    /**
     * @param root the context path
     * @param namesPeople whether it tells who acted and why
     */
    OrderWords(String root, Instant now, OrderHistory history, boolean namesPeople) {
        this.namesPeople = namesPeople;
        this.root = root;
        this.now = now;
        this.history = history;
    }

    static String eventHref(String root, String provider, String eventId) {
        return EventWords.href(root, new EventKey(provider, eventId));
    }

    OrderView view(OrderStory story) {
        long id = history.facts().orderId();
        BigDecimal ordered = history.facts().totalAmount();
        return new OrderView(
                Long.toString(id),
                root + OrderServlet.PATH + "/" + id,
                story.mood().name().toLowerCase(Locale.ROOT),
                story.state(),
                story.verdict(),
                story.because(),
                story.advice().stream().map(this::advice).toList(),
                ordered == null ? "no total" : MoneyText.ofMajor(ordered, null),
                history.facts().payments().stream().map(this::payment).toList(),
                history.facts().payments().stream()
                        .flatMap(payment -> payment.refunds().stream().map(refund -> refund(payment, refund)))
                        .toList(),
                history.disputes().stream().map(OrderWords::dispute).toList(),
                timeline(),
                history.moreEvents());
    }

    private OrderView.Advice advice(OrderStory.Advice advice) {
        if (advice.event() != null) {
            return new OrderView.Advice(
                    advice.text(),
                    eventHref(root, advice.event().provider(), advice.event().eventId()),
                    "Open the event");
        }
        return new OrderView.Advice(
                advice.text(), advice.aboutChecks() ? root + ChecksServlet.PATH : null, "See the checks");
    }

    private OrderView.Payment payment(PaymentFacts payment) {
        OrderHistory.PaymentDetail detail = history.details().get(payment.rowId());
        Instant firstSeen = detail == null ? now : detail.firstSeenAt();
        return new OrderView.Payment(
                payment.provider(),
                payment.paymentId(),
                payment.status().column(),
                kind(payment.status()),
                history.amountOf(payment),
                givenBack(payment),
                Moment.of(firstSeen, now));
    }

    /** Refunds count once their payment has succeeded. */
    private String givenBack(PaymentFacts payment) {
        if (payment.refundedMinor() == 0) {
            return "nothing";
        }
        return payment.status() == PaymentStatus.COMPLETED
                ? history.text(payment, payment.refundedMinor())
                : "nothing yet";
    }

    private static String kind(PaymentStatus status) {
        return switch (status) {
            case COMPLETED -> "ok";
            case FAILED, CANCELED -> "warn";
            case PENDING -> "idle";
        };
    }

    private OrderView.Refund refund(PaymentFacts payment, RefundFacts refund) {
        boolean counts = refund.status() == RefundStatus.SUCCEEDED && payment.status() == PaymentStatus.COMPLETED;
        String counted = counts && refund.amountMinor() > 0 ? history.text(payment, refund.amountMinor()) : "nothing";
        return new OrderView.Refund(
                refund.refundId(),
                refund.isChargeTotal() ? "running total of the charge" : "single refund",
                payment.paymentId(),
                refund.status().column(),
                refund.status() == RefundStatus.SUCCEEDED
                        ? "ok"
                        : refund.status() == RefundStatus.PENDING ? "idle" : "warn",
                history.text(payment, refund),
                counted);
    }

    private static OrderView.Dispute dispute(OrderHistory.Dispute dispute) {
        return new OrderView.Dispute(
                dispute.disputeId(),
                dispute.paymentId(),
                (dispute.closed() ? "closed" : "open") + ", " + dispute.outcome(),
                dispute.closed() && !dispute.isLost() ? "idle" : "warn",
                MoneyText.ofMajor(dispute.amount(), dispute.currency()));
    }

    private record At(Instant time, OrderView.Entry entry) {}

    /** The newest first, beside the verdict that it led to. */
    private List<OrderView.Entry> timeline() {
        Stream<At> events = history.events().stream().map(event -> new At(event.receivedAt(), entry(event)));
        Stream<At> actions = history.actions().stream().map(action -> new At(action.at(), entry(action)));
        Stream<At> replays = history.groupReplays().stream()
                .map(replay -> new At(
                        Objects.requireNonNullElse(replay.endedAt(), replay.requestedAt()), groupReplay(replay)));
        return Stream.of(events, actions, replays, stops())
                .flatMap(entries -> entries)
                .sorted(Comparator.comparing(At::time).reversed())
                .map(At::entry)
                .toList();
    }

    private OrderView.Entry entry(AuditEntry action) {
        Role role = action.actor().role();
        return new OrderView.Entry(
                Moment.of(action.at(), now),
                role == null ? "nobody signed in" : role.column(),
                "info",
                who(action.actor()) + " " + deed(action.action()),
                null,
                Stream.of(action.target(), outcome(action), namesPeople ? action.reason() : null)
                        .filter(Objects::nonNull)
                        .collect(Collectors.joining(" – ")),
                "",
                null);
    }

    private OrderView.Entry groupReplay(OrderHistory.GroupReplay replay) {
        ReplayOutcome outcome = replay.outcome();
        String message = outcome == null ? null : ShownReason.ofNullable(outcome.message());
        String turn = outcome != null
                ? ReplayWords.outcome(outcome.kind()) + (message == null ? "" : ": " + message)
                : replay.stop() == null ? "its turn has not come" : "it was stopped before the event’s turn";
        return new OrderView.Entry(
                Moment.of(Objects.requireNonNullElse(replay.endedAt(), replay.requestedAt()), now),
                GROUP_REPLAY,
                "info",
                who(replay.username())
                        + (outcome == null ? " asked for a replay of the event in" : " had the event replayed in"),
                job(replay.job()),
                namesPeople ? turn + " – " + replay.reason() : turn,
                replay.event().eventId(),
                eventHref(root, replay.event().provider(), replay.event().eventId()));
    }

    /** Of each job that was stopped, one line, whatever number of the order's events was in it. */
    private Stream<At> stops() {
        Map<Long, List<OrderHistory.GroupReplay>> stopped = history.groupReplays().stream()
                .filter(replay -> replay.stop() != null)
                .collect(Collectors.groupingBy(OrderHistory.GroupReplay::job, TreeMap::new, Collectors.toList()));
        return stopped.values().stream().map(this::stop);
    }

    private At stop(List<OrderHistory.GroupReplay> replays) {
        OrderHistory.GroupReplay first = replays.get(0);
        OrderHistory.GroupReplay.Stop stop = Objects.requireNonNull(first.stop());
        long left = replays.stream().filter(replay -> replay.outcome() == null).count();
        return new At(
                stop.at(),
                new OrderView.Entry(
                        Moment.of(stop.at(), now),
                        GROUP_REPLAY,
                        "info",
                        who(stop.username()) + " stopped",
                        job(first.job()),
                        left == 0
                                ? "the events of this order had had their turn"
                                : "without a turn for " + (left == 1 ? "one event" : left + " events")
                                        + " of this order",
                        "",
                        null));
    }

    private OrderView.Job job(long id) {
        return new OrderView.Job(id, ReplayJobsServlet.href(root, id));
    }

    private String who(Actor actor) {
        return who(actor.username());
    }

    private String who(@Nullable String name) {
        return name == null ? "Hooklatch" : namesPeople ? name : "Somebody";
    }

    /** What somebody did, as the end of a sentence; an action of somebody else's making in its own words. */
    private static String deed(String action) {
        return switch (action) {
            case "event_replayed" -> "replayed the event";
            case "event_dry_run" -> "tried a replay, without consequences";
            case "lock_release" -> "asked to release the lock of the event";
            case "lock_release_without_effect" -> "released no lock: the holder had it no longer, or Redis did not say";
            case "payload.revealed" -> "looked at the payload unmasked";
            default -> "did: " + action.replace('_', ' ').replace('.', ' ');
        };
    }

    private static @Nullable String outcome(AuditEntry action) {
        String word = action.detailsJson() == null
                ? null
                : Json.read(action.detailsJson()).path("outcome").textValue();
        boolean rehearsed = action.action().equals("event_dry_run");
        return word == null
                ? null
                : ReplayOutcome.Kind.ofColumnIfKnown(word)
                        .map(kind -> rehearsed ? ReplayWords.rehearsedOutcome(kind) : ReplayWords.outcome(kind))
                        .orElse(word);
    }

    private OrderView.Entry entry(OrderHistory.Event event) {
        return new OrderView.Entry(
                Moment.of(event.receivedAt(), now),
                event.status() == EventStatus.DEAD_LETTERED
                        ? "dead-lettered"
                        : event.status().column(),
                switch (event.status()) {
                    case PROCESSED -> "ok";
                    case SKIPPED -> "idle";
                    case FAILED -> "warn";
                    case DEAD_LETTERED -> "bad";
                },
                what(event),
                null,
                more(event),
                event.key().eventId(),
                eventHref(root, event.key().provider(), event.key().eventId()));
    }

    private static String what(OrderHistory.Event event) {
        if (!event.status().isFinal()) {
            return event.type() + " was refused: "
                    + Objects.requireNonNullElse(ShownReason.ofNullable(event.error()), "no reason is known");
        }
        if (event.told().isEmpty()) {
            return event.type() + (event.message() == null ? "" : ": " + event.message());
        }
        ToldEffect told = event.told().get();
        String amount = told.amount() == null ? "" : " of " + MoneyText.ofMajor(told.amount(), told.currency());
        return switch (told.kind()) {
            case PAYMENT ->
                "Payment " + told.paymentId() + amount + paymentWord(told.status())
                        + (event.message() == null || told.status().equals("pending") ? "" : ": " + event.message());
            case REFUND -> "Refund " + told.factId() + amount + " " + refundWord(told.status());
            case CHARGE_TOTAL -> "Refunded total of payment " + told.paymentId() + " grew" + by(told);
            case DISPUTE ->
                "Dispute " + told.factId() + amount + " was " + (told.status().equals("open") ? "opened" : "closed")
                        + (event.message() == null ? "" : " (" + event.message() + ")");
        };
    }

    private static String by(ToldEffect told) {
        return told.amount() == null ? "" : " by " + MoneyText.ofMajor(told.amount(), told.currency());
    }

    private static String paymentWord(String status) {
        return switch (status) {
            case "completed" -> " succeeded";
            case "failed" -> " was declined";
            case "canceled" -> " was canceled";
            default -> " was bound to the order by its checkout";
        };
    }

    private static String refundWord(String status) {
        return switch (status) {
            case "succeeded" -> "was given back";
            case "failed" -> "failed";
            default -> "is under way";
        };
    }

    private static String more(OrderHistory.Event event) {
        List<String> more = new ArrayList<>();
        if (event.told().isPresent() && !event.told().get().changed()) {
            more.add(
                    event.told().get().orderId() == null
                            ? "came before its payment was known"
                            : "added nothing that was not known");
        }
        if (event.deliveries() > 1) {
            more.add("delivered " + event.deliveries() + " times, "
                    + (event.status().isFinal() ? "one effect" : "no effect so far"));
        }
        if (event.attempts() > 1) {
            more.add(event.attempts() + " attempts");
        }
        Instant processed = event.processedAt();
        if (processed != null && Duration.between(event.receivedAt(), processed).compareTo(LATE) > 0) {
            more.add("done " + late(Duration.between(event.receivedAt(), processed)) + " after it came");
        }
        if (event.otherBody()) {
            more.add("came with another body, too; the first stands");
        }
        return String.join("; ", more);
    }

    private static @Nullable String late(Duration time) {
        return time.toMinutes() < 120
                ? time.toMinutes() + " min"
                : time.toHours() < 48 ? time.toHours() + " h" : time.toDays() + " days";
    }
}
