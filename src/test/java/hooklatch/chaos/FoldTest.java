package hooklatch.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.dev.SampleProvider;
import hooklatch.domain.Payload;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FoldTest {

    private final List<ToldEvent> events = new ArrayList<>();

    @Test
    void declinesNeverUndoAPayment() {
        standard("payment.succeeded", "pay_1", 1_000);
        standard("payment.failed", "pay_1", 1_000);
        assertThat(Fold.of(events).states()).containsEntry(42L, "PAID");
    }

    @Test
    void onlyDeclinesAreFailed() {
        standard("payment.failed", "pay_1", 1_000);
        standard("payment.canceled", "pay_1", 1_000);
        assertThat(Fold.of(events).states()).containsEntry(42L, "FAILED");
    }

    @Test
    void aRefundCountsWhenItSucceededAndDidNotFailLater() {
        standard("payment.succeeded", "pay_1", 1_000);
        refund("refund.pending", "re_1", 600);
        refund("refund.succeeded", "re_1", 600);
        refund("refund.succeeded", "re_2", 300);
        assertThat(Fold.of(events).states()).containsEntry(42L, "PARTIALLY_REFUNDED");
        refund("refund.succeeded", "re_3", 100);
        assertThat(Fold.of(events).states()).containsEntry(42L, "REFUNDED");
        refund("refund.failed", "re_1", 600);
        assertThat(Fold.of(events).states()).containsEntry(42L, "PARTIALLY_REFUNDED");
        assertThat(refundedOf("standard/pay_1")).isEqualTo(400);
    }

    @Test
    void theTotalOfAChargeIsAHighWaterMark() {
        add(
                SampleProvider.STRIPE,
                "{\"type\":\"payment_intent.succeeded\",\"data\":{\"object\":{\"id\":\"pi_1\","
                        + "\"amount_received\":1000,\"metadata\":{\"order_id\":\"42\"}}}}");
        total(700);
        total(300);
        add(
                SampleProvider.STRIPE,
                "{\"type\":\"refund.updated\",\"data\":{\"object\":{\"id\":\"re_1\",\"amount\":300,"
                        + "\"status\":\"succeeded\",\"payment_intent\":\"pi_1\"}}}");
        assertThat(refundedOf("stripe/pi_1")).isEqualTo(700);
        assertThat(Fold.of(events).states()).containsEntry(42L, "PARTIALLY_REFUNDED");
    }

    @Test
    void everyOrderOfArrivalIsTheSame() {
        Random random = new Random(5);
        Stories stories = new Stories(random, InstantSource.fixed(Instant.parse("2026-11-27T12:00:00Z")));
        for (long order = 1; order <= 200; order++) {
            events.addAll(stories.of(order));
        }
        var states = Fold.of(events).states();
        assertThat(states).hasSize(200);
        assertThat(states.values()).contains("PAID", "FAILED", "PARTIALLY_REFUNDED", "REFUNDED");
        Collections.shuffle(events, random);
        assertThat(Fold.of(events).states()).isEqualTo(states);
    }

    private long refundedOf(String payment) {
        return Objects.requireNonNull(Fold.of(events).payments().get(payment)).refunded();
    }

    private void standard(String type, String payment, long amount) {
        add(
                SampleProvider.STANDARD,
                "{\"type\":\"" + type + "\",\"data\":{\"id\":\"" + payment + "\",\"order_id\":\"42\",\"amount_minor\":"
                        + amount + "}}");
    }

    private void refund(String type, String refund, long amount) {
        add(
                SampleProvider.STANDARD,
                "{\"type\":\"" + type + "\",\"data\":{\"id\":\"" + refund
                        + "\",\"payment_id\":\"pay_1\",\"amount_minor\":" + amount + "}}");
    }

    private void total(long amount) {
        add(
                SampleProvider.STRIPE,
                "{\"type\":\"charge.refunded\",\"data\":{\"object\":{\"id\":\"ch_1\"," + "\"amount_refunded\":" + amount
                        + ",\"payment_intent\":\"pi_1\"}}}");
    }

    private void add(SampleProvider provider, String body) {
        events.add(new ToldEvent(provider, "evt_" + events.size(), new Payload(body.getBytes(UTF_8)), true));
    }
}
