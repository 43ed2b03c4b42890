package hooklatch.handler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.Json;
import hooklatch.domain.Money;
import hooklatch.domain.PaymentRef;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** The parts that the results of the built-in handlers share. */
final class Results {
    private static final int LONGEST_QUOTE = 64;

    private Results() {}

    static ObjectNode begin(String action, @Nullable Long orderId) {
        return Json.object().put("action", action).put("order_id", orderId);
    }

    /** The payment; and the charge where the event names no more than that and nobody has said yet whose it is. */
    static void putPayment(ObjectNode result, NamedPayments.Named payment, PaymentRef ref) {
        result.put("payment_id", payment.paymentId());
        if (!payment.known()) {
            result.put("charge_id", ref.id());
        }
    }

    /** The amount in major units; in minor units when the currency's decimals are unknown, since nothing is guessed. */
    static void putAmount(ObjectNode result, Money money) {
        BigDecimal major = money.major();
        result.put("amount", major);
        if (major == null) {
            result.put("amount_minor", money.minor());
        }
        result.put("currency", money.currency());
    }

    /** Text from outside, bounded and in quotes so that blanks can be seen. */
    static String quoted(@Nullable String text) {
        String shown = text == null ? "" : text;
        if (shown.length() > LONGEST_QUOTE) {
            shown = shown.substring(
                            0,
                            shown.offsetByCodePoints(
                                    0, Math.min(LONGEST_QUOTE, shown.codePointCount(0, shown.length()))))
                    + "…";
        }
        return "\"" + shown + "\"";
    }
}
