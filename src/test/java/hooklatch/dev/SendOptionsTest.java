package hooklatch.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hooklatch.dev.SendOptions.UsageException;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SendOptionsTest {

    @Test
    void withoutOptionsAStripePaymentOfTheFirstOrderIsSent() throws UsageException {
        SendOptions options = parse("");
        assertThat(options.url()).hasToString("http://127.0.0.1:8080");
        assertThat(options.provider()).isEqualTo(SampleProvider.STRIPE);
        assertThat(options.types()).containsExactly(SampleType.PAYMENT_SUCCEEDED);
        assertThat(options.order()).isEqualTo("1001");
        assertThat(options.duplicates()).isZero();
        assertThat(options.badSignature()).isFalse();
    }

    @Test
    void everyOptionIsRead() throws UsageException {
        SendOptions options = parse("--url https://shop.example/hooklatch/ --provider razorpay --type refund.failed"
                + " --order 7 --amount 1.50 --currency inr --payment pay_1 --refund rfnd_1 --duplicates 3"
                + " --bad-signature --secret s");
        assertThat(options.url()).hasToString("https://shop.example/hooklatch");
        assertThat(options.provider()).isEqualTo(SampleProvider.RAZORPAY);
        assertThat(options.types()).containsExactly(SampleType.REFUND_FAILED);
        assertThat(options.order()).isEqualTo("7");
        assertThat(options.amount()).contains(new BigDecimal("1.50"));
        assertThat(options.currency()).contains("INR");
        assertThat(options.payment()).contains("pay_1");
        assertThat(options.refund()).contains("rfnd_1");
        assertThat(options.duplicates()).isEqualTo(3);
        assertThat(options.badSignature()).isTrue();
        assertThat(options.secret()).contains("s");
    }

    @Test
    void allMeansEveryTypeTheProviderHas() throws UsageException {
        assertThat(parse("--type all").types())
                .contains(SampleType.CHECKOUT_COMPLETED)
                .doesNotContain(SampleType.ORDER_PAID, SampleType.DISPUTE_LOST, SampleType.DISPUTE_WON)
                .hasSize(SampleType.values().length - 3);
        assertThat(parse("--type all --provider razorpay").types())
                .contains(SampleType.ORDER_PAID)
                .doesNotContain(SampleType.PAYMENT_CANCELED, SampleType.CHARGE_REFUNDED)
                .hasSize(SampleType.values().length - 6);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --nonsense                                    | Unknown option: --nonsense
                    --order                                       | --order needs a value
                    --order --amount 3                            | --order needs a value, not --amount
                    --order 1 --order 2                           | --order is given twice
                    --provider paypal                             | Unknown provider: paypal
                    --type payment                                | Unknown type: payment
                    --provider razorpay --type payment.canceled   | razorpay has no event for payment.canceled
                    --amount ten                                  | --amount is not a number: ten
                    --currency dollars                            | --currency is not a code of three letters
                    --duplicates -1                               | --duplicates is not between 0 and 1000
                    --duplicates many                             | --duplicates is not a number: many
                    --url localhost:8080                          | --url is not an http or https URL
                    """)
    void aWrongCommandLineIsSaidToBeWrong(String arguments, String message) {
        assertThatThrownBy(() -> parse(arguments))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(message);
    }

    @Test
    void helpListsEveryType() throws UsageException {
        assertThat(parse("--help").help()).isTrue();
        for (SampleType type : SampleType.values()) {
            assertThat(SendOptions.usage()).contains("\n  " + type.word() + " ");
        }
    }

    private static SendOptions parse(String line) throws UsageException {
        return SendOptions.parse(line.isEmpty() ? List.of() : List.of(line.split(" ", -1)));
    }
}
