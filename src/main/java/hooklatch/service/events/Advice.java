package hooklatch.service.events;

import hooklatch.domain.ErrorCause;
import hooklatch.domain.EventStatus;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Why an event had no effect, in words for people, and what they can do.
 *
 * @param reason a sentence
 * @param whatToDo one or two sentences
 */
public record Advice(String reason, String whatToDo) {
    /** A form of the texts that handlers refuse or skip with, and what it means; {@code $1} is what it names. */
    private record Cause(Pattern text, String reason, String whatToDo) {
        Optional<Advice> of(String message) {
            Matcher matcher = text.matcher(message);
            if (!matcher.matches()) {
                return Optional.empty();
            }
            return Optional.of(new Advice(filled(reason, matcher), filled(whatToDo, matcher)));
        }

        private static String filled(String words, Matcher matcher) {
            String text = words;
            for (int group = 1; group <= matcher.groupCount(); group++) {
                text = text.replace("$" + group, String.valueOf(matcher.group(group)));
            }
            return text;
        }
    }

    private static Cause cause(String text, String reason, String whatToDo) {
        return new Cause(Pattern.compile(text, Pattern.DOTALL), reason, whatToDo);
    }

    private static final String TRIED_AGAIN = " It is tried again by itself; Replay tries it at once.";

    private static final List<Cause> REFUSALS = List.of(
            cause(
                    "Order not found: (.*)",
                    "When it was last tried, the shop had no order $1.",
                    "If the order is only late, nothing is to be done: the event is tried again by itself. If the order was"
                            + " deleted, or belongs to another shop or a test system that shares this endpoint, create it"
                            + " or send that system's events elsewhere; then replay."),
            cause(
                    "No order id: .* for payment (.*)",
                    "Nothing says which order payment $1 is for.",
                    "The checkout must send the order number along: metadata.order_id at Stripe, notes.order_id at"
                            + " Razorpay, order_id with Standard Webhooks. An event of this payment that names its order"
                            + " mends this one as well." + TRIED_AGAIN),
            cause(
                    "Invalid order id: (.*)",
                    "The event names an order that cannot be one of the shop's: $1.",
                    "Order numbers are positive whole numbers. Mend what the checkout sends; this event itself will not"
                            + " change, so settle the order by hand."),
            cause(
                    "Currency (\\S+) is not that of payment (.*) \\((\\S+)\\)",
                    "The event speaks of $1, but payment $2 was made in $3.",
                    "Amounts of two currencies are never added. Look the payment up at the provider: which currency is"
                            + " right? The refund or dispute must be corrected there."),
            cause(
                    "Payment (.*) belongs to order (\\S+), not (\\S+)",
                    "Payment $1 belongs to order $2 already, and this event says order $3.",
                    "A payment counts for one order only, the first that was named. Look both orders up and correct the"
                            + " order number at the provider."),
            cause(
                    "(Refund|Charge|Dispute) (.*) belongs to payment (\\S+), not (\\S+)",
                    "$1 $2 was told as one of payment $3, and this event says payment $4.",
                    "It counts for one payment only, the first that was named. Look it up at the provider: whose is it?"
                            + " If it is the other's, settle the orders by hand."),
            cause(
                    "No payment is known yet for charge (.*)",
                    "The event names charge $1, and no payment has told yet that the charge is its own.",
                    "Usually the payment's own event is still on its way." + TRIED_AGAIN
                            + " If it never comes, look in the provider's list of deliveries for the payment's event."),
            cause(
                    "Another body came under this event id, and the first can no longer be read",
                    "Two different bodies came under this event's id, and the first of them is gone.",
                    "The first body stands and a different one is not believed. Compare with the event at the provider"
                            + " and settle the order by hand."),
            cause(
                    "(?:Event (?:names|states) no|Invalid|Unknown) .*",
                    "The event is of a known type, but its body lacks something or has something that cannot be used.",
                    "The technical error below says what. Trying again does not help until the sender changes it: look the"
                            + " event up at the provider."),
            cause(
                    "Handler failed: (.*)",
                    "The code that handles this event failed ($1): a defect, or something that it needs is away.",
                    "Somebody who can read the application's log must look: it has the whole error under this event's id."
                            + TRIED_AGAIN),
            cause(
                    ErrorCause.LATE,
                    "The code that handles this event waited for something until it was stopped: what it needs is slow or"
                            + " away.",
                    "Somebody who can read the application's log must look: under this event's id it says where the code"
                            + " waited." + TRIED_AGAIN),
            cause(
                    "A handler ended the transaction that it was given",
                    "The code that handles this event ended the database transaction by itself, so nothing was kept.",
                    "This is a defect of an added handler: tell its developers."));

    private static final List<Cause> SKIPS = List.of(
            cause(
                    "Unhandled event type: (.*)",
                    "Nobody here handles events of type $1, so it changed nothing.",
                    "Nothing is to be done, unless an effect was expected: then a handler for this type is missing; once it"
                            + " is there, replay the event. A type that nobody needs can be switched off at the provider."),
            cause(
                    "Ignored: livemode (.*)",
                    "The event is of the wrong mode (livemode $1), so it changed nothing.",
                    "This endpoint takes events of the other mode only (STRIPE_LIVEMODE). Check which endpoint the"
                            + " provider's test and live modes send to."),
            cause(
                    "Checkout names no order",
                    "The finished checkout names no order of the shop, so it binds nothing.",
                    "Nothing is to be done if the payment's own event names the order."),
            cause(
                    "Checkout binds .*",
                    "The finished checkout says which order the payment is for; it moves no money by itself.",
                    "Nothing is to be done: the payment's own event counts."));

    /**
     * What can be said of an event that had no effect.
     *
     * @param message the error, or the reason for skipping it
     * @return empty for an event that was processed
     */
    static Optional<Advice> of(EventStatus status, @Nullable String message) {
        String text = message == null ? "" : message;
        return switch (status) {
            case PROCESSED -> Optional.empty();
            case SKIPPED ->
                Optional.of(first(
                        SKIPS,
                        text,
                        new Advice(
                                "The event was looked at and deliberately had no effect.",
                                "Nothing is to be done, unless an effect was expected.")));
            case FAILED, DEAD_LETTERED ->
                Optional.of(first(
                        REFUSALS,
                        text,
                        new Advice(
                                "A handler refused the event.",
                                "The technical error below is the handler's own." + TRIED_AGAIN)));
        };
    }

    private static Advice first(List<Cause> causes, String text, Advice otherwise) {
        return causes.stream()
                .flatMap(cause -> cause.of(text).stream())
                .findFirst()
                .orElse(otherwise);
    }
}
