package hooklatch.handler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.PaymentDao;
import hooklatch.domain.Fact;
import hooklatch.domain.Json;
import hooklatch.domain.Money;
import hooklatch.domain.OrderRef;
import hooklatch.domain.PaymentStatus;
import hooklatch.domain.WebhookEvent;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** What becomes of payments: succeeded, failed, canceled, bound to an order by a checkout. For all providers. */
public final class PaymentHandler implements EventHandler {
    private final PaymentDao payments = new PaymentDao();
    private final NamedPayments named = new NamedPayments();
    private final OrderSettlement settlement = new OrderSettlement();

    @Override
    public String name() {
        return "payment";
    }

    @Override
    public boolean handles(WebhookEvent event) {
        Fact fact = event.fact();
        return fact instanceof Fact.PaymentSucceeded
                || fact instanceof Fact.PaymentFailed
                || fact instanceof Fact.PaymentCanceled
                || fact instanceof Fact.CheckoutCompleted;
    }

    @Override
    public ObjectNode handle(EventContext context) throws RefusedException {
        Handle handle = context.handle();
        String provider = context.event().key().provider();
        Fact fact = context.event().fact();
        if (fact instanceof Fact.PaymentSucceeded succeeded) {
            return succeeded(handle, provider, succeeded);
        } else if (fact instanceof Fact.PaymentFailed failed) {
            return failed(handle, provider, failed);
        } else if (fact instanceof Fact.PaymentCanceled canceled) {
            return canceled(handle, provider, canceled);
        }
        return checkedOut(handle, provider, (Fact.CheckoutCompleted) fact);
    }

    private ObjectNode succeeded(Handle handle, String provider, Fact.PaymentSucceeded fact) throws RefusedException {
        OrderSettlement.Settled settled = apply(
                handle, provider, fact.paymentId(), fact.order(), PaymentStatus.COMPLETED, fact.amount(), fact.refs());
        ObjectNode result =
                Results.begin("payment_success", settled.facts().orderId()).put("payment_id", fact.paymentId());
        Results.putAmount(result, fact.amount());
        result.put("changed", settled.paymentChanged());
        if (differs(settled.facts().totalAmount(), fact.amount())) {
            result.put("amount_mismatch", true);
        }
        return result;
    }

    private static boolean differs(@Nullable BigDecimal ordered, Money paid) {
        BigDecimal major = paid.major();
        return ordered != null && (major == null || ordered.compareTo(major) != 0);
    }

    private ObjectNode failed(Handle handle, String provider, Fact.PaymentFailed fact) throws RefusedException {
        OrderSettlement.Settled settled = apply(
                handle, provider, fact.paymentId(), fact.order(), PaymentStatus.FAILED, fact.amount(), fact.refs());
        return Results.begin("payment_failed", settled.facts().orderId())
                .put("payment_id", fact.paymentId())
                .put("error", fact.error())
                .put("changed", settled.paymentChanged());
    }

    /** A payment that ends without money needs no order: most abandoned ones never had one. */
    private ObjectNode canceled(Handle handle, String provider, Fact.PaymentCanceled fact) throws RefusedException {
        Long orderId = orderOf(fact.order());
        payments.meet(handle, provider, fact.paymentId(), orderId, PaymentStatus.CANCELED, fact.amount(), false);
        PaymentDao.Standing standing = payments.standing(handle, provider, fact.paymentId());
        Long known = orderId != null ? orderId : standing.orderId();
        boolean changed = false;
        if (known != null) {
            settlement.begin(handle, known);
            changed = settlement
                    .finish(handle, known, provider, fact.paymentId(), exponent(fact.amount()))
                    .paymentChanged();
        }
        ObjectNode result = Results.begin("payment_canceled", known).put("payment_id", fact.paymentId());
        if (fact.amount() != null) {
            Results.putAmount(result, fact.amount());
        }
        return result.put("reason", fact.reason()).put("changed", changed);
    }

    /**
     * A finished checkout moves no money, so it counts as skipped; but it may be the only event that names both the
     * payment and the order. A reference that is no order id of ours is a cart's or a customer's, and binds nothing.
     */
    private ObjectNode checkedOut(Handle handle, String provider, Fact.CheckoutCompleted fact) throws RefusedException {
        Long orderId = fact.order().id();
        ObjectNode result = Json.object().put("status", "skipped");
        if (orderId == null) {
            return result.put("message", "Checkout names no order");
        }
        OrderSettlement.Settled settled = apply(
                handle, provider, fact.paymentId(), fact.order(), PaymentStatus.PENDING, fact.amount(), List.of());
        return result.put(
                        "message", "Checkout binds the payment to its order; only the payment's own events move money")
                .put("order_id", orderId)
                .put("payment_id", fact.paymentId())
                .put("changed", settled.paymentChanged());
    }

    private OrderSettlement.Settled apply(
            Handle handle,
            String provider,
            String paymentId,
            OrderRef order,
            PaymentStatus status,
            @Nullable Money amount,
            List<String> refs)
            throws RefusedException {
        Long orderId = orderOf(order);
        if (orderId == null) {
            orderId = orderByRefs(handle, provider, refs).orElse(null);
        }
        List<String> waited = new ArrayList<>();
        for (String ref : refs) {
            if (named.announce(handle, provider, ref, paymentId)) {
                waited.add(ref);
            }
        }
        payments.meet(handle, provider, paymentId, orderId, status, amount, false);
        for (String ref : waited) {
            named.adopt(handle, provider, ref, paymentId);
        }
        if (orderId == null) {
            orderId = payments.standing(handle, provider, paymentId).orderId();
        }
        if (orderId == null) {
            throw new RefusedException(
                    "No order id: neither the event nor an earlier one names an order for payment " + paymentId);
        }
        settlement.begin(handle, orderId);
        return settlement.finish(handle, orderId, provider, paymentId, exponent(amount));
    }

    private Optional<Long> orderByRefs(Handle handle, String provider, List<String> refs) {
        return refs.stream()
                .flatMap(ref -> payments.orderByRef(handle, provider, ref).stream())
                .findFirst();
    }

    private static @Nullable Long orderOf(OrderRef order) throws RefusedException {
        Long id = order.id();
        if (id == null && !order.isAbsent()) {
            throw new RefusedException("Invalid order id: " + Results.quoted(order.text()));
        }
        return id;
    }

    private static @Nullable Integer exponent(@Nullable Money money) {
        return money == null ? null : money.exponent();
    }
}
