package hooklatch.provider;

import static hooklatch.provider.Deliveries.razorpay;
import static hooklatch.provider.Deliveries.sample;
import static hooklatch.provider.Deliveries.standard;
import static hooklatch.provider.Deliveries.stripe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

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
import hooklatch.domain.PaymentRef;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.WebhookEvent;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each sample body announces. */
class SampleFactsTest {
    private static final String PI_1 = "pi_3SaMpLeAaBbCc0010xYzAbCd";
    private static final String CH_1 = "ch_3SaMpLeAaBbCc0010qWeRtYu";
    private static final String PAY_1 = "pay_SaMpLe00000001";
    private static final Fact UNKNOWN = new Fact.Unknown();

    static Stream<Arguments> stripeSamples() {
        PaymentSucceeded first = new PaymentSucceeded(PI_1, order("1001"), money(4999, "USD", 2), List.of(CH_1));
        RefundChanged refund = new RefundChanged(
                PaymentRef.payment(PI_1), "re_3SaMpLeAaBbCc0010aSdFgHj", RefundStatus.SUCCEEDED, money(1500, "USD", 2));
        return Stream.of(
                arguments(
                        "payment_intent.payment_failed",
                        new PaymentFailed(
                                PI_1,
                                order("1001"),
                                money(4999, "USD", 2),
                                "Your card has insufficient funds.",
                                List.of())),
                arguments("payment_intent.succeeded", first),
                arguments("payment_intent.succeeded.second-event-id", first),
                arguments(
                        "payment_intent.succeeded.jpy-unicode",
                        new PaymentSucceeded(
                                "pi_3SaMpLeAaBbCc0020xYzAbCd",
                                order("注文-2002"),
                                money(5000, "JPY", 0),
                                List.of("ch_3SaMpLeAaBbCc0020qWeRtYu"))),
                arguments(
                        "payment_intent.succeeded.kwd",
                        new PaymentSucceeded(
                                "pi_3SaMpLeAaBbCc0030xYzAbCd",
                                order("1003"),
                                money(12340, "KWD", 3),
                                List.of("ch_3SaMpLeAaBbCc0030qWeRtYu"))),
                arguments(
                        "payment_intent.succeeded.testmode-connect",
                        new PaymentSucceeded(
                                "pi_3SaMpLeAaBbCc0060xYzAbCd",
                                order("1001"),
                                money(4999, "USD", 2),
                                List.of("ch_3SaMpLeAaBbCc0060qWeRtYu"))),
                arguments(
                        "payment_intent.canceled",
                        new PaymentCanceled(
                                "pi_3SaMpLeAaBbCc0040xYzAbCd", OrderRef.NONE, money(4999, "USD", 2), "abandoned")),
                arguments("charge.succeeded.uncaptured", UNKNOWN),
                arguments(
                        "checkout.session.completed.unpaid",
                        new CheckoutCompleted("pi_3SaMpLeAaBbCc0050xYzAbCd", order("1004"), money(4999, "EUR", 2))),
                arguments("refund.created", refund),
                arguments("refund.updated", refund),
                arguments(
                        "charge.refunded.partial",
                        new ChargeRefunded(
                                PaymentRef.payment(PI_1), CH_1, money(1500, "USD", 2), money(1500, "USD", 2))),
                arguments(
                        "charge.refunded.full",
                        new ChargeRefunded(
                                PaymentRef.payment(PI_1), CH_1, money(4999, "USD", 2), money(3499, "USD", 2))),
                arguments(
                        "refund.failed",
                        new RefundChanged(
                                PaymentRef.payment(PI_1),
                                "re_3SaMpLeAaBbCc0010aSdFgHj",
                                RefundStatus.FAILED,
                                money(1500, "USD", 2))),
                arguments(
                        "charge.dispute.created",
                        new DisputeChanged(
                                PaymentRef.payment(PI_1),
                                "du_1SaMpLeAaBbCc001lKjHgFd",
                                false,
                                "needs_response",
                                money(3499, "USD", 2))),
                arguments(
                        "charge.dispute.closed",
                        new DisputeChanged(
                                PaymentRef.payment(PI_1),
                                "du_1SaMpLeAaBbCc001lKjHgFd",
                                true,
                                "lost",
                                money(3499, "USD", 2))),
                arguments("v2.thin-event", UNKNOWN));
    }

    static Stream<Arguments> razorpaySamples() {
        PaymentSucceeded paid =
                new PaymentSucceeded(PAY_1, order("2001"), money(499900, "INR", 2), List.of("order_SaMpLe000001"));
        return Stream.of(
                arguments(
                        "payment.failed",
                        new PaymentFailed(
                                PAY_1,
                                order("2001"),
                                money(499900, "INR", 2),
                                "Payment failed because of an incorrect UPI PIN",
                                List.of("order_SaMpLe000001"))),
                arguments("payment.authorized", UNKNOWN),
                arguments("payment.captured", paid),
                arguments("order.paid", paid),
                arguments(
                        "payment.captured.notes-empty-array",
                        new PaymentSucceeded(
                                "pay_SaMpLe00000002",
                                OrderRef.NONE,
                                money(499900, "INR", 2),
                                List.of("order_SaMpLe000002"))),
                arguments(
                        "payment.captured.escaped-unicode",
                        new PaymentSucceeded(
                                "pay_SaMpLe00000003",
                                order("RZ/3003"),
                                money(499900, "INR", 2),
                                List.of("order_SaMpLe000003"))),
                arguments(
                        "payment.captured.card-jpy",
                        new PaymentSucceeded(
                                "pay_SaMpLe00000004",
                                order("2004"),
                                money(5000, "JPY", 0),
                                List.of("order_SaMpLe000004"))),
                arguments("refund.created", refund("rfnd_SaMpLe0000001", RefundStatus.PENDING, 150000)),
                arguments("refund.processed.partial", refund("rfnd_SaMpLe0000001", RefundStatus.SUCCEEDED, 150000)),
                arguments("refund.processed.full", refund("rfnd_SaMpLe0000002", RefundStatus.SUCCEEDED, 349900)),
                arguments("refund.failed.refund-only", refund("rfnd_SaMpLe0000003", RefundStatus.FAILED, 100000)),
                arguments(
                        "payment.dispute.created",
                        new DisputeChanged(
                                PaymentRef.payment(PAY_1),
                                "disp_SaMpLe0000001",
                                false,
                                "open",
                                money(349900, "INR", 2))));
    }

    static Stream<Arguments> standardSamples() {
        String payment = "pay_01SAMPLE0000000000000001";
        return Stream.of(
                arguments(
                        "payment.succeeded",
                        new PaymentSucceeded(payment, order("3001"), money(4999, "USD", 2), List.of())),
                arguments(
                        "refund.succeeded",
                        new RefundChanged(
                                PaymentRef.payment(payment),
                                "ref_01SAMPLE0000000000000001",
                                RefundStatus.SUCCEEDED,
                                money(1500, "USD", 2))),
                arguments(
                        "payment.failed.thin",
                        new PaymentFailed("pay_01SAMPLE0000000000000002", OrderRef.NONE, null, null, List.of())));
    }

    @ParameterizedTest
    @MethodSource("stripeSamples")
    void stripeSampleAnnouncesItsFact(String name, Fact expected) {
        assertThat(Deliveries.fact(stripe(), sample("stripe/" + name + ".json")))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("razorpaySamples")
    void razorpaySampleAnnouncesItsFact(String name, Fact expected) {
        assertThat(Deliveries.fact(razorpay(), sample("razorpay/" + name + ".json")))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("standardSamples")
    void standardSampleAnnouncesItsFact(String name, Fact expected) {
        assertThat(Deliveries.fact(standard(), sample("standard-webhooks/" + name + ".json")))
                .isEqualTo(expected);
    }

    @Test
    void noSampleIsForgotten() throws IOException, URISyntaxException {
        assertThat(stripeSamples().map(SampleFactsTest::file)).containsExactlyInAnyOrderElementsOf(files("stripe"));
        assertThat(razorpaySamples().map(SampleFactsTest::file)).containsExactlyInAnyOrderElementsOf(files("razorpay"));
        assertThat(standardSamples().map(SampleFactsTest::file))
                .containsExactlyInAnyOrderElementsOf(files("standard-webhooks"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ar-SA-u-nu-arab", "tr-TR"})
    void factsDoNotDependOnTheDefaultLocale(String tag) {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag(tag));
        try {
            stripeSamples().forEach(sample -> stripeSampleAnnouncesItsFact(name(sample), (Fact) sample.get()[1]));
            razorpaySamples().forEach(sample -> razorpaySampleAnnouncesItsFact(name(sample), (Fact) sample.get()[1]));
            standardSamples().forEach(sample -> standardSampleAnnouncesItsFact(name(sample), (Fact) sample.get()[1]));
            // "inr" has the letter that a Turkish locale would give a dot.
            assertThat(Deliveries.standardFact(
                            "payment.succeeded", "{\"id\":\"p\",\"amount_minor\":1,\"currency\":\"inr\"}"))
                    .isEqualTo(new PaymentSucceeded("p", OrderRef.NONE, money(1, "INR", 2), List.of()));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void stripeEventCarriesWhatItIsKnownBy() {
        WebhookEvent event = Deliveries.event(stripe(), sample("stripe/payment_intent.succeeded.json"));
        assertThat(event.key()).hasToString("stripe:evt_3SaMpLeAaBbCc0010eVtAaAa");
        assertThat(event.type()).isEqualTo("payment_intent.succeeded");
        assertThat(event.createdAt()).isEqualTo(Instant.ofEpochSecond(1793000002));
        assertThat(event.identifiedByBody()).isFalse();
        assertThat(event.payload()).isEqualTo(sample("stripe/payment_intent.succeeded.json"));
        assertThat(event.body().path("pending_webhooks").intValue()).isEqualTo(1);
    }

    @Test
    void thinStripeEventHasItsTimeInWords() {
        WebhookEvent event = Deliveries.event(stripe(), sample("stripe/v2.thin-event.json"));
        assertThat(event.type()).isEqualTo("v1.payment_intent.succeeded");
        assertThat(event.createdAt()).isEqualTo(Instant.parse("2026-10-25T10:13:20Z"));
    }

    @Test
    void razorpayEventIsIdentifiedByItsBody() {
        WebhookEvent event = Deliveries.event(razorpay(), sample("razorpay/payment.captured.json"));
        assertThat(event.key()).hasToString("razorpay:evt_header");
        assertThat(event.type()).isEqualTo("payment.captured");
        assertThat(event.createdAt()).isEqualTo(Instant.ofEpochSecond(1793000007));
        assertThat(event.identifiedByBody()).isTrue();
    }

    @Test
    void standardEventHasItsIdFromTheSignedHeader() {
        WebhookEvent event = Deliveries.event(standard(), sample("standard-webhooks/payment.succeeded.json"));
        assertThat(event.key()).hasToString("standard:evt_header");
        assertThat(event.createdAt()).isEqualTo(Instant.parse("2026-10-26T09:33:20.344522Z"));
        assertThat(event.identifiedByBody()).isFalse();
    }

    @Test
    void eventOfTheOtherModeIsIgnored() {
        var testMode = sample("stripe/payment_intent.succeeded.testmode-connect.json");
        var live = sample("stripe/payment_intent.succeeded.json");
        Stripe wantsLive = new Stripe(Deliveries.settings("whsec_dev"), true);
        Stripe wantsTest = new Stripe(Deliveries.settings("whsec_dev"), false);
        assertThat(Deliveries.fact(wantsLive, testMode)).isEqualTo(new Fact.Ignored("Ignored: livemode false"));
        assertThat(Deliveries.fact(wantsTest, live)).isEqualTo(new Fact.Ignored("Ignored: livemode true"));
        assertThat(Deliveries.fact(wantsLive, live)).isInstanceOf(PaymentSucceeded.class);
        assertThat(Deliveries.fact(wantsTest, testMode)).isInstanceOf(PaymentSucceeded.class);
        assertThat(Deliveries.fact(wantsLive, sample("stripe/v2.thin-event.json")))
                .isEqualTo(new Fact.Ignored("Ignored: livemode false"));
    }

    private static RefundChanged refund(String id, RefundStatus status, long minor) {
        return new RefundChanged(PaymentRef.payment(PAY_1), id, status, money(minor, "INR", 2));
    }

    private static OrderRef order(String text) {
        return OrderRef.of(text);
    }

    private static Money money(long minor, String currency, @Nullable Integer exponent) {
        return new Money(minor, currency, exponent);
    }

    private static String name(Arguments sample) {
        return (String) sample.get()[0];
    }

    private static String file(Arguments sample) {
        return name(sample) + ".json";
    }

    private static List<String> files(String folder) throws IOException, URISyntaxException {
        URI uri = Objects.requireNonNull(SampleFactsTest.class.getResource("/samples/" + folder))
                .toURI();
        try (Stream<Path> files = Files.list(Path.of(uri))) {
            return files.map(file -> file.getFileName() + "").toList();
        }
    }
}
