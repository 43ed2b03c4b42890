package hooklatch.provider;

import java.util.Arrays;
import java.util.Currency;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How many decimal digits a provider gives a currency. Providers differ from ISO 4217 and from each other
 * ({@code src/docs/providers.md}, "Ids, orders, amounts"), so each has a table of its own. Immutable and thread-safe.
 */
final class CurrencyExponents {
    /** ISO 4217 as the JDK knows it. Pseudo-currencies (gold, "no currency") have no digits and are left out. */
    private static final Map<String, Integer> ISO_4217 = Currency.getAvailableCurrencies().stream()
            .filter(currency -> currency.getDefaultFractionDigits() >= 0)
            .collect(Collectors.toUnmodifiableMap(
                    Currency::getCurrencyCode, Currency::getDefaultFractionDigits, (one, same) -> one));

    private final Map<String, Integer> exponents;

    private CurrencyExponents(Map<String, Integer> exponents) {
        this.exponents = Map.copyOf(exponents);
    }

    /** ISO 4217 unchanged. */
    static CurrencyExponents iso4217() {
        return new CurrencyExponents(ISO_4217);
    }

    /** Every currency of ISO 4217 with two digits, but for those that are named. */
    static CurrencyExponents twoExcept(String zero, String three) {
        Map<String, Integer> exponents = new HashMap<>();
        ISO_4217.keySet().forEach(code -> exponents.put(code, 2));
        Arrays.stream(zero.split(" ")).forEach(code -> exponents.put(code, 0));
        Arrays.stream(three.split(" ")).forEach(code -> exponents.put(code, 3));
        return new CurrencyExponents(exponents);
    }

    /** The digits of an upper-case code, or null when it is unknown. */
    @Nullable
    Integer of(String code) {
        return exponents.get(code);
    }
}
