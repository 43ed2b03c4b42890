package hooklatch.app;

import hooklatch.provider.Provider;
import hooklatch.provider.ProviderRegistry;
import hooklatch.provider.ProviderSettings;
import hooklatch.provider.Razorpay;
import hooklatch.provider.StandardWebhooks;
import hooklatch.provider.Stripe;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The providers that this build knows. A new one is one line here. */
final class ProviderCatalog {
    static final List<Entry> ALL = List.of(
            new Entry(
                    "stripe", Stripe::problemWith, (settings, config) -> new Stripe(settings, config.stripeLivemode())),
            new Entry("razorpay", Razorpay::problemWith, (settings, config) -> new Razorpay(settings)),
            new Entry("standard", StandardWebhooks::problemWith, (settings, config) -> new StandardWebhooks(settings)));

    /**
     * One provider.
     *
     * @param problemWithSecret why a text cannot be a secret, without repeating it
     */
    record Entry(
            String name,
            Function<String, Optional<String>> problemWithSecret,
            BiFunction<ProviderSettings, AppConfig, Provider> constructor) {

        /** Name of the setting that holds its secrets. */
        String secretSetting() {
            return name.toUpperCase(Locale.ROOT) + "_WEBHOOK_SECRET";
        }
    }

    private ProviderCatalog() {}

    static ProviderRegistry registry(AppConfig config, Clock clock) {
        ProviderRegistry.Builder builder = ProviderRegistry.builder(
                name -> config.secrets().getOrDefault(name, List.of()), config.tolerance(), clock);
        for (Entry entry : ALL) {
            builder.register(entry.name(), settings -> entry.constructor().apply(settings, config));
        }
        return builder.build();
    }
}
