package hooklatch.domain;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything known of an order's money, and what it adds up to. The state is a function of the set of facts alone:
 * neither their order nor their number of deliveries can change it.
 *
 * @param currentState as it stands in the order's row; the shop may have words of its own there
 * @param totalAmount what was ordered, in major units, or null
 */
public record OrderFacts(
        long orderId,
        @Nullable String currentState,
        @Nullable BigDecimal totalAmount,
        List<PaymentFacts> payments) {
    private static final Set<String> PAID_STATES = Set.of("PAID", "PARTIALLY_REFUNDED", "REFUNDED");

    public OrderFacts {
        payments = List.copyOf(payments);
    }

    public Optional<PaymentFacts> payment(String provider, String paymentId) {
        return payments.stream()
                .filter(p -> p.provider().equals(provider) && p.paymentId().equals(paymentId))
                .findFirst();
    }

    /** The state that follows from the facts. */
    public OrderState state() {
        List<PaymentFacts> completed = payments.stream()
                .filter(p -> p.status() == PaymentStatus.COMPLETED)
                .toList();
        if (completed.isEmpty()) {
            boolean allEnded =
                    !payments.isEmpty() && payments.stream().noneMatch(p -> p.status() == PaymentStatus.PENDING);
            return allEnded ? OrderState.FAILED : OrderState.PENDING;
        }
        long refunded =
                completed.stream().mapToLong(PaymentFacts::refundedMinor).reduce(0, RefundTotals::sum);
        if (refunded == 0) {
            return OrderState.PAID;
        }
        return isAllGivenBack(completed) ? OrderState.REFUNDED : OrderState.PARTIALLY_REFUNDED;
    }

    /** Amounts of different currencies cannot be added: each must be given back for itself. */
    private static boolean isAllGivenBack(List<PaymentFacts> completed) {
        Map<String, BigInteger> keptByCurrency = new HashMap<>();
        for (PaymentFacts p : completed) {
            BigInteger kept = BigInteger.valueOf(p.paidMinor()).subtract(BigInteger.valueOf(p.refundedMinor()));
            keptByCurrency.merge(p.currency() == null ? "" : p.currency(), kept, BigInteger::add);
        }
        return keptByCurrency.values().stream().allMatch(kept -> kept.signum() <= 0);
    }

    /**
     * The state to be written, or empty when the row is right as it is. An order that the shop itself marked as paid,
     * before any payment of it is known here, stays so.
     */
    public Optional<OrderState> stateToWrite() {
        OrderState derived = state();
        if (derived.name().equals(currentState)) {
            return Optional.empty();
        }
        boolean noMoneyKnown = derived == OrderState.PENDING || derived == OrderState.FAILED;
        if (noMoneyKnown && currentState != null && PAID_STATES.contains(currentState.toUpperCase(Locale.ROOT))) {
            return Optional.empty();
        }
        return Optional.of(derived);
    }
}
