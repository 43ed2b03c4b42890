package hooklatch.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hooklatch.dev.SendOptions.UsageException;
import hooklatch.domain.Fact;
import hooklatch.domain.Money;
import hooklatch.domain.Payload;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.WebhookEvent;
import hooklatch.provider.Headers;
import hooklatch.provider.Provider;
import hooklatch.provider.ProviderSettings;
import hooklatch.provider.Razorpay;
import hooklatch.provider.StandardWebhooks;
import hooklatch.provider.Stripe;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is built here is read by the real provider classes. */
class SampleBodyTest {

    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
    private static final DevSettings SETTINGS = new DevSettings(Map.of(), new Properties());

    @ParameterizedTest
    @EnumSource
    void everyTypeIsReadAsTheFactThatItIsMeantToBe(SampleType type) {
        for (SampleProvider provider : SampleProvider.values()) {
            Optional<String> name = type.sentAs(provider);
            if (name.isPresent()) {
                WebhookEvent event = received(provider, type, 1500, 4999);
                assertThat(event.key().eventId()).isEqualTo("evt_1");
                assertThat(event.type()).isEqualTo(name.get());
                assertFact(type, event.fact());
            }
        }
    }

    private static void assertFact(SampleType type, Fact fact) {
        switch (type) {
            case PAYMENT_SUCCEEDED, ORDER_PAID, CHARGE_SUCCEEDED, CHARGE_CAPTURED ->
                assertThat(fact).isInstanceOfSatisfying(Fact.PaymentSucceeded.class, succeeded -> {
                    assertThat(succeeded.paymentId()).isEqualTo("pay_1");
                    assertThat(succeeded.order().text()).isEqualTo("1001");
                    assertAmount(succeeded.amount(), 1500);
                });
            case PAYMENT_FAILED -> assertThat(fact).isInstanceOf(Fact.PaymentFailed.class);
            case PAYMENT_CANCELED -> assertThat(fact).isInstanceOf(Fact.PaymentCanceled.class);
            case REFUND_PENDING -> assertRefund(fact, RefundStatus.PENDING);
            case REFUND_SUCCEEDED, CHARGE_REFUND_UPDATED -> assertRefund(fact, RefundStatus.SUCCEEDED);
            case REFUND_FAILED -> assertRefund(fact, RefundStatus.FAILED);
            case CHARGE_REFUNDED ->
                assertThat(fact).isInstanceOfSatisfying(Fact.ChargeRefunded.class, refunded -> {
                    assertThat(refunded.payment().id()).isEqualTo("pay_1");
                    assertAmount(refunded.total(), 1500);
                });
            case DISPUTE_OPENED -> assertDispute(fact, false);
            case DISPUTE_CLOSED, DISPUTE_LOST, DISPUTE_WON -> assertDispute(fact, true);
            case CHECKOUT_COMPLETED ->
                assertThat(fact).isInstanceOfSatisfying(Fact.CheckoutCompleted.class, checkout -> {
                    assertThat(checkout.paymentId()).isEqualTo("pay_1");
                    assertThat(checkout.order().text()).isEqualTo("1001");
                });
        }
    }

    private static void assertRefund(Fact fact, RefundStatus status) {
        assertThat(fact).isInstanceOfSatisfying(Fact.RefundChanged.class, changed -> {
            assertThat(changed.payment().id()).isEqualTo("pay_1");
            assertThat(changed.refundId()).isEqualTo("object_1");
            assertThat(changed.status()).isEqualTo(status);
            assertAmount(changed.amount(), 1500);
        });
    }

    private static void assertDispute(Fact fact, boolean closed) {
        assertThat(fact).isInstanceOfSatisfying(Fact.DisputeChanged.class, changed -> {
            assertThat(changed.payment().id()).isEqualTo("pay_1");
            assertThat(changed.disputeId()).isEqualTo("object_1");
            assertThat(changed.closed()).isEqualTo(closed);
            assertAmount(changed.amount(), 1500);
        });
    }

    private static void assertAmount(Money amount, long minorUnits) {
        assertThat(amount.minor()).isEqualTo(minorUnits);
        assertThat(amount.currency()).isEqualTo("USD");
    }

    @Test
    void amountsAreCountedAsEachProviderDoes() throws UsageException {
        assertThat(SampleProvider.STRIPE.minorUnits(new BigDecimal("49.99"), "USD"))
                .isEqualTo(4999);
        assertThat(SampleProvider.STRIPE.minorUnits(new BigDecimal("500"), "JPY"))
                .isEqualTo(500);
        assertThat(SampleProvider.STRIPE.minorUnits(new BigDecimal("5"), "ISK")).isEqualTo(500);
        assertThat(SampleProvider.RAZORPAY.minorUnits(new BigDecimal("5"), "ISK"))
                .isEqualTo(5);
        assertThat(SampleProvider.RAZORPAY.minorUnits(new BigDecimal("12.34"), "KWD"))
                .isEqualTo(12340);
        assertThat(SampleProvider.STANDARD.minorUnits(new BigDecimal("1.5"), "EUR"))
                .isEqualTo(150);
        assertThatThrownBy(() -> SampleProvider.STRIPE.minorUnits(new BigDecimal("0.5"), "JPY"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("more than the 0 decimals");
    }

    @Test
    void theFirstOfSeveralSecretsSigns() {
        DevSettings two = new DevSettings(Map.of("RAZORPAY_WEBHOOK_SECRET", "a\\,b,c"), new Properties());
        assertThat(SampleProvider.RAZORPAY.secret(two)).isEqualTo("a,b");
        assertThat(SampleProvider.RAZORPAY.secret(SETTINGS)).isEqualTo("rzp_dev");
    }

    /** Signs with the development secret, verifies and reads. */
    private static WebhookEvent received(
            SampleProvider provider, SampleType type, long minorUnits, long paidMinorUnits) {
        byte[] body = SampleBody.build(
                provider,
                type,
                new SampleBody.Content("evt_1", "1001", "pay_1", "object_1", minorUnits, paidMinorUnits, "USD", NOW));
        String secret = provider.secret(SETTINGS);
        Map<String, String> sent = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        sent.putAll(provider.sign(secret, "evt_1", body, NOW));
        Headers headers =
                name -> Optional.ofNullable(sent.get(name)).map(List::of).orElse(List.of());
        Provider receiver = receiver(
                provider,
                new ProviderSettings(List.of(secret), Duration.ofMinutes(5), Clock.fixed(NOW, ZoneOffset.UTC)));
        Payload payload = new Payload(body);
        assertThat(receiver.verify(payload, headers)).isInstanceOf(Provider.Verification.Valid.class);
        Provider.Reading reading = receiver.read(payload, headers);
        assertThat(reading).isInstanceOf(Provider.Reading.Event.class);
        return ((Provider.Reading.Event) reading).event();
    }

    private static Provider receiver(SampleProvider provider, ProviderSettings settings) {
        return switch (provider) {
            case STRIPE -> new Stripe(settings, null);
            case RAZORPAY -> new Razorpay(settings);
            case STANDARD -> new StandardWebhooks(settings);
        };
    }
}
