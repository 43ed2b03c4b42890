package hooklatch.service;

import hooklatch.dao.CheckDao;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventStatus;
import hooklatch.domain.Finding;
import hooklatch.domain.InvariantCheck;
import hooklatch.domain.MoneyText;
import hooklatch.domain.PaymentStatus;
import hooklatch.domain.StatusAnswer;
import hooklatch.domain.ToldEffect;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The checks that begin at an event: its facts are there, it names no second order, it came with one body. Stateless.
 */
final class EventChecks {
    /** As a handler refuses it. */
    private static final Pattern TWO_ORDERS =
            Pattern.compile("Payment (\\S{1,255}) belongs to order (\\d+), not (\\d+)");

    private final CheckDao dao = new CheckDao();

    /** What an event told that it changed. */
    private record Told(CheckDao.EventRow event, ToldEffect effect) {
        String provider() {
            return event.key().provider();
        }
    }

    /** Facts of one provider that the events of a batch told of. */
    private record Facts(
            Map<String, CheckDao.PaymentRow> payments,
            Map<String, CheckDao.RefundRow> refunds,
            Map<String, CheckDao.RefundRow> chargeTotals,
            Map<String, CheckDao.DisputeRow> disputes) {}

    /** What is wrong with a batch of events. */
    List<Finding> check(Handle handle, List<CheckDao.EventRow> events) {
        List<Finding> findings = new ArrayList<>();
        List<Told> told = new ArrayList<>();
        for (CheckDao.EventRow event : events) {
            if (event.otherPayloadAt() != null) {
                findings.add(about(
                        event,
                        InvariantCheck.EVENT_WITH_TWO_BODIES,
                        "Another body last came at " + StatusAnswer.time(event.otherPayloadAt()) + "."));
            }
            twoOrders(event).ifPresent(findings::add);
            if (event.status() == EventStatus.PROCESSED || event.status() == EventStatus.SKIPPED) {
                ToldEffect.read(event.resultJson())
                        .filter(ToldEffect::changed)
                        .ifPresent(effect -> told.add(new Told(event, effect)));
            }
        }
        Map<String, List<Told>> byProvider = told.stream().collect(Collectors.groupingBy(Told::provider));
        byProvider.forEach((provider, those) -> {
            Facts facts = read(handle, provider, those);
            for (Told one : those) {
                String missing = missing(one.effect, facts);
                if (missing != null) {
                    findings.add(about(one.event, InvariantCheck.PROCESSED_WITHOUT_FACTS, missing));
                }
            }
        });
        return findings;
    }

    /** What is found where the key is missing that allows each event one row. */
    static Finding keyIsMissing() {
        return new Finding(
                InvariantCheck.EVENT_DOUBLED,
                null,
                null,
                null,
                null,
                null,
                "The unique key on provider and event_id is missing.");
    }

    /** Rows of a batch that are not the first of their event. */
    List<Finding> doubled(Handle handle, List<CheckDao.EventRow> events) {
        Map<EventKey, Long> first = dao.doubled(
                handle, events.stream().map(event -> event.key().eventId()).collect(Collectors.toSet()));
        return events.stream()
                .filter(event -> first.getOrDefault(event.key(), event.rowId()) < event.rowId())
                .map(event -> about(
                        event,
                        InvariantCheck.EVENT_DOUBLED,
                        "Row " + event.rowId() + " is of the same event as row " + first.get(event.key()) + "."))
                .toList();
    }

    private static Finding about(CheckDao.EventRow event, InvariantCheck check, String detail) {
        return Finding.ofEvent(check, event.key(), event.orderId(), event.paymentId(), detail);
    }

    private static Optional<Finding> twoOrders(CheckDao.EventRow event) {
        if (event.error() == null) {
            return Optional.empty();
        }
        Matcher refusal = TWO_ORDERS.matcher(event.error());
        if (!refusal.matches() || !EventKey.isValidId(refusal.group(1))) {
            return Optional.empty();
        }
        return Optional.of(Finding.ofEvent(
                InvariantCheck.PAYMENT_NAMES_TWO_ORDERS,
                event.key(),
                event.orderId() == null ? longOrNull(refusal.group(3)) : event.orderId(),
                refusal.group(1),
                event.error() + "."));
    }

    private static @Nullable Long longOrNull(String digits) {
        try {
            return Long.valueOf(digits);
        } catch (NumberFormatException tooLong) {
            return null;
        }
    }

    private Facts read(Handle handle, String provider, List<Told> told) {
        Map<ToldEffect.Kind, Set<String>> ids = new HashMap<>();
        for (Told one : told) {
            ToldEffect effect = one.effect;
            boolean byPayment =
                    effect.kind() == ToldEffect.Kind.PAYMENT || effect.kind() == ToldEffect.Kind.CHARGE_TOTAL;
            ids.computeIfAbsent(effect.kind(), any -> new HashSet<>())
                    .add(byPayment ? effect.paymentId() : Objects.requireNonNull(effect.factId()));
        }
        return new Facts(
                dao.paymentsById(handle, provider, ids.getOrDefault(ToldEffect.Kind.PAYMENT, Set.of())),
                dao.refundsById(handle, provider, ids.getOrDefault(ToldEffect.Kind.REFUND, Set.of())),
                dao.chargeTotals(handle, provider, ids.getOrDefault(ToldEffect.Kind.CHARGE_TOTAL, Set.of())),
                dao.disputesById(handle, provider, ids.getOrDefault(ToldEffect.Kind.DISPUTE, Set.of())));
    }

    /** What is not there of an effect, in a sentence; null when all is there. */
    private static @Nullable String missing(ToldEffect effect, Facts facts) {
        return switch (effect.kind()) {
            case PAYMENT -> missingPayment(effect, facts.payments.get(effect.paymentId()));
            case REFUND -> missingRefund(effect, facts.refunds.get(Objects.requireNonNull(effect.factId())));
            case CHARGE_TOTAL -> missingTotal(effect, facts.chargeTotals.get(effect.paymentId()));
            case DISPUTE -> missingDispute(effect, facts.disputes.get(Objects.requireNonNull(effect.factId())));
        };
    }

    private static @Nullable String missingPayment(ToldEffect effect, CheckDao.@Nullable PaymentRow row) {
        if (row == null) {
            return "Payment " + effect.paymentId() + " is not there.";
        }
        if (!ToldEffect.reaches(effect.kind(), row.status().column(), effect.status())) {
            return "Payment " + effect.paymentId() + " is " + row.status().column() + ", the event said "
                    + effect.status() + ".";
        }
        String otherOrder = otherOrder("Payment " + effect.paymentId(), row.orderId(), effect);
        if (otherOrder != null) {
            return otherOrder;
        }
        boolean less = effect.status().equals(PaymentStatus.COMPLETED.column())
                && effect.amount() != null
                && row.amount() != null
                && Objects.equals(effect.currency(), row.currency())
                && row.amount().compareTo(effect.amount()) < 0;
        return less
                ? "Payment " + effect.paymentId() + " has " + MoneyText.ofMajor(row.amount(), row.currency())
                        + ", the event announced " + MoneyText.ofMajor(effect.amount(), effect.currency()) + "."
                : null;
    }

    private static @Nullable String missingRefund(ToldEffect effect, CheckDao.@Nullable RefundRow row) {
        String name = "Refund " + effect.factId();
        if (row == null) {
            return name + " is not there.";
        }
        if (!ToldEffect.reaches(effect.kind(), row.facts().status().column(), effect.status())) {
            return name + " is only " + row.facts().status().column() + ".";
        }
        // What is announced in another currency than the payment's counts for nothing, and its row says so.
        boolean counts = row.facts().amountMinor() == row.facts().announcedMinor();
        if (counts
                && effect.amount() != null
                && Objects.equals(effect.currency(), row.facts().currency())
                && row.amount() != null
                && row.amount().compareTo(effect.amount()) < 0) {
            return name + " has " + MoneyText.ofMajor(row.amount(), row.facts().currency()) + ", the event announced "
                    + MoneyText.ofMajor(effect.amount(), effect.currency()) + ".";
        }
        return otherOrder(name, row.facts().orderId(), effect);
    }

    private static @Nullable String missingTotal(ToldEffect effect, CheckDao.@Nullable RefundRow row) {
        return row == null
                ? "The refunded total of a charge of payment " + effect.paymentId() + " is not there."
                : otherOrder(
                        "The refunded total " + row.facts().refundId(),
                        row.facts().orderId(),
                        effect);
    }

    private static @Nullable String missingDispute(ToldEffect effect, CheckDao.@Nullable DisputeRow row) {
        String name = "Dispute " + effect.factId();
        if (row == null) {
            return name + " is not there.";
        }
        if (!row.closed() && effect.status().equals("closed")) {
            return name + " is still open.";
        }
        return otherOrder(name, row.orderId(), effect);
    }

    private static @Nullable String otherOrder(String what, @Nullable Long orderId, ToldEffect effect) {
        if (effect.orderId() == null || effect.orderId().equals(orderId)) {
            return null;
        }
        return what + " belongs to " + (orderId == null ? "no order" : "order " + orderId) + ", the event said order "
                + effect.orderId() + ".";
    }
}
