package hooklatch.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The expected signatures were made by the providers' own packages (samples/signatures.json). */
class SignerTest {
    private static final Instant AT = Instant.ofEpochSecond(1793000010);

    @Test
    void signsAsStripeDoes() {
        assertThat(Signer.stripe(
                        "whsec_test_vector_stripe_current_0001",
                        Samples.bytes("stripe/payment_intent.succeeded.json"),
                        AT))
                .containsOnly(Map.entry(
                        "Stripe-Signature",
                        "t=1793000010,v1=693c5e80fc1e6bb8e5f0e25ede02a4e612362cb310dd7e679c2773825b969bab"));
    }

    @Test
    void signsAsRazorpayDoes() {
        assertThat(Signer.razorpay(
                        "rzp-test-vector-secret-current",
                        Samples.bytes("razorpay/payment.captured.json"),
                        "SaMpLeEvEnT001"))
                .containsEntry(
                        "X-Razorpay-Signature", "4ca68e2a801545409fd3c6cfa7080e216e076e4951088b307a170d1aa43f4338")
                .containsEntry("X-Razorpay-Event-Id", "SaMpLeEvEnT001");
    }

    @Test
    void signsAsStandardWebhooksDoes() {
        assertThat(Signer.standard(
                        "whsec_c3RhbmRhcmQtd2ViaG9va3MtdmVjdG9yLWtleS0xISE=",
                        "msg_SaMpLe0000000000000000001",
                        Samples.bytes("standard-webhooks/payment.succeeded.json"),
                        AT))
                .containsEntry("webhook-id", "msg_SaMpLe0000000000000000001")
                .containsEntry("webhook-timestamp", "1793000010")
                .containsEntry("webhook-signature", "v1,cgPovQGC+EY4WdGviMvhbAeKnRtCUQqPy1XwaNtY1ps=");
    }
}
