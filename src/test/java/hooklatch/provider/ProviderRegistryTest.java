package hooklatch.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProviderRegistryTest {
    private static final Duration TOLERANCE = Duration.ofMinutes(5);

    private static ProviderRegistry.Builder builder(Map<String, List<String>> secrets) {
        return ProviderRegistry.builder(name -> secrets.getOrDefault(name, List.of()), TOLERANCE, Clock.systemUTC());
    }

    @Test
    void knowsConfiguredUnconfiguredAndUnknownProvidersApart() {
        ProviderRegistry registry = builder(Map.of("stripe", List.of("whsec_dev"), "paypal", List.of("x")))
                .register("stripe", settings -> new Stripe(settings, null))
                .register("razorpay", Razorpay::new)
                .register("standard", StandardWebhooks::new)
                .build();
        assertThat(registry.names()).containsExactly("stripe", "razorpay", "standard");
        assertThat(registry.configured("stripe").map(Provider::name)).contains("stripe");
        assertThat(registry.isKnown("razorpay")).isTrue();
        assertThat(registry.configured("razorpay")).isEmpty();
        for (String unknown : List.of("paypal", "STRIPE", "", "stripe/", "../stripe")) {
            assertThat(registry.isKnown(unknown)).isFalse();
            assertThat(registry.configured(unknown)).isEmpty();
        }
    }

    @Test
    void refusesProvidersThatCouldBeMistaken() {
        ProviderRegistry.Builder builder =
                builder(Map.of("razorpay", List.of("x"))).register("stripe", Razorpay::new);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.register("stripe", Razorpay::new))
                .withMessage("provider registered twice: stripe");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.register("Stripe", Razorpay::new))
                .withMessage("not a provider name: Stripe");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder(Map.of("stripe", List.of("x"))).register("stripe", Razorpay::new))
                .withMessage("provider razorpay registered under another name: stripe");
    }

    @Test
    void secretsThatCannotWorkHaveAProblem() {
        for (String blank : List.of("", " ", "\n")) {
            assertThat(Stripe.problemWith(blank)).contains("is blank");
            assertThat(Razorpay.problemWith(blank)).contains("is blank");
            assertThat(StandardWebhooks.problemWith(blank)).contains("is blank");
        }
        assertThat(Stripe.problemWith("whsec_anything at all")).isEmpty();
        assertThat(Razorpay.problemWith("anything at all, ☕")).isEmpty();
        assertThat(StandardWebhooks.problemWith(Deliveries.STANDARD_SECRET)).isEmpty();
        assertThat(StandardWebhooks.problemWith(Deliveries.STANDARD_SECRET.substring("whsec_".length())))
                .isEmpty();
        assertThat(StandardWebhooks.problemWith("whsec_")).contains("has no key after whsec_");
        assertThat(StandardWebhooks.problemWith("whpk_vdPsQRBBNcP6PKo9n7Y/CRP6JahIgiIPOh6dRF+APpo="))
                .hasValueSatisfying(problem -> assertThat(problem).contains("Ed25519"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"whsec_not base64", "s3cr3t_value!", "whsec_whsec_c3Rh", "whsec_é"})
    void problemsAndExceptionsNeverRepeatTheSecret(String secret) {
        assertThat(StandardWebhooks.problemWith(secret)).contains("is not base64 (after an optional whsec_)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StandardWebhooks(Deliveries.settings(secret)))
                .withMessage("a secret is not base64 (after an optional whsec_)")
                .withNoCause();
        assertThat(Deliveries.settings(secret).toString()).doesNotContain(secret);
    }

    @Test
    void providersRefuseToBeBuiltOnABlankSecret() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Stripe(Deliveries.settings("good", " "), null))
                .withMessage("a secret is blank");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Razorpay(Deliveries.settings("")))
                .withMessage("a secret is blank");
    }
}
