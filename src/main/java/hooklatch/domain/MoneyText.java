package hooklatch.domain;

import java.math.BigDecimal;
import java.util.Currency;
import org.jspecify.annotations.Nullable;

/**
 * Amounts as they are read by people: {@code 49.99 USD}, {@code 5000 JPY}. The tables keep major units with three decimals
 * whatever the currency; here a currency's usual decimals are shown, and more only where they are not zero.
 */
public final class MoneyText {
    private static final int MOST_DECIMALS = 4;
    private static final int USUAL_DECIMALS = 2;

    private MoneyText() {}

    /**
     * An amount in major units.
     *
     * @param major null when the currency's decimals are not known
     */
    public static String ofMajor(@Nullable BigDecimal major, @Nullable String currency) {
        if (major == null) {
            return "an unknown amount" + (currency == null ? "" : " in " + currency);
        }
        int scale = Math.max(usualDecimals(currency), major.stripTrailingZeros().scale());
        String number = major.setScale(scale).toPlainString();
        return currency == null ? number : number + " " + currency;
    }

    /**
     * An amount in minor units.
     *
     * @param exponent decimals of the currency, or null when they are not known: then the minor units are named as such
     */
    public static String ofMinor(long minor, @Nullable String currency, @Nullable Integer exponent) {
        if (exponent == null) {
            return minor + " minor units" + (currency == null ? "" : " of " + currency);
        }
        return ofMajor(BigDecimal.valueOf(minor, exponent), currency);
    }

    /**
     * The decimals of a currency as an amount shows that is known in both units.
     *
     * @return null when they cannot be told
     */
    public static @Nullable Integer exponent(
            @Nullable Long minor, @Nullable BigDecimal major, @Nullable String currency) {
        if (minor == null || major == null) {
            return null;
        }
        if (minor == 0) {
            return currency == null ? null : Integer.valueOf(usualDecimals(currency));
        }
        for (int exponent = 0; exponent <= MOST_DECIMALS; exponent++) {
            if (BigDecimal.valueOf(minor, exponent).compareTo(major) == 0) {
                return exponent;
            }
        }
        return null;
    }

    /** The decimals that the currency has by ISO 4217; two where it is not known. */
    static int usualDecimals(@Nullable String currency) {
        if (currency == null) {
            return USUAL_DECIMALS;
        }
        try {
            return Math.max(0, Currency.getInstance(currency).getDefaultFractionDigits());
        } catch (IllegalArgumentException unknown) {
            return USUAL_DECIMALS;
        }
    }
}
