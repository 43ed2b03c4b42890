package hooklatch.dev;

import hooklatch.dev.SendOptions.UsageException;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What {@link Demo} was asked to do.
 *
 * @param rate deliveries a second, storms not counted
 * @param duration how long
 * @param seed what the stream is drawn from
 */
record DemoOptions(URI url, double rate, Duration duration, Optional<Long> seed, boolean help) {

    private static final double HIGHEST_RATE = 500;

    static String usage() {
        return """
                Sends a stream of webhooks like that of a busy shop to a running Hooklatch: payments, declines, refunds in parts,
                refunds before their payment, disputes, duplicates, storms of 50, poison, bad signatures, a dead letter, nodes that
                stop. An operator "demo", who is disabled in the end, replays, releases locks and reveals a payload meanwhile.

                  --rate N      deliveries a second, default 10
                  --seconds N   how long, default 60
                  --seed N      draws the same stream again
                  --url URL     default %s

                It puts orders of its own into the database of mvn jetty:run (or of DB_URL, DB_USER, DB_PASSWORD), locks into its
                Redis (or REDIS_URL), and signs in as admin (or DASHBOARD_ADMIN_USER, DASHBOARD_ADMIN_PASSWORD).""".formatted(SendEvents.DEFAULT_URL);
    }

    static DemoOptions parse(List<String> arguments) throws UsageException {
        URI url = URI.create(SendEvents.DEFAULT_URL);
        double rate = 10;
        long seconds = 60;
        Optional<Long> seed = Optional.empty();
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
                case "--rate" -> rate = number(option, SendOptions.value(option, rest), HIGHEST_RATE);
                case "--seconds" -> seconds = (long) number(option, SendOptions.value(option, rest), 86_400);
                case "--seed" -> seed = Optional.of(seed(SendOptions.value(option, rest)));
                case "--url" -> url = SendOptions.url(SendOptions.value(option, rest));
                default -> throw new UsageException("Unknown option: " + option);
            }
        }
        return new DemoOptions(url, rate, Duration.ofSeconds(Math.max(1, seconds)), seed, help);
    }

    private static double number(String option, String text, double most) throws UsageException {
        try {
            double number = Double.parseDouble(text);
            if (number > 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new UsageException(option + " is not a number: " + text);
        }
        throw new UsageException(option + " is not above 0 and at most " + (long) most + ": " + text);
    }

    private static long seed(String text) throws UsageException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new UsageException("--seed is not a whole number: " + text);
        }
    }
}
