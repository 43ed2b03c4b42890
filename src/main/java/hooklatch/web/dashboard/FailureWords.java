package hooklatch.web.dashboard;

import hooklatch.domain.ErrorCause;
import java.util.List;

/**
 * What a cause of refusals means, and what can be done about it.
 *
 * @param meaning a sentence
 * @param whatToDo one or two sentences
 */
record FailureWords(String meaning, String whatToDo) {
    private record Known(String beginning, FailureWords words) {}

    private static final FailureWords OTHERWISE = new FailureWords(
            "A handler, or the reading of the body, refused these events in its own words.",
            "Look at one of them and mend what it names. A dry run shows whether that was enough; then replay the group.");

    private static final String OF_ONE_PAYMENT =
            "Each counts for one payment only, the first that was named. Look them up at the provider: whose are they? Those"
                    + " of the other payment are settled by hand.";

    private static final List<Known> KNOWN = List.of(
            known(
                    "Order not found",
                    "The events name orders that the shop does not have.",
                    "If the orders are only late, nothing is to be done: each event is tried again by itself. If they were"
                            + " deleted, create them and replay. If they belong to another shop or a test system that"
                            + " shares this endpoint, send that system's events elsewhere."),
            known(
                    "No order id",
                    "Nothing says which order these payments are for.",
                    "The checkout must send the order number along: metadata.order_id at Stripe, notes.order_id at"
                            + " Razorpay, order_id with Standard Webhooks. An event of the same payment that names its"
                            + " order mends these as well."),
            known(
                    "Invalid order id",
                    "The events name orders that cannot be the shop's: an order number is a positive whole number.",
                    "Mend what the checkout sends. These events themselves will not change, so settle their orders by"
                            + " hand."),
            known(
                    "Payment … belongs to order",
                    "These payments belong to an order already, and the events name another.",
                    "A payment counts for one order only, the first that was named. Look both orders up and correct the"
                            + " order number at the provider."),
            known(
                    "Refund … belongs to payment",
                    "These refunds were told as those of one payment, and the events name another.",
                    OF_ONE_PAYMENT),
            known(
                    "Charge … belongs to payment",
                    "What these charges gave back was told as that of one payment, and the events name another.",
                    OF_ONE_PAYMENT),
            known(
                    "Dispute … belongs to payment",
                    "These disputes were told as those of one payment, and the events name another.",
                    OF_ONE_PAYMENT),
            known(
                    "Another body came",
                    "Two different bodies came under one event id, and the first of them is gone.",
                    "The first body stands and a different one is not believed. Compare with the event at the provider,"
                            + " and settle the order by hand."),
            known(
                    "Handler failed",
                    "The code that handles these events failed: a defect, or something that it needs is away.",
                    "Somebody who can read the application's log must look: it has the whole error under each event's id."
                            + " Once it is mended, replay the group."),
            known(
                    ErrorCause.LATE,
                    "The code that handles these events waited for something until it was stopped: what it needs is slow"
                            + " or away.",
                    "Somebody who can read the application's log must look: under each event's id it says where the code"
                            + " waited. Once that is mended, replay the group."),
            known(
                    "A handler ended the transaction",
                    "The code that handles these events ended the database transaction by itself, so nothing was kept.",
                    "This is a defect of an added handler: tell its developers. Once it is mended, replay the group."));

    private static Known known(String beginning, String meaning, String whatToDo) {
        return new Known(beginning, new FailureWords(meaning, whatToDo));
    }

    static FailureWords of(String cause) {
        return KNOWN.stream()
                .filter(known -> cause.startsWith(known.beginning()))
                .map(Known::words)
                .findFirst()
                .orElse(OTHERWISE);
    }
}
