package hooklatch.domain;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorCauseTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            Order not found: 42                                    | Order not found
            Order not found: 9223372036854775807                   | Order not found
            Invalid order id: "42abc"                              | Invalid order id
            Invalid order id: "注文-2002"                           | Invalid order id
            Invalid order id: "a \\ b: ; c                          | Invalid order id
            No order id: neither the event nor an earlier one names an order for payment pi_3MtwBwLkdIwHu7ix | No order id: neither the event nor an earlier one names an order for payment …
            No payment is known yet for charge ch_1                | No payment is known yet for charge …
            Currency EUR is not that of payment pi_1 (USD)         | Currency EUR is not that of payment … (USD)
            Payment pi_1 belongs to order 7, not 42                | Payment … belongs to order …, not …
            Payment pay_AbCdEfGhIjKlMn belongs to order 7, not 42  | Payment … belongs to order …, not …
            order_reference of ORDER_reference_MissingWord is bad  | order_reference of ORDER_reference_MissingWord is bad
            Handler failed: NullPointerException                   | Handler failed: NullPointerException
            Receipt to jo.doe@example.com was refused              | Receipt to … was refused
            Could not reach https://shop.example/x: timeout        | Could not reach … timeout
            amount_minor is missing                                | amount_minor is missing
            the customer's card was refused                        | the customer's card was refused
            'Jane Doe' is on a list                                | … is on a list
            """)
    void whatBelongsToTheSingleCaseIsTakenOut(String error, String cause) {
        assertThat(ErrorCause.of(error)).isEqualTo(cause);
    }

    @Test
    void anErrorWithoutWordsHasACauseToo() {
        assertThat(ErrorCause.of("")).isEqualTo(ErrorCause.NONE);
        assertThat(ErrorCause.of(" \n\t")).isEqualTo(ErrorCause.NONE);
        assertThat(ErrorCause.of("42")).isEqualTo(ErrorCause.NONE);
        assertThat(ErrorCause.of("null")).isEqualTo("null");
    }

    @Test
    void aLongOneIsCutBetweenCharacters() {
        String cause = ErrorCause.of("😀 word ".repeat(500));

        assertThat(cause.length()).isLessThanOrEqualTo(ErrorCause.MAX_LENGTH);
        assertThat(cause.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF))
                .isTrue();
    }

    @Test
    void linesAndControlsBecomeBlanks() {
        assertThat(ErrorCause.of("a\r\nb\u0000c\u202Ed")).isEqualTo("a b c d");
    }

    @Test
    void aHostileTextCostsNoTime() {
        long begun = System.nanoTime();
        ErrorCause.of("\"".repeat(5_000) + "'".repeat(5_000) + "@".repeat(5_000));
        ErrorCause.of("a".repeat(100_000));
        ErrorCause.of("….,;".repeat(10_000));
        ErrorCause.of(" :;".repeat(10_000));
        assertThat(System.nanoTime() - begun).isLessThan(2_000_000_000L);
    }

    @Test
    void aCauseIsItsOwnCause() {
        for (String error :
                new String[] {"Order not found: 42", "Payment pi_1 belongs to order 7, not 42", "x ".repeat(400)}) {
            String cause = ErrorCause.of(error);
            assertThat(ErrorCause.of(cause)).isEqualTo(cause);
        }
    }
}
