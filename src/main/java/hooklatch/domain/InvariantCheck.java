package hooklatch.domain;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Everything that is checked over all data. A violation is an effect doubled or missing: a defect, or somebody's hand in
 * the tables. A notice is a state that can be right, and that people should know of.
 */
public enum InvariantCheck {
    EVENT_DOUBLED(
            Severity.VIOLATION,
            "Events with more than one row",
            "An event has a second row, or the unique key is missing that keeps it from having one: it may have had its effect"
                    + " twice.",
            "Nothing here drops the key. Compare the facts with the provider, delete the later row, and put the key back at"
                    + " once: ALTER TABLE webhook_events ADD UNIQUE KEY uk_webhook_events_provider_event_id"
                    + " (provider, event_id)."),
    PROCESSED_WITHOUT_FACTS(
            Severity.VIOLATION,
            "Processed events without their facts",
            "An event was answered as done and as having changed something, and the payment, refund or dispute that it"
                    + " announced is not there, or says less than the event did.",
            "An effect is missing. Compare with the provider, and put the row back before the order is acted upon."),
    FACTS_WITHOUT_EVENT(
            Severity.VIOLATION,
            "Facts without a processed event",
            "A payment, refund or dispute is recorded, and no processed event announced it. Facts that are older than"
                    + " Hooklatch here, or than the events that are kept, are left out.",
            "Look for it at the provider. If it is not there, somebody wrote the row by hand."),
    ORDER_STATE_DIFFERS(
            Severity.VIOLATION,
            "Orders whose state is not what their facts say",
            "The state written in the order is not the one that its payments and refunds add up to.",
            "Somebody wrote the state by hand. The next event of the order puts it right by itself; until then, go by the"
                    + " facts on the order's page."),
    REFUNDS_ABOVE_PAID(
            Severity.VIOLATION,
            "Refunds above what was paid",
            "More was given back of a payment than was collected by it.",
            "Compare the refunds of the payment with the provider: one is counted twice, or a payment event is missing."),
    FACTS_NOT_SETTLED(
            Severity.VIOLATION,
            "Refunds and disputes that are not settled with their payment",
            "A refund or dispute belongs to another order than its payment or to none, or the refund rows of a payment do"
                    + " not add up to what was given back.",
            "Sums over the refunds of an order are wrong. The next event of the payment puts its rows right by itself."),
    AMOUNT_MISMATCH(
            Severity.NOTICE,
            "Orders paid in another amount than ordered",
            "What was collected is not the order's total: too little, too much, or twice. The payments count all the"
                    + " same.",
            "Open the order. Give back what is too much, or ask for the rest."),
    ORDER_MISSING(
            Severity.NOTICE,
            "Payments of orders that are gone",
            "A payment counted for an order that the shop has no longer: it was deleted, or its number was changed. Nobody is"
                    + " delivered what was paid.",
            "Open the order: what was collected stands there. If the shop removed it on purpose, give the money back or leave"
                    + " it; otherwise put the order back."),
    REFUND_WAITING(
            Severity.NOTICE,
            "Refunds that wait for their payment",
            "A refund came whose payment has not succeeded here. It counts by itself once the payment's event comes.",
            "Minutes are normal. If it stays, have the provider resend the payment's event; a refund of a payment that is"
                    + " none of this shop's stays here for good."),
    REFUND_SOURCES_DISAGREE(
            Severity.NOTICE,
            "Refund sources that disagree",
            "The running total of a charge and the single refunds tell of different sums. The higher one counts.",
            "Minutes are normal. If it stays, an event is missing: have the provider resend the refunds of the payment."),
    REFUND_IN_OTHER_CURRENCY(
            Severity.NOTICE,
            "Refunds in another currency than their payment",
            "A refund was told in another currency than its payment, so it counts for nothing: amounts of two currencies are"
                    + " never added.",
            "Look the refund up at the provider: what was really given back? The order's state does not show it."),
    PAYMENT_NAMES_TWO_ORDERS(
            Severity.NOTICE,
            "Payments that named two orders",
            "An event names another order than the payment belongs to. The first order stands, the event is refused.",
            "Find out which order was meant; the event can be replayed once the payment belongs to it."),
    EVENT_WITH_TWO_BODIES(
            Severity.NOTICE,
            "Event ids that came with two bodies",
            "A different body came under the id of an event. The first one stands.",
            "Compare with the provider. Providers do this rarely; if it is not theirs, the secret may be known to"
                    + " somebody else.");

    /** How bad it is when a check finds something. */
    public enum Severity {
        VIOLATION,
        NOTICE;

        /** As answered in JSON. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Severity severity;
    private final String title;
    private final String meaning;
    private final String whatToDo;

    InvariantCheck(Severity severity, String title, String meaning, String whatToDo) {
        this.severity = severity;
        this.title = title;
        this.meaning = meaning;
        this.whatToDo = whatToDo;
    }

    public Severity severity() {
        return severity;
    }

    /** What is counted, in a few words. */
    public String title() {
        return title;
    }

    /** What it means when something is found, in sentences. */
    public String meaning() {
        return meaning;
    }

    /** What a person can do then, in sentences. */
    public String whatToDo() {
        return whatToDo;
    }

    /** As stored and as answered in JSON. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<InvariantCheck> ofLabel(String label) {
        return Arrays.stream(values())
                .filter(check -> check.label().equals(label))
                .findFirst();
    }

    /** All of one severity, in the order in which they are shown. */
    public static List<InvariantCheck> of(Severity severity) {
        return Arrays.stream(values())
                .filter(check -> check.severity == severity)
                .toList();
    }
}
