package hooklatch.provider;

import static hooklatch.provider.Deliveries.razorpayFact;
import static hooklatch.provider.Deliveries.standardFact;
import static hooklatch.provider.Deliveries.stripeFact;
import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.domain.Fact;
import hooklatch.domain.Fact.ChargeRefunded;
import hooklatch.domain.Fact.CheckoutCompleted;
import hooklatch.domain.Fact.DisputeChanged;
import hooklatch.domain.Fact.PaymentCanceled;
import hooklatch.domain.Fact.PaymentFailed;
import hooklatch.domain.Fact.PaymentSucceeded;
import hooklatch.domain.Fact.RefundChanged;
import hooklatch.domain.Money;
import hooklatch.domain.OrderRef;
import hooklatch.domain.Payload;
import hooklatch.domain.PaymentRef;
import hooklatch.domain.RefundStatus;
import hooklatch.testing.Samples;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What facts are made of, beyond the samples. */
class FactTest {
    private static final Money USD_10 = new Money(1000, "USD", 2);
    private static final Fact UNKNOWN = new Fact.Unknown();

    // ---- amounts and currencies

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "-5                    | Invalid amount: -5",
                "17.4                  | Invalid amount: 17.4",
                "100.0                 | Invalid amount: 100.0",
                "1e3                   | Invalid amount: 1E+3",
                "1e999999999           | Invalid amount: 1E+999999999",
                "\"4999\"              | Invalid amount: \"4999\"",
                "9223372036854775808   | Invalid amount: 9223372036854775808",
                "99999999999999999999  | Invalid amount: 99999999999999999999",
                "-9223372036854775809  | Invalid amount: -9223372036854775809",
                "true                  | Invalid amount: true",
                "{\"a\":1}             | Invalid amount: {…}",
                "[]                    | Invalid amount: […]",
                "null                  | Event states no amount",
                "\"\"                  | Event states no amount",
            })
    void amountThatIsNoIntegralNumberIsNamed(String amount, String problem) {
        Fact expected = new Fact.Unusable(problem);
        assertThat(stripeFact("payment_intent.succeeded", intent("\"amount_received\":" + amount)))
                .isEqualTo(expected);
        assertThat(razorpayFact("payment.captured", razorpayPayment("\"amount\":" + amount + ",\"currency\":\"USD\"")))
                .isEqualTo(expected);
        assertThat(standardFact(
                        "refund.pending",
                        "{\"id\":\"r\",\"payment_id\":\"p\",\"currency\":\"USD\",\"amount_minor\":" + amount + "}"))
                .isEqualTo(expected);
    }

    @Test
    void absentAmountIsNamedWhereMoneyMoved() {
        assertThat(stripeFact("payment_intent.succeeded", intent("\"amount\":5")))
                .isEqualTo(new Fact.Unusable("Event states no amount"));
    }

    @Test
    void amountsFillALong() {
        assertThat(stripeFact("payment_intent.succeeded", intent("\"amount_received\":9223372036854775807")))
                .isEqualTo(new PaymentSucceeded("pi_1", OrderRef.NONE, new Money(Long.MAX_VALUE, "USD", 2), List.of()));
        assertThat(stripeFact("payment_intent.succeeded", intent("\"amount_received\":0")))
                .isEqualTo(new PaymentSucceeded("pi_1", OrderRef.NONE, new Money(0, "USD", 2), List.of()));
    }

    @Test
    void problemsAreShort() {
        Fact fact = stripeFact("payment_intent.succeeded", intent("\"amount_received\":\"" + "9".repeat(5000) + "\""));
        assertThat(((Fact.Unusable) fact).problem())
                .hasSize("Invalid amount: ".length() + 100)
                .endsWith("9…");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "17                    | Invalid currency: 17",
                "\"US D\"              | Invalid currency: \"US D\"",
                "\"€\"                 | Invalid currency: \"€\"",
                "\"us\\u0000d\"        | Invalid currency: \"us\\u0000d\"",
                "\"ınr\"               | Invalid currency: \"ınr\"",
                "\"USD45678901234567\" | Invalid currency: \"USD45678901234567\"",
                "null                  | Event states no currency",
                "\"\"                  | Event states no currency",
            })
    void currencyThatIsNoCodeIsNamed(String currency, String problem) {
        assertThat(standardFact("payment.succeeded", "{\"id\":\"p\",\"amount_minor\":1,\"currency\":" + currency + "}"))
                .isEqualTo(new Fact.Unusable(problem));
    }

    @Test
    void declineWithoutAWholeAmountHasNone() {
        for (String data : List.of("\"amount_minor\":5", "\"currency\":\"USD\"", "\"amount_minor\":null", "\"x\":1")) {
            assertThat(standardFact("payment.failed", "{\"id\":\"p\"," + data + "}"))
                    .isEqualTo(new PaymentFailed("p", OrderRef.NONE, null, null, List.of()));
        }
        assertThat(standardFact("payment.failed", "{\"id\":\"p\",\"amount_minor\":-5,\"currency\":\"USD\"}"))
                .isEqualTo(new Fact.Unusable("Invalid amount: -5"));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                // code, Stripe, Razorpay, Standard Webhooks
                "USD, 2, 2, 2",
                "EUR, 2, 2, 2",
                "INR, 2, 2, 2",
                "HUF, 2, 2, 2",
                "TWD, 2, 2, 2",
                "JPY, 0, 0, 0",
                "KRW, 0, 0, 0",
                "CLP, 0, 0, 0",
                "VND, 0, 0, 0",
                "XPF, 0, 0, 0",
                "BIF, 0, 0, 0",
                "DJF, 0, 0, 0",
                "GNF, 0, 0, 0",
                "KMF, 0, 0, 0",
                "PYG, 0, 0, 0",
                "RWF, 0, 0, 0",
                "VUV, 0, 0, 0",
                "XAF, 0, 0, 0",
                "XOF, 0, 0, 0",
                "BHD, 3, 3, 3",
                "JOD, 3, 3, 3",
                "KWD, 3, 3, 3",
                "OMR, 3, 3, 3",
                "TND, 3, 3, 3",
                "ISK, 2, 0, 0",
                "UGX, 2, 0, 0",
                "MGA, 0, 2, 2",
                "IQD, 2, 3, 3",
                "LYD, 2, 2, 3",
                "CLF, 2, 2, 4",
                "XAU, none, none, none",
                "XXX, none, none, none",
                "USDC, none, none, none",
                "ZZZ, none, none, none",
            })
    void exponentDependsOnProviderAndCurrency(
            String code, @Nullable Integer stripe, @Nullable Integer razorpay, @Nullable Integer standard) {
        String lower = code.toLowerCase(Locale.ROOT);
        assertThat(money(stripeFact(
                        "payment_intent.succeeded",
                        "{\"id\":\"p\",\"amount_received\":7,\"currency\":\"" + lower + "\"}")))
                .isEqualTo(new Money(7, code, stripe));
        assertThat(money(razorpayFact(
                        "payment.captured", razorpayPayment("\"amount\":7,\"currency\":\"" + code + "\""))))
                .isEqualTo(new Money(7, code, razorpay));
        assertThat(money(standardFact(
                        "payment.succeeded", "{\"id\":\"p\",\"amount_minor\":7,\"currency\":\"" + code + "\"}")))
                .isEqualTo(new Money(7, code, standard));
    }

    private static Money money(Fact fact) {
        return ((PaymentSucceeded) fact).amount();
    }

    // ---- orders

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "none",
            value = {
                "\"1001\"     | 1001",
                "\" 1001 \"   | ` 1001 `",
                "\"01001\"    | 01001",
                "\"42abc\"    | 42abc",
                "\"注文-2002\" | 注文-2002",
                "\" \"        | ` `",
                "1001         | 1001",
                "-1           | -1",
                "99999999999999999999999999999999999999 | 99999999999999999999999999999999999999",
                "17.4         | 17.4",
                "17.0         | 17.0",
                "true         | true",
                "{\"a\":1}    | {…}",
                "[1]          | […]",
                "\"x\\ud83dy\" | x�y",
                "\"\"         | none",
                "null         | none",
            })
    void orderIdIsTakenAsItCame(String json, @Nullable String text) {
        OrderRef expected = OrderRef.of(text);
        assertThat(((PaymentSucceeded) stripeFact(
                                "payment_intent.succeeded",
                                intent("\"amount_received\":1,\"metadata\":{\"order_id\":" + json + "}")))
                        .order())
                .isEqualTo(expected);
        assertThat(((PaymentFailed) razorpayFact(
                                "payment.failed", razorpayPayment("\"notes\":{\"order_id\":" + json + "}")))
                        .order())
                .isEqualTo(expected);
        assertThat(((PaymentCanceled) standardFact("payment.canceled", "{\"id\":\"p\",\"order_id\":" + json + "}"))
                        .order())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{}", "null", "\"\"", "17", "[{\"order_id\":\"1\"}]"})
    void orderIsAbsentWhereItsPlaceIsNoObject(String value) {
        assertThat(razorpayFact("payment.failed", razorpayPayment("\"notes\":" + value)))
                .isEqualTo(new PaymentFailed("pay_1", OrderRef.NONE, null, null, List.of()));
        assertThat(stripeFact("payment_intent.payment_failed", "{\"id\":\"pi_1\",\"metadata\":" + value + "}"))
                .isEqualTo(new PaymentFailed("pi_1", OrderRef.NONE, null, null, List.of()));
    }

    @Test
    void veryLongOrderIdIsCutAndStaysNoOrderId() {
        OrderRef order = ((PaymentFailed)
                        standardFact("payment.failed", "{\"id\":\"p\",\"order_id\":\"" + "9".repeat(4000) + "\"}"))
                .order();
        assertThat(order.text()).hasSize(255);
        assertThat(order.id()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "{\"order_id\":\"1\"} | {\"order_id\":\"2\"} | \"3\" | 1",
                "[]                   | {\"order_id\":\"2\"} | \"3\" | 2",
                "[]                   | []                   | \"3\" | 3",
                "[]                   | []                   | null  | none",
            })
    void paidOrderIsNamedByItsPaymentThenItsNotesThenItsReceipt(
            String paymentNotes, String orderNotes, String receipt, @Nullable String expected) {
        Fact fact = razorpayFact(
                "order.paid",
                "{\"payment\":{\"entity\":{\"id\":\"pay_1\",\"amount\":1,\"currency\":\"INR\",\"order_id\":\"order_1\","
                        + "\"notes\":" + paymentNotes + "}},\"order\":{\"entity\":{\"id\":\"order_1\",\"notes\":"
                        + orderNotes + ",\"receipt\":" + receipt + "}}}");
        assertThat(fact)
                .isEqualTo(new PaymentSucceeded(
                        "pay_1", OrderRef.of(expected), new Money(1, "INR", 2), List.of("order_1")));
    }

    // ---- Stripe

    @Test
    void checkoutIsNamedByItsReferenceThenItsMetadata() {
        String session = "{\"payment_intent\":\"pi_1\",\"amount_total\":1000,\"currency\":\"usd\",";
        assertThat(stripeFact(
                        "checkout.session.completed",
                        session + "\"client_reference_id\":\"1\",\"metadata\":{\"order_id\":\"2\"}}"))
                .isEqualTo(new CheckoutCompleted("pi_1", OrderRef.of("1"), USD_10));
        assertThat(stripeFact(
                        "checkout.session.completed",
                        session + "\"client_reference_id\":null,\"metadata\":{\"order_id\":\"2\"}}"))
                .isEqualTo(new CheckoutCompleted("pi_1", OrderRef.of("2"), USD_10));
        assertThat(stripeFact("checkout.session.completed", session + "\"metadata\":null}"))
                .isEqualTo(UNKNOWN);
        assertThat(stripeFact("checkout.session.completed", "{\"payment_intent\":null,\"client_reference_id\":\"1\"}"))
                .isEqualTo(UNKNOWN);
        assertThat(stripeFact(
                        "checkout.session.completed", "{\"payment_intent\":\"pi_1\",\"client_reference_id\":\"1\"}"))
                .isEqualTo(new CheckoutCompleted("pi_1", OrderRef.of("1"), null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "\"latest_charge\":\"ch_1\"                                       | ch_1",
                "\"latest_charge\":{\"id\":\"ch_1\",\"object\":\"charge\"}        | ch_1",
                "\"latest_charge\":null,\"charges\":{\"data\":[{\"id\":\"ch_2\"},{\"id\":\"ch_3\"}]} | ch_2",
                "\"charges\":{\"data\":[{\"id\":\"ch_2\"}]}                       | ch_2",
                "\"charges\":{\"data\":[]}                                        | none",
                "\"charges\":[]                                                   | none",
                "\"latest_charge\":null                                           | none",
            })
    void chargeOfAPaymentIsItsReference(String member, @Nullable String charge) {
        assertThat(stripeFact("payment_intent.succeeded", intent("\"amount_received\":1000," + member)))
                .isEqualTo(new PaymentSucceeded(
                        "pi_1", OrderRef.NONE, USD_10, charge == null ? List.of() : List.of(charge)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "{\"message\":\"No.\",\"code\":\"card_declined\"}  | No.",
                "{\"message\":\"\",\"code\":\"card_declined\"}     | card_declined",
                "{\"code\":\"card_declined\"}                      | card_declined",
                "{\"message\":17}                                  | none",
                "{}                                                | none",
                "null                                              | none",
                "\"card_declined\"                                 | none",
            })
    void declineIsToldInTheProvidersWords(String error, @Nullable String words) {
        assertThat(stripeFact(
                        "payment_intent.payment_failed", "{\"id\":\"pi_1\",\"last_payment_error\":" + error + "}"))
                .isEqualTo(new PaymentFailed("pi_1", OrderRef.NONE, null, words, List.of()));
    }

    @Test
    void wordsOfADeclineAreBounded() {
        PaymentFailed failed =
                (PaymentFailed) standardFact("payment.failed", "{\"id\":\"p\",\"error\":\"" + "x".repeat(501) + "\"}");
        assertThat(failed.error()).isEqualTo("x".repeat(500));
    }

    @Test
    void chargeWithoutIntentIsThePayment() {
        String collected = "\"id\":\"ch_1\",\"amount\":2000,\"amount_captured\":1000,\"currency\":\"usd\","
                + "\"metadata\":{\"order_id\":\"7\"}";
        PaymentSucceeded expected = new PaymentSucceeded("ch_1", OrderRef.of("7"), USD_10, List.of("ch_1"));
        for (String type : List.of("charge.succeeded", "charge.captured")) {
            assertThat(stripeFact(type, "{\"captured\":true," + collected + "}"))
                    .isEqualTo(expected);
            assertThat(stripeFact(type, "{\"captured\":true,\"payment_intent\":null," + collected + "}"))
                    .isEqualTo(expected);
            assertThat(stripeFact(type, "{\"captured\":true,\"payment_intent\":\"pi_1\"," + collected + "}"))
                    .isEqualTo(UNKNOWN);
            assertThat(stripeFact(type, "{\"captured\":false," + collected + "}"))
                    .isEqualTo(UNKNOWN);
            assertThat(stripeFact(type, "{\"captured\":\"true\"," + collected + "}"))
                    .isEqualTo(UNKNOWN);
        }
        assertThat(stripeFact("charge.refunded", "{\"id\":\"ch_1\",\"amount_refunded\":1000,\"currency\":\"usd\"}"))
                .isEqualTo(new ChargeRefunded(PaymentRef.payment("ch_1"), "ch_1", USD_10, USD_10));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"amount_refunded\":0}      | 1000",
                "{\"amount_refunded\":400}    | 600",
                "{\"amount_refunded\":1000}   | 0",
                "{\"amount_refunded\":1001}   | 1000",
                "{\"amount_refunded\":-1}     | 1000",
                "{\"amount_refunded\":\"4\"}  | 1000",
                "{\"amount_refunded\":4.5}    | 1000",
                "{\"amount_refunded\":null}   | 1000",
                "{}                           | 1000",
                "null                         | 1000",
                "[]                           | 1000",
            })
    void growthOfARefundTotalIsTheDifferenceWhereItIsStated(String previous, long growth) {
        Fact fact = Deliveries.fact(
                Deliveries.stripe(),
                Deliveries.payload("{\"id\":\"e\",\"type\":\"charge.refunded\",\"data\":{\"object\":{\"id\":\"ch_1\","
                        + "\"payment_intent\":{\"id\":\"pi_1\"},\"amount_refunded\":1000,\"currency\":\"usd\"},"
                        + "\"previous_attributes\":" + previous + "}}"));
        assertThat(fact)
                .isEqualTo(new ChargeRefunded(PaymentRef.payment("pi_1"), "ch_1", USD_10, new Money(growth, "USD", 2)));
    }

    @ParameterizedTest
    @CsvSource({
        "refund.created, pending, PENDING",
        "refund.created, requires_action, PENDING",
        "refund.updated, succeeded, SUCCEEDED",
        "refund.updated, failed, FAILED",
        "refund.updated, canceled, FAILED",
        "charge.refund.updated, succeeded, SUCCEEDED",
        "refund.failed, failed, FAILED",
        "refund.failed, pending, FAILED",
        "refund.failed, never_seen, FAILED",
    })
    void stripeRefundHasTheStatusItStates(String type, String status, RefundStatus expected) {
        assertThat(stripeFact(type, stripeRefund("\"payment_intent\":\"pi_1\",\"status\":\"" + status + "\"")))
                .isEqualTo(new RefundChanged(PaymentRef.payment("pi_1"), "re_1", expected, USD_10));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"status\":17             | Unknown refund status: 17",
                "\"status\":null           | Event states no refund status",
                "\"x\":1                   | Event states no refund status",
            })
    void stripeRefundOfAnUnknownStatusIsNamed(String status, String problem) {
        assertThat(stripeFact("refund.updated", stripeRefund("\"payment_intent\":\"pi_1\"," + status)))
                .isEqualTo(new Fact.Unusable(problem));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"payment_intent\":\"pi_1\",\"charge\":\"ch_1\"                            | pi_1 | false",
                "\"payment_intent\":{\"id\":\"pi_1\"},\"charge\":null                       | pi_1 | false",
                "\"charge\":{\"id\":\"ch_1\",\"payment_intent\":\"pi_1\"}                   | pi_1 | false",
                "\"charge\":{\"id\":\"ch_1\",\"payment_intent\":{\"id\":\"pi_1\"}}          | pi_1 | false",
                "\"payment_intent\":null,\"charge\":\"ch_1\"                                | ch_1 | true",
                "\"payment_intent\":null,\"charge\":{\"id\":\"ch_1\"}                       | ch_1 | true",
            })
    void stripeRefundsAndDisputesNameTheirPayment(String members, String id, boolean indirect) {
        PaymentRef payment = new PaymentRef(id, indirect);
        assertThat(stripeFact("refund.created", stripeRefund("\"status\":\"pending\"," + members)))
                .isEqualTo(new RefundChanged(payment, "re_1", RefundStatus.PENDING, USD_10));
        assertThat(stripeFact(
                        "charge.dispute.created",
                        "{\"id\":\"du_1\",\"amount\":1000,\"currency\":\"usd\",\"status\":\"needs_response\"," + members
                                + "}"))
                .isEqualTo(new DisputeChanged(payment, "du_1", false, "needs_response", USD_10));
    }

    @ParameterizedTest
    @CsvSource({
        "charge.dispute.created, needs_response, false",
        "charge.dispute.created, warning_under_review, false",
        "charge.dispute.created, never_seen, false",
        "charge.dispute.created, won, true",
        "charge.dispute.created, lost, true",
        "charge.dispute.created, warning_closed, true",
        "charge.dispute.created, prevented, true",
        "charge.dispute.created, charge_refunded, true",
        "charge.dispute.closed, won, true",
        "charge.dispute.closed, never_seen, true",
    })
    void stripeDisputeIsClosedByItsTypeOrItsStatus(String type, String status, boolean closed) {
        assertThat(stripeFact(
                        type,
                        "{\"id\":\"du_1\",\"payment_intent\":\"pi_1\",\"amount\":1000,\"currency\":\"usd\",\"status\":\""
                                + status + "\"}"))
                .isEqualTo(new DisputeChanged(PaymentRef.payment("pi_1"), "du_1", closed, status, USD_10));
    }

    @Test
    void disputeWithoutStatusIsCalledByItsType() {
        assertThat(stripeFact(
                        "charge.dispute.closed",
                        "{\"id\":\"du_1\",\"payment_intent\":\"pi_1\",\"amount\":1000,\"currency\":\"usd\"}"))
                .isEqualTo(new DisputeChanged(PaymentRef.payment("pi_1"), "du_1", true, "closed", USD_10));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "payment_intent.processing",
                "payment_intent.created",
                "payment_intent.requires_action",
                "charge.updated",
                "charge.failed",
                "charge.dispute.updated",
                "charge.dispute.funds_withdrawn",
                "checkout.session.async_payment_succeeded",
                "Payment_Intent.Succeeded",
                "never.seen",
                "",
            })
    void otherStripeTypesAreUnknown(String type) {
        assertThat(stripeFact(type, intent("\"amount_received\":-1,\"amount\":-1")))
                .isEqualTo(UNKNOWN);
    }

    @Test
    void thinEventIsUnknownWhateverItsType() {
        assertThat(Deliveries.fact(
                        Deliveries.stripe(),
                        Deliveries.payload(
                                "{\"id\":\"e\",\"object\":\"v2.core.event\",\"type\":\"payment_intent.succeeded\"}")))
                .isEqualTo(UNKNOWN);
    }

    // ---- Razorpay

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "\"error_description\":\"d\",\"error_reason\":\"r\",\"error_code\":\"c\"   | d",
                "\"error_description\":\"\",\"error_reason\":\"r\",\"error_code\":\"c\"    | r",
                "\"error_description\":null,\"error_reason\":\"\",\"error_code\":\"c\"     | c",
                "\"error_description\":\"\",\"error_reason\":null,\"error_code\":\"\"      | none",
            })
    void razorpayDeclineIsToldByTheFirstErrorThatSaysSomething(String errors, @Nullable String words) {
        assertThat(razorpayFact("payment.failed", razorpayPayment(errors)))
                .isEqualTo(new PaymentFailed("pay_1", OrderRef.NONE, null, words, List.of()));
    }

    @ParameterizedTest
    @CsvSource({"refund.created, PENDING", "refund.processed, SUCCEEDED", "refund.failed, FAILED"})
    void razorpayRefundHasTheStatusOfItsType(String type, RefundStatus expected) {
        String refund = "\"refund\":{\"entity\":{\"id\":\"rfnd_1\",\"amount\":1000,\"currency\":\"USD\","
                + "\"status\":\"processed\"";
        RefundChanged fact = new RefundChanged(PaymentRef.payment("pay_1"), "rfnd_1", expected, USD_10);
        assertThat(razorpayFact(type, "{" + refund + ",\"payment_id\":\"pay_1\"}}}"))
                .isEqualTo(fact);
        assertThat(razorpayFact(type, "{" + refund + "}},\"payment\":{\"entity\":{\"id\":\"pay_1\"}}}"))
                .isEqualTo(fact);
        assertThat(razorpayFact(type, "{" + refund + "}}}")).isEqualTo(new Fact.Unusable("Event names no payment"));
    }

    @ParameterizedTest
    @CsvSource({
        "payment.dispute.created, open, false",
        "payment.dispute.created, lost, true",
        "payment.dispute.won, won, true",
        "payment.dispute.lost, lost, true",
        "payment.dispute.closed, closed, true",
    })
    void razorpayDisputeIsClosedByItsTypeOrItsStatus(String type, String status, boolean closed) {
        assertThat(razorpayFact(
                        type,
                        "{\"dispute\":{\"entity\":{\"id\":\"disp_1\",\"payment_id\":\"pay_1\",\"amount\":1000,"
                                + "\"currency\":\"USD\",\"status\":\"" + status + "\"}}}"))
                .isEqualTo(new DisputeChanged(PaymentRef.payment("pay_1"), "disp_1", closed, status, USD_10));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "payment.authorized",
                "payment.dispute.under_review",
                "payment.dispute.action_required",
                "refund.speed_changed",
                "never.seen",
            })
    void otherRazorpayTypesAreUnknown(String type) {
        assertThat(razorpayFact(type, razorpayPayment("\"amount\":-1"))).isEqualTo(UNKNOWN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "[]",
                "17",
                "{\"created_at\":1}",
                "{\"payment\":[]}",
                "{\"payment\":{\"entity\":\"pay_1\"}}",
            })
    void razorpayPayloadWithoutThePaymentNamesNone(String payload) {
        assertThat(razorpayFact("payment.captured", payload)).isEqualTo(new Fact.Unusable("Event names no payment"));
    }

    // ---- Standard Webhooks

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dispute.opened | \"outcome\":\"o\",\"status\":\"s\" | false | o",
                "dispute.opened | \"status\":\"s\"                  | false | s",
                "dispute.opened | \"x\":1                           | false | opened",
                "dispute.closed | \"outcome\":\"won\"               | true  | won",
                "dispute.closed | \"x\":1                           | true  | closed",
            })
    void standardDisputeIsClosedByItsType(String type, String member, boolean closed, String outcome) {
        assertThat(standardFact(
                        type,
                        "{\"id\":\"d\",\"payment_id\":\"p\",\"amount_minor\":1000,\"currency\":\"USD\"," + member
                                + "}"))
                .isEqualTo(new DisputeChanged(PaymentRef.payment("p"), "d", closed, outcome, USD_10));
    }

    @ParameterizedTest
    @CsvSource({"refund.pending, PENDING", "refund.succeeded, SUCCEEDED", "refund.failed, FAILED"})
    void standardRefundHasTheStatusOfItsType(String type, RefundStatus expected) {
        assertThat(standardFact(type, "{\"id\":\"r\",\"payment_id\":\"p\",\"amount_minor\":1000,\"currency\":\"usd\"}"))
                .isEqualTo(new RefundChanged(PaymentRef.payment("p"), "r", expected, USD_10));
    }

    @Test
    void otherStandardTypesAreUnknown() {
        assertThat(standardFact("payment.refunded", "{\"id\":17}")).isEqualTo(UNKNOWN);
    }

    // ---- ids

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "17             | Invalid payment id: 17",
                "\"pi 1\"       | Invalid payment id: \"pi 1\"",
                "\"pi_é\"       | Invalid payment id: \"pi_é\"",
                "\"pi\\r\\n1\"  | Invalid payment id: \"pi\\r\\n1\"",
                "true           | Invalid payment id: true",
                "[\"pi_1\"]     | Invalid payment id: […]",
                "null           | Event names no payment",
                "\"\"           | Event names no payment",
            })
    void paymentIdThatIsNoIdIsNamed(String id, String problem) {
        Fact expected = new Fact.Unusable(problem);
        assertThat(stripeFact("payment_intent.succeeded", "{\"id\":" + id + "}"))
                .isEqualTo(expected);
        assertThat(stripeFact("refund.updated", stripeRefund("\"status\":\"pending\",\"payment_intent\":" + id)))
                .isEqualTo(expected);
        assertThat(razorpayFact("payment.failed", "{\"payment\":{\"entity\":{\"id\":" + id + "}}}"))
                .isEqualTo(expected);
        assertThat(standardFact("payment.canceled", "{\"id\":" + id + "}")).isEqualTo(expected);
    }

    @Test
    void otherIdsAreNamedByWhatTheyAreOf() {
        assertThat(stripeFact("refund.created", "{\"payment_intent\":\"pi_1\",\"status\":\"pending\"}"))
                .isEqualTo(new Fact.Unusable("Event names no refund"));
        assertThat(stripeFact("charge.dispute.closed", "{\"charge\":\"ch_1\",\"id\":\"d d\"}"))
                .isEqualTo(new Fact.Unusable("Invalid dispute id: \"d d\""));
        assertThat(stripeFact("charge.dispute.closed", "{\"charge\":17}"))
                .isEqualTo(new Fact.Unusable("Invalid charge id: 17"));
        assertThat(stripeFact("charge.refunded", "{}")).isEqualTo(new Fact.Unusable("Event names no charge"));
        assertThat(stripeFact("payment_intent.succeeded", intent("\"amount_received\":1,\"latest_charge\":17")))
                .isEqualTo(new Fact.Unusable("Invalid charge id: 17"));
        assertThat(razorpayFact("payment.failed", razorpayPayment("\"order_id\":17")))
                .isEqualTo(new Fact.Unusable("Invalid Razorpay order id: 17"));
        assertThat(standardFact("payment.failed", "{\"id\":\"" + "p".repeat(256) + "\"}"))
                .isInstanceOf(Fact.Unusable.class);
    }

    // ---- anything

    @Test
    void noBodyMakesReadingThrow() {
        long seed = new Random().nextLong();
        System.out.println("noBodyMakesReadingThrow: seed " + seed);
        Random random = new Random(seed);
        List<String> samples = Stream.of(
                        "stripe/charge.refunded.full.json",
                        "stripe/payment_intent.payment_failed.json",
                        "razorpay/order.paid.json",
                        "razorpay/payment.dispute.created.json",
                        "standard-webhooks/refund.succeeded.json")
                .map(Samples::text)
                .toList();
        List<String> values = List.of("null", "[]", "{}", "17", "-1.5e9", "\"\"", "true", "[[17]]", "\"\\ud83d\"");
        List<Provider> providers = List.of(Deliveries.stripe(), Deliveries.razorpay(), Deliveries.standard());
        int events = 0;
        for (int i = 0; i < 10_000; i++) {
            String body = samples.get(random.nextInt(samples.size()));
            // One or two values replaced by values of other types, or one byte by any byte.
            for (int change = random.nextInt(2); change >= 0; change--) {
                int colon = body.indexOf(':', random.nextInt(body.length()));
                int end = colon < 0 ? -1 : body.indexOf(',', colon);
                if (end > 0) {
                    body = body.substring(0, colon + 1)
                            + values.get(random.nextInt(values.size()))
                            + body.substring(end);
                }
            }
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            if (random.nextInt(4) == 0) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            Provider provider = providers.get(random.nextInt(providers.size()));
            Provider.Reading reading = provider.read(new Payload(bytes), Deliveries.eventId("evt_header"));
            assertThat(reading).as("seed %d, body %s", seed, body).isNotNull();
            events += reading instanceof Provider.Reading.Event ? 1 : 0;
        }
        // The changes must not be so rough that hardly any body is read at all.
        assertThat(events).as("seed %d", seed).isGreaterThan(1000);
    }

    private static String intent(String members) {
        return "{\"id\":\"pi_1\",\"currency\":\"usd\"," + members + "}";
    }

    private static String stripeRefund(String members) {
        return "{\"id\":\"re_1\",\"amount\":1000,\"currency\":\"usd\"," + members + "}";
    }

    private static String razorpayPayment(String members) {
        return "{\"payment\":{\"entity\":{\"id\":\"pay_1\"," + members + "}}}";
    }
}
