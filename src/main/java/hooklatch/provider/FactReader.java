package hooklatch.provider;

import hooklatch.domain.EventKey;
import hooklatch.domain.Fact;
import hooklatch.domain.Money;
import hooklatch.domain.OrderRef;
import hooklatch.domain.WebhookEvent;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the parts that facts are made of, the same way for every provider. What is wrong with a part is named in an
 * {@link UnusableException}, so that the event is kept and shown instead of being guessed at. Immutable and thread-safe.
 */
final class FactReader {
    private static final int MAX_ORDER_TEXT = 255;
    private static final int MAX_CURRENCY_LENGTH = 16;
    private static final int MAX_WORDS = 500;
    private static final int MAX_OUTCOME = 64;

    private final CurrencyExponents exponents;

    FactReader(CurrencyExponents exponents) {
        this.exponents = exponents;
    }

    /** Reading one fact; each provider has one for each type that it knows. */
    @FunctionalInterface
    interface Source {
        Fact read() throws UnusableException;
    }

    /** The fact, or {@link Fact.Unusable} with the problem that reading it met. */
    static Fact read(Source source) {
        try {
            return source.read();
        } catch (UnusableException e) {
            return new Fact.Unusable(e.problem());
        }
    }

    /** The type of an event as it is kept: {@code unknown} when the body has none. */
    static String type(JsonField field) {
        String type = field.text(WebhookEvent.MAX_TYPE_LENGTH);
        return type == null ? "unknown" : type;
    }

    /**
     * The id of something.
     *
     * @param what what it is the id of, for the message
     */
    static String id(JsonField field, String what) throws UnusableException {
        String id = idOrNull(field, what);
        if (id == null) {
            throw new UnusableException("Event names no " + what);
        }
        return id;
    }

    /** The same for what an event need not name: null when it is absent. */
    static @Nullable String idOrNull(JsonField field, String what) throws UnusableException {
        if (field.isAbsent()) {
            return null;
        }
        String id = field.text();
        if (id == null || !EventKey.isValidId(id)) {
            throw new UnusableException("Invalid " + what + " id: " + field.excerpt());
        }
        return id;
    }

    /** The id in a list of one, or no id in an empty list. */
    static List<String> refs(JsonField field, String what) throws UnusableException {
        String id = idOrNull(field, what);
        return id == null ? List.of() : List.of(id);
    }

    /** An amount that the fact cannot do without. */
    Money money(JsonField amount, JsonField currency) throws UnusableException {
        if (amount.isAbsent()) {
            throw new UnusableException("Event states no amount");
        }
        long minor = minor(amount);
        if (currency.isAbsent()) {
            throw new UnusableException("Event states no currency");
        }
        String code = code(currency);
        return new Money(minor, code, exponents.of(code));
    }

    /** An amount where no money moved: null when the event does not state it whole. */
    @Nullable
    Money moneyOrNull(JsonField amount, JsonField currency) throws UnusableException {
        return amount.isAbsent() || currency.isAbsent() ? null : money(amount, currency);
    }

    private static long minor(JsonField amount) throws UnusableException {
        Long minor = amount.integer();
        if (minor == null || minor < 0) {
            throw new UnusableException("Invalid amount: " + amount.excerpt());
        }
        return minor;
    }

    private static String code(JsonField currency) throws UnusableException {
        String code = currency.text();
        if (code == null
                || code.length() > MAX_CURRENCY_LENGTH
                || !code.chars().allMatch(FactReader::isCodeCharacter)) {
            throw new UnusableException("Invalid currency: " + currency.excerpt());
        }
        return code.toUpperCase(Locale.ROOT);
    }

    private static boolean isCodeCharacter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    /**
     * The shop's order as the event names it, untrimmed. An integer counts as its digits; any other value as its JSON text,
     * which is no order id and so is refused by name.
     */
    static OrderRef order(JsonField field) {
        return field.isAbsent() ? OrderRef.NONE : OrderRef.of(field.literal(MAX_ORDER_TEXT));
    }

    /** The provider's words for people, from the first of the fields that has any, bounded; or null. */
    static @Nullable String words(JsonField... fields) {
        return JsonField.firstText(MAX_WORDS, fields);
    }

    /** The status of a dispute as the provider calls it, or else the last word of the event's type. */
    static String outcome(String type, JsonField... fields) {
        String outcome = JsonField.firstText(MAX_OUTCOME, fields);
        return outcome == null ? type.substring(type.lastIndexOf('.') + 1) : outcome;
    }
}
