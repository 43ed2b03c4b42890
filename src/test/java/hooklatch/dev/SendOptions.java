package hooklatch.dev;

import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What {@link SendEvents} was asked to do.
 *
 * @param types in the order in which they are sent
 * @param order as it goes into the body, so that an order id that is none can be tried, too
 * @param duplicates how many more times each event is sent
 */
record SendOptions(
        URI url,
        SampleProvider provider,
        List<SampleType> types,
        String order,
        Optional<BigDecimal> amount,
        Optional<String> currency,
        Optional<String> payment,
        Optional<String> refund,
        int duplicates,
        boolean badSignature,
        Optional<String> secret,
        boolean help) {

    private static final int MOST_DUPLICATES = 1000;

    /** The command line is not understood; the message says what is wrong with which option. */
    static final class UsageException extends Exception {
        private static final long serialVersionUID = 1L;

        UsageException(String message) {
            super(message);
        }
    }

    static String usage() {
        return """
                Sends signed sample events to a running Hooklatch and prints each answer.

                  --provider P     stripe (default), razorpay or standard
                  --type T         payment.succeeded (default), another of the types below, or all
                  --order ID       order id, default %s
                  --amount A       in major units, such as 49.99; default: the order's total, 10.00 for refunds
                  --currency C     default USD, INR for razorpay
                  --payment ID     payment id; default: one that belongs to the order, so that a refund finds its payment
                  --refund ID      refund or dispute id; default: one that belongs to the order
                  --duplicates N   sends each event N more times, all at once
                  --bad-signature  signs with a wrong secret
                  --secret S       default: STRIPE_, RAZORPAY_ or STANDARD_WEBHOOK_SECRET, or that of mvn jetty:run
                  --url URL        default %s

                Types (sent as):
                %s
                Each run makes new event ids. Ends with 0 when every delivery was answered, whatever the status.""".formatted(SampleOrders.FIRST_ID, SendEvents.DEFAULT_URL, SampleType.table());
    }

    static SendOptions parse(List<String> arguments) throws UsageException {
        URI url = URI.create(SendEvents.DEFAULT_URL);
        SampleProvider provider = SampleProvider.STRIPE;
        String type = SampleType.PAYMENT_SUCCEEDED.word();
        String order = Long.toString(SampleOrders.FIRST_ID);
        Optional<BigDecimal> amount = Optional.empty();
        Optional<String> currency = Optional.empty();
        Optional<String> payment = Optional.empty();
        Optional<String> refund = Optional.empty();
        Optional<String> secret = Optional.empty();
        int duplicates = 0;
        boolean badSignature = false;
        boolean help = false;
        Set<String> seen = new HashSet<>();
        Iterator<String> rest = arguments.iterator();
        while (rest.hasNext()) {
            String option = rest.next();
            if (!seen.add(option)) {
                throw new UsageException(option + " is given twice");
            }
            switch (option) {
                case "--help", "-h" -> help = true;
                case "--bad-signature" -> badSignature = true;
                case "--url" -> url = url(value(option, rest));
                case "--provider" -> provider = SampleProvider.of(value(option, rest));
                case "--type" -> type = value(option, rest);
                case "--order" -> order = value(option, rest);
                case "--amount" -> amount = Optional.of(amount(value(option, rest)));
                case "--currency" -> currency = Optional.of(currency(value(option, rest)));
                case "--payment" -> payment = Optional.of(value(option, rest));
                case "--refund" -> refund = Optional.of(value(option, rest));
                case "--secret" -> secret = Optional.of(value(option, rest));
                case "--duplicates" -> duplicates = duplicates(value(option, rest));
                default -> throw new UsageException("Unknown option: " + option);
            }
        }
        return new SendOptions(
                url,
                provider,
                types(type, provider),
                order,
                amount,
                currency,
                payment,
                refund,
                duplicates,
                badSignature,
                secret,
                help);
    }

    static String value(String option, Iterator<String> rest) throws UsageException {
        if (!rest.hasNext()) {
            throw new UsageException(option + " needs a value");
        }
        String value = rest.next();
        if (value.startsWith("--")) {
            throw new UsageException(option + " needs a value, not " + value);
        }
        return value;
    }

    static URI url(String text) throws UsageException {
        try {
            URI url = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            if (("http".equals(url.getScheme()) || "https".equals(url.getScheme())) && url.getHost() != null) {
                return url;
            }
        } catch (URISyntaxException e) {
            throw new UsageException("--url is not a URL: " + e.getMessage());
        }
        throw new UsageException("--url is not an http or https URL: " + text);
    }

    private static BigDecimal amount(String text) throws UsageException {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw new UsageException("--amount is not a number: " + text);
        }
    }

    private static String currency(String text) throws UsageException {
        if (!text.matches("[A-Za-z]{3}")) {
            throw new UsageException("--currency is not a code of three letters: " + text);
        }
        return text.toUpperCase(Locale.ROOT);
    }

    private static int duplicates(String text) throws UsageException {
        try {
            int number = Integer.parseInt(text);
            if (number >= 0 && number <= MOST_DUPLICATES) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new UsageException("--duplicates is not a number: " + text);
        }
        throw new UsageException("--duplicates is not between 0 and " + MOST_DUPLICATES + ": " + text);
    }

    private static List<SampleType> types(String word, SampleProvider provider) throws UsageException {
        if ("all".equals(word)) {
            return SampleType.sentBy(provider);
        }
        SampleType type = SampleType.of(word);
        if (type.sentAs(provider).isEmpty()) {
            throw new UsageException(provider.word() + " has no event for " + word);
        }
        return List.of(type);
    }
}
