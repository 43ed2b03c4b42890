package hooklatch.service;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;

import hooklatch.dao.CheckDao;
import hooklatch.domain.Finding;
import hooklatch.domain.InvariantCheck;
import hooklatch.domain.MoneyText;
import hooklatch.domain.PaymentStatus;
import hooklatch.domain.RefundFacts;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.ToldEffect;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The checks that begin at a payment, refund or dispute: a processed event announced it, a refund has its payment, a
 * dispute the order of its payment. Stateless.
 */
final class FactChecks {
    private final CheckDao dao = new CheckDao();

    /** A payment's name, unique over all providers. */
    private record PaymentKey(String provider, String paymentId) {}

    private record FactKey(String provider, ToldEffect.Kind kind, String id) {}

    /** What finished events announced: how far each fact had come by the farthest of them. */
    private static final class Announced {
        private final Set<PaymentKey> named = new HashSet<>();
        private final Map<FactKey, String> farthest = new HashMap<>();

        void add(String provider, ToldEffect effect) {
            boolean byPayment =
                    effect.kind() == ToldEffect.Kind.PAYMENT || effect.kind() == ToldEffect.Kind.CHARGE_TOTAL;
            String id = byPayment ? effect.paymentId() : Objects.requireNonNull(effect.factId());
            farthest.merge(
                    new FactKey(provider, effect.kind(), id),
                    effect.status(),
                    (a, b) -> ToldEffect.reaches(effect.kind(), a, b) ? a : b);
        }

        void name(String provider, String paymentId) {
            named.add(new PaymentKey(provider, paymentId));
        }

        boolean names(String provider, String paymentId) {
            return named.contains(new PaymentKey(provider, paymentId));
        }

        boolean has(String provider, ToldEffect.Kind kind, String id, String status) {
            String told = farthest.get(new FactKey(provider, kind, id));
            return told != null && ToldEffect.reaches(kind, told, status);
        }
    }

    private Announced announced(Handle handle, Set<String> paymentIds) {
        Announced announced = new Announced();
        dao.toldOf(handle, paymentIds, announced::add, announced::name);
        return announced;
    }

    /** What came before its payment was known was announced under a charge of it. */
    private void announcedByCharge(Handle handle, Set<PaymentKey> payments, Announced announced) {
        Map<String, List<PaymentKey>> byProvider = payments.stream().collect(groupingBy(PaymentKey::provider));
        Set<String> charges = new HashSet<>();
        byProvider.forEach((provider, those) -> charges.addAll(dao.chargesOf(
                handle, provider, those.stream().map(PaymentKey::paymentId).toList())));
        dao.toldOf(handle, charges, announced::add, announced::name);
    }

    /**
     * What is wrong with a batch of payments.
     *
     * @param since facts from before need no event: it is not here, or may have been forgotten
     */
    List<Finding> payments(Handle handle, List<CheckDao.PaymentRow> batch, Instant since) {
        List<CheckDao.PaymentRow> rows =
                batch.stream().filter(row -> !row.createdAt().isBefore(since)).toList();
        Set<String> ids = new HashSet<>();
        rows.forEach(row -> ids.add(row.paymentId()));
        Announced announced = announced(handle, ids);
        List<Finding> findings = new ArrayList<>();
        for (CheckDao.PaymentRow row : rows) {
            boolean known = row.status() == PaymentStatus.PENDING
                    ? announced.names(row.provider(), row.paymentId())
                    : announced.has(
                            row.provider(),
                            ToldEffect.Kind.PAYMENT,
                            row.paymentId(),
                            row.status().column());
            if (!known) {
                findings.add(Finding.ofPayment(
                        InvariantCheck.FACTS_WITHOUT_EVENT,
                        row.provider(),
                        row.paymentId(),
                        row.orderId(),
                        null,
                        "Payment " + row.paymentId() + " is " + row.status().column() + " with "
                                + MoneyText.ofMajor(row.amount(), row.currency())
                                + ", and no processed event says so."));
            }
        }
        return findings;
    }

    /**
     * What is wrong with a batch of refunds and charges' totals, and which of them wait.
     *
     * @param untold takes those of which no event of their payment tells
     */
    List<Finding> refunds(Handle handle, List<CheckDao.RefundRow> batch, Instant since, List<UntoldFacts.Fact> untold) {
        Set<String> ids = new HashSet<>();
        for (CheckDao.RefundRow row : batch) {
            if (!row.createdAt().isBefore(since)) {
                ids.add(row.paymentId());
            }
        }
        Announced announced = announced(handle, ids);
        announcedByCharge(
                handle,
                batch.stream()
                        .filter(row -> !row.createdAt().isBefore(since) && !isAnnounced(row, announced))
                        .map(row -> new PaymentKey(row.provider(), row.paymentId()))
                        .collect(toSet()),
                announced);
        List<Finding> findings = new ArrayList<>();
        for (CheckDao.RefundRow row : batch) {
            waiting(row).ifPresent(findings::add);
            if (!row.createdAt().isBefore(since) && !isAnnounced(row, announced)) {
                RefundFacts refund = row.facts();
                Finding finding = about(
                        InvariantCheck.FACTS_WITHOUT_EVENT,
                        row,
                        name(row) + " of " + money(row) + " is "
                                + refund.status().column() + ", and no processed event says so.");
                if (refund.isChargeTotal()) {
                    findings.add(finding);
                } else {
                    untold.add(new UntoldFacts.Fact(
                            row.provider(),
                            ToldEffect.Kind.REFUND,
                            refund.refundId(),
                            refund.status().column(),
                            finding));
                }
            }
        }
        return findings;
    }

    private static boolean isAnnounced(CheckDao.RefundRow row, Announced announced) {
        RefundFacts refund = row.facts();
        return refund.isChargeTotal()
                ? announced.has(
                        row.provider(), ToldEffect.Kind.CHARGE_TOTAL, row.paymentId(), RefundStatus.SUCCEEDED.column())
                : announced.has(
                        row.provider(),
                        ToldEffect.Kind.REFUND,
                        refund.refundId(),
                        refund.status().column());
    }

    /** Refunds count once their payment is completed; a failed one has nothing left to wait for. */
    private static Optional<Finding> waiting(CheckDao.RefundRow row) {
        boolean waits = row.facts().status() != RefundStatus.FAILED && row.paymentStatus() != PaymentStatus.COMPLETED;
        if (!waits) {
            return Optional.empty();
        }
        String why;
        if (row.paymentStatus() == null) {
            why = "it names charge " + row.paymentId() + ", which no payment has announced yet.";
        } else if (row.paymentStatus() == PaymentStatus.PENDING && row.paymentOrderId() == null) {
            why = "its payment " + row.paymentId() + " is not known yet.";
        } else {
            why = "its payment " + row.paymentId() + " is "
                    + row.paymentStatus().column() + ".";
        }
        return Optional.of(
                about(InvariantCheck.REFUND_WAITING, row, name(row) + " of " + money(row) + " came; " + why));
    }

    private static String name(CheckDao.RefundRow row) {
        return (row.facts().isChargeTotal() ? "The refunded total of charge " : "Refund ")
                + row.facts().refundId();
    }

    private static String money(CheckDao.RefundRow row) {
        RefundFacts refund = row.facts();
        if (refund.chargeTotalMinor() == null) {
            return MoneyText.ofMajor(row.amount(), refund.currency());
        }
        // The row's amount is only what no single refund accounts for; its decimals are those of the total.
        Integer exponent = MoneyText.exponent(refund.amountMinor(), row.amount(), refund.currency());
        return MoneyText.ofMinor(refund.chargeTotalMinor(), refund.currency(), exponent);
    }

    private static Finding about(InvariantCheck check, CheckDao.RefundRow row, String detail) {
        return Finding.ofPayment(
                check,
                row.provider(),
                row.paymentId(),
                row.facts().orderId(),
                row.facts().refundId(),
                detail);
    }

    /**
     * What is wrong with a batch of disputes.
     *
     * @param untold takes those of which no event of their payment tells
     */
    List<Finding> disputes(
            Handle handle, List<CheckDao.DisputeRow> batch, Instant since, List<UntoldFacts.Fact> untold) {
        Set<String> ids = new HashSet<>();
        for (CheckDao.DisputeRow row : batch) {
            if (!row.createdAt().isBefore(since)) {
                ids.add(row.paymentId());
            }
        }
        Announced announced = announced(handle, ids);
        announcedByCharge(
                handle,
                batch.stream()
                        .filter(row -> !row.createdAt().isBefore(since) && !isAnnounced(row, announced))
                        .map(row -> new PaymentKey(row.provider(), row.paymentId()))
                        .collect(toSet()),
                announced);
        List<Finding> findings = new ArrayList<>();
        for (CheckDao.DisputeRow row : batch) {
            String status = row.closed() ? "closed" : "open";
            if (!row.createdAt().isBefore(since) && !isAnnounced(row, announced)) {
                untold.add(new UntoldFacts.Fact(
                        row.provider(),
                        ToldEffect.Kind.DISPUTE,
                        row.disputeId(),
                        status,
                        about(
                                InvariantCheck.FACTS_WITHOUT_EVENT,
                                row,
                                "Dispute " + row.disputeId() + " is " + status + ", and no processed event says so.")));
            }
            if (!Objects.equals(row.orderId(), row.paymentOrderId())) {
                findings.add(about(
                        InvariantCheck.FACTS_NOT_SETTLED,
                        row,
                        "Dispute " + row.disputeId() + " belongs to " + order(row.orderId()) + ", its payment to "
                                + order(row.paymentOrderId()) + "."));
            }
        }
        return findings;
    }

    private static boolean isAnnounced(CheckDao.DisputeRow row, Announced announced) {
        String status = row.closed() ? "closed" : "open";
        return announced.has(row.provider(), ToldEffect.Kind.DISPUTE, row.disputeId(), status);
    }

    private static String order(@Nullable Long id) {
        return id == null ? "no order" : "order " + id;
    }

    private static Finding about(InvariantCheck check, CheckDao.DisputeRow row, String detail) {
        return Finding.ofPayment(check, row.provider(), row.paymentId(), row.orderId(), row.disputeId(), detail);
    }
}
