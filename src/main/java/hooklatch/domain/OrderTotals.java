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
 * @param paid the same without payments that were given back whole
 * @param kept of {@code paid}, what was not given back
 * @param currency of what was collected, or null
 * @param payments number of completed payments
 * @param allGivenBack whether money came, and all of it was given back
 * @param severalCurrencies whether completed payments are of several currencies
 */
public record OrderTotals(
        @Nullable BigDecimal ordered,
        @Nullable BigDecimal collected,
        @Nullable BigDecimal paid,
        @Nullable BigDecimal kept,
        @Nullable String currency,
        int payments,
        boolean allGivenBack,
        boolean severalCurrencies) {

    /** How what was collected differs from what was ordered. */
    public enum Difference {
        TOO_MUCH,
        TOO_LITTLE,
        /** Other currencies, or one whose decimals are not known. */
        NOT_COMPARABLE
    }

    /** A difference, in a sentence. */
    public record Mismatch(Difference difference, String sentence) {}

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
        List<PaymentFacts> notGivenBack = completed.stream()
                .filter(p -> p.paidMinor() == 0 || p.refundedMinor() < p.paidMinor())
                .toList();
        return new OrderTotals(
                order.totalAmount(),
                several ? null : sum(completed, majorAmount),
                several ? null : sum(notGivenBack, majorAmount),
                several ? null : sum(notGivenBack, payment -> kept(payment, majorAmount.apply(payment))),
                currency,
                completed.size(),
                completed.stream().anyMatch(p -> p.paidMinor() > 0)
                        && notGivenBack.stream().allMatch(p -> p.paidMinor() == 0),
                several);
    }

    private static @Nullable BigDecimal kept(PaymentFacts payment, @Nullable BigDecimal amount) {
        if (amount == null || payment.refundedMinor() == 0) {
            return amount;
        }
        Integer exponent = MoneyText.exponent(payment.amountMinor(), amount, payment.currency());
        return exponent == null ? null : amount.subtract(BigDecimal.valueOf(payment.refundedMinor(), exponent));
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
     * How what was collected differs from what was ordered. A payment that was given back whole no longer counts against
     * the order when the rest is right: an order that was paid twice and refunded once is in order, and so is one of which
     * nothing was kept, and one that was paid too high and of which so much was given back that no more than the total is
     * kept. A payment of nothing pays for nothing.
     */
    public Optional<Mismatch> mismatch() {
        if (ordered == null || payments == 0) {
            return Optional.empty();
        }
        if (severalCurrencies) {
            return Optional.of(new Mismatch(
                    Difference.NOT_COMPARABLE,
                    "It was paid in several currencies, which cannot be compared with its total of "
                            + MoneyText.ofMajor(ordered, null) + "."));
        }
        if (collected == null || paid == null) {
            return Optional.of(new Mismatch(
                    Difference.NOT_COMPARABLE,
                    "What was collected cannot be compared with its total of " + MoneyText.ofMajor(ordered, null)
                            + ": the decimals of " + currency + " are not known."));
        }
        if (collected.compareTo(ordered) == 0 || allGivenBack || paid.compareTo(ordered) == 0) {
            return Optional.empty();
        }
        if (currency != null && decimals(ordered) > Math.max(decimals(collected), MoneyText.usualDecimals(currency))) {
            return Optional.of(new Mismatch(
                    Difference.NOT_COMPARABLE,
                    "It was paid " + MoneyText.ofMajor(collected, currency)
                            + ", which cannot be compared with its total of " + MoneyText.ofMajor(ordered, null) + ": "
                            + currency + " has no such amounts."));
        }
        BigDecimal held = kept == null ? paid : kept;
        boolean more = paid.compareTo(ordered) > 0;
        if (more && held.compareTo(ordered) <= 0) {
            return Optional.empty();
        }
        return Optional.of(new Mismatch(
                more ? Difference.TOO_MUCH : Difference.TOO_LITTLE,
                "It was paid "
                        + MoneyText.ofMajor(
                                (more ? held : paid).subtract(ordered).abs(), currency)
                        + (more ? " more" : " less") + " than ordered: " + MoneyText.ofMajor(collected, currency)
                        + (payments > 1 ? " in " + payments + " payments" : "")
                        + (more ? givenBack(collected.subtract(held)) : givenBack(collected.subtract(paid)))
                        + " for a total of " + MoneyText.ofMajor(ordered, null) + "."));
    }

    private static int decimals(BigDecimal amount) {
        return amount.stripTrailingZeros().scale();
    }

    private String givenBack(BigDecimal amount) {
        return amount.signum() == 0 ? "" : ", of which " + MoneyText.ofMajor(amount, currency) + " was given back,";
    }
}
