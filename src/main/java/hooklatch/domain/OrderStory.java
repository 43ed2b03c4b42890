package hooklatch.domain;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Why an order is in the state it is in, in sentences, and what can be done. The state itself comes from
 * {@link OrderFacts}, by the code that handlers use; here it is only put into words.
 *
 * @param state as the order's row says; NONE where it says nothing
 * @param mood how the state looks to who is responsible
 * @param verdict the one sentence that says it all
 * @param because the facts behind it
 * @param advice what can be done; empty when nothing needs to be
 */
public record OrderStory(String state, Mood mood, String verdict, List<String> because, List<Advice> advice) {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final int LISTED = 5;

    public OrderStory {
        because = List.copyOf(because);
        advice = List.copyOf(advice);
    }

    /** How a state looks. */
    public enum Mood {
        OK,
        WARN,
        BAD,
        INFO,
        IDLE
    }

    /**
     * Something that can be done, or that one should know before one does something.
     *
     * @param event the event it is about, or null
     * @param aboutChecks whether the checks tell more
     */
    public record Advice(String text, @Nullable EventKey event, boolean aboutChecks) {}

    /** Tells an order's story. */
    public static OrderStory of(OrderHistory history) {
        return new Teller(history).tell();
    }

    private static final class Teller {
        private final OrderHistory history;
        private final OrderFacts facts;
        private final OrderState derived;
        private final List<PaymentFacts> completed;
        private final List<String> because = new ArrayList<>();
        private final List<Advice> advice = new ArrayList<>();

        Teller(OrderHistory history) {
            this.history = history;
            this.facts = history.facts();
            this.derived = facts.state();
            this.completed = with(PaymentStatus.COMPLETED);
        }

        private List<PaymentFacts> with(PaymentStatus status) {
            return facts.payments().stream()
                    .filter(payment -> payment.status() == status)
                    .toList();
        }

        OrderStory tell() {
            String written = facts.currentState();
            String state = written == null || written.isEmpty() ? "NONE" : written;
            boolean same = derived.name().equalsIgnoreCase(written);
            boolean differs = !same && facts.stateToWrite().isPresent() && !isShopsOwnWord(written);
            String verdict;
            if (same) {
                verdict = derived + " because " + reason() + ".";
            } else if (differs && !facts.payments().isEmpty()) {
                verdict = "The order says " + state + ", but its facts say " + derived + ": " + reason() + ".";
                advice.add(new Advice(
                        "Nothing here writes it so: somebody did, or the order was made anew. Go by the facts below. The next"
                                + " event of this order puts it right by itself; if none is to come, write " + derived
                                + " into the order.",
                        null,
                        true));
            } else if (differs) {
                verdict = "The order says " + state + ", and " + noneArrived() + ".";
            } else if (isShopsOwnWord(written)) {
                verdict = "The shop says " + state + ", in its own word; to the payments it is " + derived + " because "
                        + reason() + ".";
                if (facts.stateToWrite().isPresent()) {
                    because.add("The next event of this order writes " + derived + " in place of " + state + ".");
                }
            } else {
                verdict =
                        state + " by the shop itself: no successful payment of this order is known here, and a decline"
                                + " does not undo what the shop has marked.";
            }
            tellPayments();
            completed.forEach(this::tellRefunds);
            tellWaitingRefunds();
            tellDisputes();
            OrderTotals totals = OrderTotals.of(facts, payment -> {
                OrderHistory.PaymentDetail detail = history.details().get(payment.rowId());
                return detail == null ? null : detail.amount();
            });
            Optional<OrderTotals.Mismatch> mismatch = totals.mismatch();
            mismatch.ifPresent(one -> advice.add(new Advice(
                    one.sentence()
                            + switch (one.difference()) {
                                case TOO_MUCH -> orderedIn(totals.currency(), "give back what is too much;");
                                case TOO_LITTLE -> orderedIn(totals.currency(), "ask for the rest;");
                                case NOT_COMPARABLE -> " Compare them by hand;";
                            }
                            + " the payments count all the same.",
                    null,
                    false)));
            tellRefused();
            return new OrderStory(state, mood(differs, mismatch.isPresent()), verdict, because, advice);
        }

        /** The shop's table names no currency: the total may have been meant in another one. */
        private static String orderedIn(@Nullable String currency, String deed) {
            return currency == null ? " " + capital(deed) : " If it was ordered in " + currency + ", " + deed;
        }

        private Mood mood(boolean differs, boolean mismatch) {
            if ((differs && !facts.payments().isEmpty()) || completed.stream().anyMatch(Teller::isGivenBackTooMuch)) {
                return Mood.BAD;
            }
            boolean disputed = history.disputes().stream().anyMatch(dispute -> !dispute.closed() || dispute.isLost());
            boolean otherCurrency = completed.stream()
                    .anyMatch(payment -> !payment.refundsInOtherCurrency().isEmpty());
            if (mismatch || disputed || otherCurrency || advice.stream().anyMatch(one -> one.event() != null)) {
                return Mood.WARN;
            }
            return switch (derived) {
                case PAID -> Mood.OK;
                case FAILED -> Mood.WARN;
                case PENDING -> Mood.IDLE;
                case PARTIALLY_REFUNDED, REFUNDED -> Mood.INFO;
            };
        }

        /** The middle of the sentence: why the facts come to what they come to. */
        private String reason() {
            return switch (derived) {
                case PENDING -> pendingReason();
                case FAILED ->
                    facts.payments().size() == 1
                            ? "its only payment " + facts.payments().get(0).paymentId() + " "
                                    + ended(facts.payments().get(0))
                            : "none of its " + facts.payments().size() + " payments succeeded";
                case PAID -> paidReason();
                case PARTIALLY_REFUNDED -> givenBack() + " was given back of " + paid();
                case REFUNDED ->
                    (completed.stream().anyMatch(Teller::isGivenBackTooMuch)
                                    ? "more than was paid was given back: "
                                    : "all that was paid was given back: ")
                            + givenBack() + " of " + paid();
            };
        }

        private String pendingReason() {
            List<PaymentFacts> pending = with(PaymentStatus.PENDING);
            if (pending.isEmpty()) {
                return noneArrived();
            }
            return "payment " + pending.get(0).paymentId()
                    + " is known, and no event says yet that it succeeded or failed";
        }

        private String noneArrived() {
            return history.events().stream().allMatch(event -> event.status().isFinal())
                    ? "no payment event for it has arrived here"
                    : "no payment event for it has had its effect: what came was refused";
        }

        private String paidReason() {
            if (completed.size() > 1) {
                return paid() + " arrived in " + completed.size() + " payments";
            }
            PaymentFacts payment = completed.get(0);
            return "payment " + payment.paymentId() + " of " + history.amountOf(payment) + " arrived"
                    + at(payment, PaymentStatus.COMPLETED);
        }

        private String at(PaymentFacts payment, PaymentStatus status) {
            return history.toldAt(payment, status)
                    .map(time -> " at " + TIME.format(time))
                    .orElse("");
        }

        private String ended(PaymentFacts payment) {
            return payment.status() == PaymentStatus.CANCELED
                    ? "was canceled" + at(payment, PaymentStatus.CANCELED)
                    : "was declined" + at(payment, PaymentStatus.FAILED);
        }

        private String why(PaymentFacts payment) {
            return history.toldWhy(payment, payment.status())
                    .map(why -> " The reason given: " + why + (why.endsWith(".") ? "" : "."))
                    .orElse("");
        }

        private String paid() {
            return sums(completed, PaymentFacts::paidMinor);
        }

        private String givenBack() {
            return sums(
                    completed.stream()
                            .filter(payment -> payment.refundedMinor() > 0)
                            .toList(),
                    PaymentFacts::refundedMinor);
        }

        /** One sum a currency: amounts of different currencies are not added. */
        private String sums(List<PaymentFacts> payments, ToLongFunction<PaymentFacts> part) {
            return payments.stream()
                    .collect(Collectors.groupingBy(
                            payment -> payment.currency() == null ? "" : payment.currency(),
                            TreeMap::new,
                            Collectors.toList()))
                    .values()
                    .stream()
                    .map(same -> history.text(
                            same.get(0), same.stream().mapToLong(part).reduce(0, RefundTotals::sum)))
                    .collect(Collectors.joining(" and "));
        }

        private void tellPayments() {
            for (PaymentFacts payment : completed) {
                if (completed.size() > 1 || derived != OrderState.PAID) {
                    because.add("Payment " + payment.paymentId() + " of " + history.amountOf(payment) + " succeeded"
                            + history.toldAt(payment, PaymentStatus.COMPLETED)
                                    .map(time -> "; its event arrived at " + TIME.format(time))
                                    .orElse("")
                            + ".");
                }
                if (wasTold(payment, PaymentStatus.FAILED)) {
                    because.add("A decline of payment " + payment.paymentId() + at(payment, PaymentStatus.FAILED)
                            + " does not count: a success of the same payment stands above it, whichever of the two came"
                            + " first.");
                }
            }
            Stream.concat(with(PaymentStatus.FAILED).stream(), with(PaymentStatus.CANCELED).stream())
                    .limit(LISTED)
                    .forEach(payment -> because.add("Payment " + payment.paymentId() + " " + ended(payment)
                            + (completed.isEmpty()
                                    ? "." + why(payment)
                                    : "; another payment of the order succeeded, so that does not count.")));
            if (!completed.isEmpty()) {
                with(PaymentStatus.PENDING).stream()
                        .limit(LISTED)
                        .forEach(payment -> because.add(
                                "Payment " + payment.paymentId() + " is known, and has neither succeeded nor failed."));
            }
        }

        private boolean wasTold(PaymentFacts payment, PaymentStatus status) {
            return history.toldAt(payment, status).isPresent();
        }

        private void tellRefunds(PaymentFacts payment) {
            if (payment.refunds().isEmpty()) {
                return;
            }
            RefundSources sources = RefundSources.of(payment);
            if (sources.succeeded() > 0) {
                because.add("Of payment " + payment.paymentId() + ", " + history.text(payment, sources.succeeded())
                        + " was given back by " + named(payment, RefundStatus.SUCCEEDED) + ".");
            }
            if (sources.failed() > 0) {
                because.add(capital(named(payment, RefundStatus.FAILED)) + " failed and "
                        + (count(payment, RefundStatus.FAILED) == 1 ? "does" : "do") + " not count.");
            }
            if (sources.pending() > 0) {
                because.add(capital(named(payment, RefundStatus.PENDING)) + " "
                        + (count(payment, RefundStatus.PENDING) == 1
                                ? "is under way and counts once it has succeeded."
                                : "are under way and count once they have succeeded."));
            }
            if (sources.chargeTotal() > 0) {
                long beyond = payment.refundedMinor() - sources.succeeded();
                because.add("The charge's running total says " + history.text(payment, sources.chargeTotal())
                        + (beyond > 0
                                ? "; " + history.text(payment, beyond)
                                        + " of what was given back is known from it alone,"
                                        + " as no single refund accounts for it."
                                : ", which the single refunds account for."));
            }
            if (sources.disagree()) {
                advice.add(new Advice(
                        "The two sources of the refunds of payment " + payment.paymentId()
                                + " disagree; the higher one counts. If that stays so, have the provider resend its refund"
                                + " events.",
                        null,
                        true));
            }
            for (RefundFacts refund : payment.refundsInOtherCurrency()) {
                because.add("Refund " + refund.refundId() + " of " + history.text(payment, refund)
                        + " does not count: it is in another currency than its payment (" + payment.currency() + ").");
                advice.add(new Advice(
                        "Refund " + refund.refundId() + " was told in " + refund.currency() + ", and its payment in "
                                + payment.currency()
                                + ", so it does not count. Look it up at the provider: what was given back?",
                        null,
                        true));
            }
            if (isGivenBackTooMuch(payment)) {
                advice.add(new Advice(
                        "More was given back of payment " + payment.paymentId() + " than was collected by it: "
                                + history.text(payment, payment.refundedMinor()) + " of "
                                + history.text(payment, payment.paidMinor())
                                + ". Compare its refunds with the provider: one is counted twice, or a payment event is"
                                + " missing.",
                        null,
                        true));
            }
        }

        private static boolean isGivenBackTooMuch(PaymentFacts payment) {
            return payment.amountMinor() != null && payment.refundedMinor() > payment.paidMinor();
        }

        private static List<RefundFacts> own(PaymentFacts payment, RefundStatus status) {
            return payment.refunds().stream()
                    .filter(refund -> !refund.isChargeTotal()
                            && refund.status() == status
                            && payment.totals().isInOurCurrency(refund))
                    .toList();
        }

        private static int count(PaymentFacts payment, RefundStatus status) {
            return own(payment, status).size();
        }

        private static String named(PaymentFacts payment, RefundStatus status) {
            List<RefundFacts> refunds = own(payment, status);
            String ids =
                    refunds.stream().limit(LISTED).map(RefundFacts::refundId).collect(Collectors.joining(", "));
            int more = refunds.size() - LISTED;
            return (refunds.size() == 1 ? "refund " : "refunds ") + ids + (more > 0 ? " and " + more + " more" : "");
        }

        private static String capital(String text) {
            return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
        }

        /** Refunds of payments that have not succeeded here. */
        private void tellWaitingRefunds() {
            for (PaymentFacts payment : facts.payments()) {
                if (payment.status() == PaymentStatus.COMPLETED) {
                    continue;
                }
                List<RefundFacts> waiting = payment.refunds().stream()
                        .filter(refund -> refund.status() != RefundStatus.FAILED)
                        .limit(LISTED)
                        .toList();
                for (RefundFacts refund : waiting) {
                    because.add((refund.isChargeTotal() ? "The refunded total of charge " : "Refund ")
                            + refund.refundId() + " of " + history.text(payment, refund)
                            + " waits: its payment " + payment.paymentId() + " has not succeeded here.");
                }
                if (!waiting.isEmpty()) {
                    advice.add(new Advice(
                            "A refund waits for payment " + payment.paymentId()
                                    + ". It counts by itself once the payment's"
                                    + " event comes; if that does not happen, have the provider resend it.",
                            null,
                            true));
                }
            }
        }

        private void tellDisputes() {
            for (OrderHistory.Dispute dispute : history.disputes()) {
                because.add("Dispute " + dispute.disputeId() + " over "
                        + MoneyText.ofMajor(dispute.amount(), dispute.currency()) + " is "
                        + (dispute.closed() ? "closed" : "open") + " (" + dispute.outcome()
                        + "). Disputes are shown and never change an order's state.");
                if (!dispute.closed()) {
                    advice.add(new Advice(
                            "Dispute " + dispute.disputeId() + " is open: answer it at the provider.", null, false));
                } else if (dispute.isLost()) {
                    advice.add(new Advice(
                            "Dispute " + dispute.disputeId() + " was lost: "
                                    + MoneyText.ofMajor(dispute.amount(), dispute.currency())
                                    + " went back to the customer, which the state does not show.",
                            null,
                            false));
                }
            }
        }

        private void tellRefused() {
            List<OrderHistory.Event> refused = history.events().stream()
                    .filter(event -> !event.status().isFinal())
                    .toList();
            for (OrderHistory.Event event : refused.subList(0, Math.min(LISTED, refused.size()))) {
                advice.add(0, new Advice(refusal(event, facts.orderId()), event.key(), false));
            }
            if (refused.size() > LISTED) {
                advice.add(new Advice(
                        (refused.size() - LISTED) + " further events were refused; see below.", null, false));
            }
        }
    }

    /**
     * What is said of a refused event.
     *
     * @param orderId an order that is there
     */
    static String refusal(OrderHistory.Event event, long orderId) {
        String error = event.error() == null ? "no reason is known" : event.error();
        boolean mended = error.equals("Order not found: " + orderId);
        String remedy = mended ? "The order is there now" : "Remove the cause";
        String next = event.nextAttemptAt() == null
                ? remedy + (mended ? ": replay it." : ", then replay it.")
                : "It is tried again at " + time(event.nextAttemptAt()) + "; "
                        + (mended
                                ? "the order is there now, so you can replay it at once."
                                : "once the cause is removed you can replay it.");
        return "An event of this order was refused"
                + (event.status() == EventStatus.DEAD_LETTERED ? " until it became a dead letter: " : ": ")
                + error + (error.endsWith(".") ? " " : ". ") + next;
    }

    private static String time(Instant time) {
        return TIME.format(time);
    }

    /** A shop may have other words than ours; none of them is wrong, and each stands until the order's next event. */
    public static boolean isShopsOwnWord(@Nullable String written) {
        if (written == null || written.isEmpty()) {
            return false;
        }
        String word = written.toUpperCase(Locale.ROOT);
        return Stream.of(OrderState.values()).noneMatch(state -> state.name().equals(word));
    }
}
