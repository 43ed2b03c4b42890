package hooklatch.dev;

import hooklatch.dev.SendOptions.UsageException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/** The stream of {@link Demo}, for tests that need a shop with something of every kind in it. */
public final class DemoShop {
    /** What its Stripe signs with. */
    public static final String STRIPE_SECRET = DevSettings.STRIPE_SECRET;

    /** What the application under test must be configured with. */
    public static final Map<String, String> SECRETS = Map.of(
            "STRIPE_WEBHOOK_SECRET", STRIPE_SECRET,
            "RAZORPAY_WEBHOOK_SECRET", DevSettings.RAZORPAY_SECRET,
            "STANDARD_WEBHOOK_SECRET", DevSettings.STANDARD_SECRET);

    private DemoShop() {}

    /**
     * Sends a minute's worth in some seconds, always the same.
     *
     * @param database {@code DB_URL}, {@code DB_USER} and {@code DB_PASSWORD}
     */
    public static Map<String, Integer> minute(URI url, Map<String, String> database) {
        String text = url.toString();
        try {
            return new Demo(
                            new DemoOptions(
                                    URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text),
                                    50,
                                    Duration.ofSeconds(13),
                                    Optional.of(7L),
                                    false),
                            new DevSettings(database, new Properties()),
                            Clock.systemUTC(),
                            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                    .run();
        } catch (SQLException | UsageException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
