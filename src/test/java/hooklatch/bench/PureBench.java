package hooklatch.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import hooklatch.domain.OrderFacts;
import hooklatch.domain.OrderState;
import hooklatch.domain.Payload;
import hooklatch.domain.PaymentFacts;
import hooklatch.domain.PaymentStatus;
import hooklatch.domain.RefundFacts;
import hooklatch.domain.RefundStatus;
import hooklatch.provider.Headers;
import hooklatch.provider.Provider;
import hooklatch.provider.ProviderSettings;
import hooklatch.provider.Stripe;
import hooklatch.testing.Signer;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a delivery costs in the parts that ask nobody: its signature, its body, its order's state.
 *
 * <pre>mvn -Pjmh test-compile exec:exec@jmh</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class PureBench {
    private static final String SECRET = "whsec_of_the_bench";
    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");

    private final byte[] body = FreshEvents.BODY.getBytes(UTF_8);
    private Stripe stripe = stripe();
    private Headers headers = name -> List.of();
    private OrderFacts facts = new OrderFacts(1, null, null, List.of());

    private static Stripe stripe() {
        return new Stripe(
                new ProviderSettings(List.of(SECRET), Duration.ofMinutes(5), Clock.fixed(NOW, ZoneOffset.UTC)), null);
    }

    /** A signed delivery, and an order with five payments, of which two were given back in part. */
    @Setup
    public void make() {
        stripe = stripe();
        Map<String, String> signed = Signer.stripe(SECRET, body, NOW);
        headers = name -> signed.containsKey(name) ? List.of(signed.get(name)) : List.of();
        facts = new OrderFacts(
                42,
                "PAID",
                new BigDecimal("49.99"),
                List.of(
                        payment("pi_1", PaymentStatus.FAILED, List.of()),
                        payment("pi_2", PaymentStatus.COMPLETED, List.of(refund(100), refund(50))),
                        payment("pi_3", PaymentStatus.CANCELED, List.of()),
                        payment("pi_4", PaymentStatus.COMPLETED, List.of(refund(200))),
                        payment("pi_5", PaymentStatus.PENDING, List.of())));
    }

    /** As each delivery is, known or not. The payload keeps its hash, so each has one of its own. */
    @Benchmark
    public Provider.Verification verify() {
        return stripe.verify(new Payload(body), headers);
    }

    /** What a delivery of a known event needs further: its id, and the hash of its body. */
    @Benchmark
    public Object recognize() {
        Payload payload = new Payload(body);
        return stripe.likelyKey(payload, headers).orElseThrow().eventId().length() + payload.sha256().length;
    }

    /** The whole body, strictly, and the fact that it tells. */
    @Benchmark
    public Provider.Reading read() {
        return stripe.read(new Payload(body), headers);
    }

    @Benchmark
    public OrderState fold() {
        return facts.state();
    }

    private static PaymentFacts payment(String id, PaymentStatus status, List<RefundFacts> refunds) {
        return new PaymentFacts(1, "stripe", id, 42L, status, 4999L, "USD", false, refunds);
    }

    private static RefundFacts refund(long amount) {
        return new RefundFacts(1, "re_" + amount, 42L, RefundStatus.SUCCEEDED, amount, amount, "USD", null);
    }
}
