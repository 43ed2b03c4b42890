package hooklatch.service.events;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.domain.EventStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The reason in plain words, for the texts that the handlers refuse with. */
class AdviceTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Order not found: 42 | When it was last tried, the shop had no order 42.",
                "No order id: neither the event nor an earlier one names an order for payment pi_1 | Nothing says which order"
                        + " payment pi_1 is for.",
                "Invalid order id: \"42abc\" | The event names an order that cannot be one of the shop's: \"42abc\".",
                "Currency EUR is not that of payment pi_1 (USD) | The event speaks of EUR, but payment pi_1 was made in USD.",
                "Payment pi_1 belongs to order 1, not 2 | Payment pi_1 belongs to order 1 already, and this event says order"
                        + " 2.",
                "Refund re_1 belongs to payment pi_1, not pi_2 | Refund re_1 was told as one of payment pi_1, and this event says"
                        + " payment pi_2.",
                "No payment is known yet for charge ch_1 | The event names charge ch_1, and no payment has told yet that the"
                        + " charge is its own.",
                "Event names no payment | The event is of a known type, but its body lacks something or has something that"
                        + " cannot be used.",
                "Invalid amount: -1 | The event is of a known type, but its body lacks something or has something that cannot"
                        + " be used.",
                "Handler failed: NullPointerException | The code that handles this event failed (NullPointerException): a"
                        + " defect, or something that it needs is away.",
                "Receipt printer is out of paper | A handler refused the event."
            })
    void aRefusalIsToldInPlainWords(String error, String reason) {
        assertThat(Advice.of(EventStatus.FAILED, error)).hasValueSatisfying(advice -> {
            assertThat(advice.reason()).isEqualTo(reason);
            assertThat(advice.whatToDo()).isNotBlank();
        });
    }

    @Test
    void aSkippedEventSaysWhyToo() {
        assertThat(Advice.of(EventStatus.SKIPPED, "Unhandled event type: a.b")
                        .orElseThrow()
                        .reason())
                .isEqualTo("Nobody here handles events of type a.b, so it changed nothing.");
        assertThat(Advice.of(EventStatus.SKIPPED, "Ignored: livemode false")
                        .orElseThrow()
                        .reason())
                .contains("wrong mode");
        assertThat(Advice.of(EventStatus.SKIPPED, null)).isPresent();
    }

    @Test
    void whatHadItsEffectNeedsNoAdvice() {
        assertThat(Advice.of(EventStatus.PROCESSED, null)).isEmpty();
    }
}
