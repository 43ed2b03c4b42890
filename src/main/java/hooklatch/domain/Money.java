package hooklatch.domain;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * An amount as a provider states it: integral minor units of a currency.
 *
 * @param minor minor units, zero or more
 * @param currency upper-case code, for example {@code USD}
 * @param exponent decimal digits of the currency at this provider ({@code src/docs/providers.md}), or null when the code
 *     is unknown: then no major amount is guessed
 */
public record Money(long minor, String currency, @Nullable Integer exponent) {
    public Money {
        if (minor < 0) {
            throw new IllegalArgumentException("negative amount");
        }
    }

    /** The amount in major units with exactly the currency's decimals ({@code 49.99}, {@code 5000}), or null when unknown. */
    public @Nullable BigDecimal major() {
        return exponent == null ? null : BigDecimal.valueOf(minor, exponent);
    }

    /** The same currency with another amount. */
    public Money withMinor(long otherMinor) {
        return new Money(otherMinor, currency, exponent);
    }
}
