package hooklatch.domain;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is known of one order: its facts, and what happened to it.
 *
 * @param details of payments, by the primary keys of {@link PaymentFacts}
 * @param events that name the order or one of its payments, the newest first
 * @param moreEvents whether there are older ones
 * @param actions of operators on these events, the newest first
 * @param groupReplays of these events, the newest first; the audit log names their jobs only
 */
public record OrderHistory(
        OrderFacts facts,
        Map<Long, PaymentDetail> details,
        List<Dispute> disputes,
        List<Event> events,
        boolean moreEvents,
        List<AuditEntry> actions,
        List<GroupReplay> groupReplays) {
    public OrderHistory {
        details = Map.copyOf(details);
        disputes = List.copyOf(disputes);
        events = List.copyOf(events);
        actions = List.copyOf(actions);
        groupReplays = List.copyOf(groupReplays);
    }

    /**
     * What the facts of a payment do not tell.
     *
     * @param amount in major units, or null
     * @param firstSeenAt when its row was made
     */
    public record PaymentDetail(@Nullable BigDecimal amount, Instant firstSeenAt) {}

    /**
     * A dispute of the order.
     *
     * @param amount in major units, or null
     */
    public record Dispute(
            String provider,
            String disputeId,
            String paymentId,
            boolean closed,
            String outcome,
            @Nullable BigDecimal amount,
            String currency) {
        /** Whether the money is gone. */
        public boolean isLost() {
            return closed && outcome.equalsIgnoreCase("lost");
        }
    }

    /**
     * An event that touched the order, or wanted to.
     *
     * @param told what its result says that it did
     * @param message of its result: why it was skipped, why a payment was declined or canceled, or how a dispute stands
     * @param nextAttemptAt when a refused event is tried again here, or null
     * @param deliveries how often it was delivered, as far as the log of deliveries knows
     */
    public record Event(
            long rowId,
            EventKey key,
            String type,
            EventStatus status,
            Optional<ToldEffect> told,
            @Nullable String message,
            @Nullable String error,
            int attempts,
            Instant receivedAt,
            @Nullable Instant processedAt,
            @Nullable Instant nextAttemptAt,
            boolean otherBody,
            long deliveries) {
        /** The same with error and message as they may be shown. */
        public Event with(@Nullable String shownError, @Nullable String shownMessage) {
            return with(shownError, shownMessage, deliveries);
        }

        /** The same, with how often it was delivered. */
        public Event withDeliveries(long count) {
            return with(error, message, count);
        }

        private Event with(@Nullable String otherError, @Nullable String otherMessage, long otherDeliveries) {
            return new Event(
                    rowId,
                    key,
                    type,
                    status,
                    told,
                    otherMessage,
                    otherError,
                    attempts,
                    receivedAt,
                    processedAt,
                    nextAttemptAt,
                    otherBody,
                    otherDeliveries);
        }
    }

    /**
     * That an event was in a group that somebody had replayed.
     *
     * @param job number of the group's replay
     * @param reason in the words of who asked for it
     * @param outcome null when the event has not had its turn; after the job's stop it never gets one
     * @param endedAt when it had its turn, or null
     * @param stop of the job, or null when nobody stopped it
     */
    public record GroupReplay(
            long job,
            EventKey event,
            String username,
            String reason,
            Instant requestedAt,
            @Nullable ReplayOutcome outcome,
            @Nullable Instant endedAt,
            @Nullable Stop stop) {
        /** That somebody stopped a job, with what it had not done left undone. */
        public record Stop(Instant at, String username) {}
    }

    /** A payment's amount as people read it. */
    public String amountOf(PaymentFacts payment) {
        PaymentDetail detail = details.get(payment.rowId());
        return detail == null || detail.amount() == null
                ? payment.amountMinor() == null
                        ? "an unknown amount"
                        : MoneyText.ofMinor(payment.amountMinor(), payment.currency(), null)
                : MoneyText.ofMajor(detail.amount(), payment.currency());
    }

    /** An amount in minor units of a payment's currency as people read it. */
    public String text(PaymentFacts payment, long minor) {
        return MoneyText.ofMinor(minor, payment.currency(), exponent(payment));
    }

    /** What a refund announced, as people read it. Of another currency than the payment's the decimals may not be known. */
    public String text(PaymentFacts payment, RefundFacts refund) {
        Integer exponent = exponent(payment);
        long minor = refund.chargeTotalMinor() != null ? refund.chargeTotalMinor() : refund.announcedMinor();
        boolean same = payment.totals().isInOurCurrency(refund);
        String currency = same && payment.currency() != null ? payment.currency() : refund.currency();
        if (!same || exponent == null) {
            exponent = MoneyText.exponent(0L, BigDecimal.ZERO, refund.currency());
        }
        return MoneyText.ofMinor(minor, currency, exponent);
    }

    private @Nullable Integer exponent(PaymentFacts payment) {
        PaymentDetail detail = details.get(payment.rowId());
        return detail == null ? null : MoneyText.exponent(payment.amountMinor(), detail.amount(), payment.currency());
    }

    /** When the event came that first said this of a payment; empty when it is forgotten or too long ago to be listed. */
    public Optional<Instant> toldAt(PaymentFacts payment, PaymentStatus status) {
        return telling(payment, status).map(Event::receivedAt).min(Instant::compareTo);
    }

    /** Why a payment was declined or canceled, in the words of the newest event that says so. */
    public Optional<String> toldWhy(PaymentFacts payment, PaymentStatus status) {
        return telling(payment, status)
                .filter(event -> event.message() != null)
                .max(Comparator.comparing(Event::receivedAt))
                .map(Event::message);
    }

    private Stream<Event> telling(PaymentFacts payment, PaymentStatus status) {
        return events.stream()
                .filter(event -> event.key().provider().equals(payment.provider()))
                .filter(event -> event.told()
                        .filter(told -> told.kind() == ToldEffect.Kind.PAYMENT
                                && told.paymentId().equals(payment.paymentId())
                                && told.status().equals(status.column()))
                        .isPresent());
    }
}
