package hooklatch.dev;

import hooklatch.dev.SendOptions.UsageException;
import hooklatch.testing.Signer;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.Arrays;
import java.util.Currency;
import java.util.Locale;
import java.util.Map;

/** A payment provider as a sender: its name, currency habits and signature ({@code src/docs/providers.md}). */
public enum SampleProvider {
    STRIPE(
            "USD",
            "STRIPE_WEBHOOK_SECRET",
            DevSettings.STRIPE_SECRET,
            "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF",
            "BHD JOD KWD OMR TND"),
    RAZORPAY(
            "INR",
            "RAZORPAY_WEBHOOK_SECRET",
            DevSettings.RAZORPAY_SECRET,
            "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
            "BHD IQD JOD KWD OMR TND"),
    STANDARD("USD", "STANDARD_WEBHOOK_SECRET", DevSettings.STANDARD_SECRET, "", "");

    private final String currency;
    private final String secretName;
    private final String developmentSecret;
    private final String withoutDecimals;
    private final String withThreeDecimals;

    SampleProvider(
            String currency,
            String secretName,
            String developmentSecret,
            String withoutDecimals,
            String withThreeDecimals) {
        this.currency = currency;
        this.secretName = secretName;
        this.developmentSecret = developmentSecret;
        this.withoutDecimals = withoutDecimals;
        this.withThreeDecimals = withThreeDecimals;
    }

    static SampleProvider of(String word) throws UsageException {
        return Arrays.stream(values())
                .filter(provider -> provider.word().equals(word))
                .findAny()
                .orElseThrow(() ->
                        new UsageException("Unknown provider: " + word + " (there are stripe, razorpay and standard)"));
    }

    /** The last part of the path that it sends to. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** In upper case. */
    public String usualCurrency() {
        return currency;
    }

    /** The configured secret, the first one of several, or else that of {@code mvn jetty:run}. */
    String secret(DevSettings settings) {
        String configured = settings.value(secretName).orElse(developmentSecret);
        return configured.split("(?<!\\\\),", -1)[0].replace("\\,", ",");
    }

    /** The amount in minor units, as this provider counts them. */
    long minorUnits(BigDecimal amount, String code) throws UsageException {
        try {
            return amount.movePointRight(decimals(code)).longValueExact();
        } catch (ArithmeticException e) {
            throw new UsageException("--amount " + amount + " has more than the " + decimals(code) + " decimals that "
                    + word() + " gives " + code + ", or is too large");
        }
    }

    /** The amount without the decimals that the currency does not have. */
    BigDecimal roundedDown(BigDecimal amount, String code) throws UsageException {
        return amount.setScale(decimals(code), RoundingMode.DOWN);
    }

    private int decimals(String code) throws UsageException {
        if (this == STANDARD) {
            try {
                return Math.max(0, Currency.getInstance(code).getDefaultFractionDigits());
            } catch (IllegalArgumentException e) {
                throw new UsageException("--currency is not one of ISO 4217: " + code);
            }
        }
        if (withoutDecimals.contains(code)) {
            return 0;
        }
        return withThreeDecimals.contains(code) ? 3 : 2;
    }

    /** The headers that go with the body. */
    public Map<String, String> sign(String secret, String eventId, byte[] body, Instant at) {
        return switch (this) {
            case STRIPE -> Signer.stripe(secret, body, at);
            case RAZORPAY -> Signer.razorpay(secret, body, eventId);
            case STANDARD -> Signer.standard(secret, eventId, body, at);
        };
    }
}
