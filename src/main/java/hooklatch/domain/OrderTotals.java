package hooklatch.domain;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What was ordered and what was collected, in major units; {@code orders} names no currency, so only payments of one
 * currency can be compared with it.
 *
 * @param ordered null when the order has no total
 * @param collected null when there is no completed payment, or its amounts cannot be added
 * @param kept the same without payments that were given back whole
 * @param currency of what was collected, or null
 * @param payments number of completed payments
 * @param severalCurrencies whether completed payments are of several currencies
 */
public record OrderTotals(
        @Nullable BigDecimal ordered,
        @Nullable BigDecimal collected,
        @Nullable BigDecimal kept,
        @Nullable String currency,
        int payments,
        boolean severalCurrencies) {

    /**
     * What an order comes to.
     *
     * @param majorAmount the amount of a payment in major units, or null
     */
    public static OrderTotals of(OrderFacts order, Function<PaymentFacts, @Nullable BigDecimal> majorAmount) {
        List<PaymentFacts> completed = order.payments().stream()
                .filter(p -> p.status() == PaymentStatus.COMPLETED)
                .toList();
        List<String> currencies = completed.stream()
                .map(PaymentFacts::currency)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        boolean several = currencies.size() > 1;
        String currency = currencies.size() == 1 ? currencies.get(0) : null;
        BigDecimal collected = several ? null : sum(completed, majorAmount);
        List<PaymentFacts> notGivenBack = completed.stream()
                .filter(p -> p.paidMinor() == 0 || p.refundedMinor() < p.paidMinor())
                .toList();
        BigDecimal kept = several ? null : sum(notGivenBack, majorAmount);
        return new OrderTotals(order.totalAmount(), collected, kept, currency, completed.size(), several);
    }

    private static @Nullable BigDecimal sum(
            List<PaymentFacts> payments, Function<PaymentFacts, @Nullable BigDecimal> majorAmount) {
        List<BigDecimal> amounts = new ArrayList<>();
        for (PaymentFacts payment : payments) {
            BigDecimal amount = majorAmount.apply(payment);
            if (amount == null) {
                return null;
            }
            amounts.add(amount);
        }
        return amounts.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /**
     * How what was collected differs from what was ordered, in a sentence. A payment that was given back whole no longer
     * counts against the order when the rest is right: an order that was paid twice and refunded once is in order, and so
     * is one of which nothing was kept.
     */
    public Optional<String> mismatch() {
        if (ordered == null || payments == 0) {
            return Optional.empty();
        }
        if (severalCurrencies) {
            return Optional.of("It was paid in several currencies, which cannot be compared with its total of "
                    + MoneyText.ofMajor(ordered, null) + ".");
        }
        if (collected == null) {
            return Optional.of("What was collected cannot be compared with its total of "
                    + MoneyText.ofMajor(ordered, null) + ": the decimals of " + currency + " are not known.");
        }
        boolean keptIsRight = kept != null && (kept.signum() == 0 || kept.compareTo(ordered) == 0);
        int difference = collected.compareTo(ordered);
        if (difference == 0 || keptIsRight) {
            return Optional.empty();
        }
        String by = MoneyText.ofMajor(collected.subtract(ordered).abs(), currency);
        return Optional.of("It was paid " + by + (difference > 0 ? " more" : " less") + " than ordered: "
                + MoneyText.ofMajor(collected, currency) + (payments > 1 ? " in " + payments + " payments" : "")
                + " for "
                + MoneyText.ofMajor(ordered, currency) + ".");
    }
}
