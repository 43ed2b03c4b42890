package hooklatch.service;

import hooklatch.dao.CheckDao;
import hooklatch.dao.OrderDao;
import hooklatch.domain.Finding;
import hooklatch.domain.InvariantCheck;
import hooklatch.domain.MoneyText;
import hooklatch.domain.OrderFacts;
import hooklatch.domain.OrderState;
import hooklatch.domain.OrderStory;
import hooklatch.domain.OrderTotals;
import hooklatch.domain.PaymentFacts;
import hooklatch.domain.PaymentStatus;
import hooklatch.domain.RefundFacts;
import hooklatch.domain.RefundSources;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The checks that begin at an order with payments. The state and the sums are derived by the same code by which handlers
 * derive them. Stateless.
 */
final class OrderChecks {
    private final CheckDao dao = new CheckDao();
    private final OrderDao orders = new OrderDao();

    /**
     * What is wrong with a batch of orders.
     *
     * @param orderIds orders that have payments
     * @param since facts from before are not ours: nobody has derived a state from them yet
     */
    List<Finding> check(Handle handle, List<Long> orderIds, Instant since) {
        List<OrderFacts> all = orders.factsOf(handle, orderIds);
        Map<Long, CheckDao.PaymentRow> rows = dao.paymentsOfOrders(handle, orderIds);
        Map<Long, Long> versions = dao.factsVersions(handle, orderIds);
        List<Finding> findings = new ArrayList<>();
        for (OrderFacts order : all) {
            boolean settledHere = versions.getOrDefault(order.orderId(), 0L) > 0
                    || order.payments().stream()
                            .map(payment -> rows.get(payment.rowId()))
                            .anyMatch(row -> row != null && !row.createdAt().isBefore(since));
            if (settledHere) {
                stateDiffers(order).ifPresent(findings::add);
                order.payments().forEach(payment -> notSettled(order, payment, findings));
            }
            for (PaymentFacts payment : order.payments()) {
                Integer exponent = exponent(payment, rows.get(payment.rowId()));
                refundsAbovePaid(order, payment, exponent).ifPresent(findings::add);
                sourcesDisagree(order, payment, exponent).ifPresent(findings::add);
                inOtherCurrency(order, payment, findings);
            }
            amountMismatch(order, rows).ifPresent(findings::add);
        }
        missing(orderIds, all, rows.values(), since, findings);
        return findings;
    }

    /** A handler never writes a payment of an order that is not there, so each of these was there once. */
    private static void missing(
            List<Long> orderIds,
            List<OrderFacts> there,
            Collection<CheckDao.PaymentRow> payments,
            Instant since,
            List<Finding> findings) {
        Set<Long> gone = new TreeSet<>(orderIds);
        there.forEach(order -> gone.remove(order.orderId()));
        for (Long orderId : gone) {
            List<CheckDao.PaymentRow> collected = payments.stream()
                    .filter(row -> orderId.equals(row.orderId())
                            && row.status() == PaymentStatus.COMPLETED
                            && !row.createdAt().isBefore(since))
                    .sorted(Comparator.comparingLong(CheckDao.PaymentRow::rowId))
                    .toList();
            if (!collected.isEmpty()) {
                CheckDao.PaymentRow first = collected.get(0);
                findings.add(Finding.ofOrder(
                        InvariantCheck.ORDER_MISSING,
                        orderId,
                        "The shop has no order " + orderId + ", and payment " + first.paymentId() + " of "
                                + MoneyText.ofMajor(first.amount(), first.currency())
                                + (collected.size() == 1 ? "" : " and " + (collected.size() - 1) + " more")
                                + " counted for it."));
            }
        }
    }

    private static @Nullable Integer exponent(PaymentFacts payment, CheckDao.@Nullable PaymentRow row) {
        return row == null ? null : MoneyText.exponent(payment.amountMinor(), row.amount(), payment.currency());
    }

    private static Optional<Finding> stateDiffers(OrderFacts order) {
        Optional<OrderState> derived = order.stateToWrite();
        String written = order.currentState();
        if (derived.isEmpty() || derived.get().name().equalsIgnoreCase(written) || OrderStory.isShopsOwnWord(written)) {
            return Optional.empty();
        }
        return Optional.of(Finding.ofOrder(
                InvariantCheck.ORDER_STATE_DIFFERS,
                order.orderId(),
                "The order says " + (written == null ? "nothing" : written) + ", its facts say " + derived.get()
                        + "."));
    }

    private static void notSettled(OrderFacts order, PaymentFacts payment, List<Finding> findings) {
        for (RefundFacts refund : payment.refunds()) {
            if (!Objects.equals(refund.orderId(), order.orderId())) {
                findings.add(about(
                        InvariantCheck.FACTS_NOT_SETTLED,
                        order,
                        payment,
                        refund.refundId(),
                        "Refund " + refund.refundId() + " belongs to "
                                + (refund.orderId() == null ? "no order" : "order " + refund.orderId())
                                + ", its payment to order " + order.orderId() + "."));
            }
        }
        for (RefundFacts refund : payment.refunds()) {
            long counted = payment.totals().countedMinor(refund);
            if (refund.amountMinor() != counted) {
                findings.add(about(
                        InvariantCheck.FACTS_NOT_SETTLED,
                        order,
                        payment,
                        refund.refundId(),
                        "The row of refund " + refund.refundId() + " counts " + refund.amountMinor()
                                + " minor units and must count " + counted + "."));
            }
        }
    }

    private static Optional<Finding> refundsAbovePaid(
            OrderFacts order, PaymentFacts payment, @Nullable Integer exponent) {
        boolean above = payment.status() == PaymentStatus.COMPLETED
                && payment.amountMinor() != null
                && payment.refundedMinor() > payment.paidMinor();
        if (!above) {
            return Optional.empty();
        }
        return Optional.of(about(
                InvariantCheck.REFUNDS_ABOVE_PAID,
                order,
                payment,
                null,
                MoneyText.ofMinor(payment.refundedMinor(), payment.currency(), exponent) + " was given back of "
                        + MoneyText.ofMinor(payment.paidMinor(), payment.currency(), exponent) + "."));
    }

    private static void inOtherCurrency(OrderFacts order, PaymentFacts payment, List<Finding> findings) {
        for (RefundFacts refund : payment.refundsInOtherCurrency()) {
            findings.add(about(
                    InvariantCheck.REFUND_IN_OTHER_CURRENCY,
                    order,
                    payment,
                    refund.refundId(),
                    "The refund was told in " + refund.currency() + ", its payment in " + payment.currency() + "."));
        }
    }

    private static Optional<Finding> sourcesDisagree(
            OrderFacts order, PaymentFacts payment, @Nullable Integer exponent) {
        RefundSources sources = RefundSources.of(payment);
        if (!sources.disagree()) {
            return Optional.empty();
        }
        return Optional.of(about(
                InvariantCheck.REFUND_SOURCES_DISAGREE,
                order,
                payment,
                null,
                "The charge's total is "
                        + MoneyText.ofMinor(sources.chargeTotal(), payment.currency(), exponent)
                        + "; single refunds of " + MoneyText.ofMinor(sources.told(), payment.currency(), exponent)
                        + " are known."));
    }

    private static Optional<Finding> amountMismatch(OrderFacts order, Map<Long, CheckDao.PaymentRow> rows) {
        OrderTotals totals = OrderTotals.of(order, payment -> {
            CheckDao.PaymentRow row = rows.get(payment.rowId());
            return row == null ? null : row.amount();
        });
        return totals.mismatch()
                .map(mismatch -> Finding.ofOrder(InvariantCheck.AMOUNT_MISMATCH, order.orderId(), mismatch.sentence()));
    }

    private static Finding about(
            InvariantCheck check, OrderFacts order, PaymentFacts payment, @Nullable String factId, String detail) {
        return Finding.ofPayment(check, payment.provider(), payment.paymentId(), order.orderId(), factId, detail);
    }
}
