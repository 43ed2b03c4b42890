package hooklatch.dev;

import hooklatch.testing.ServerStartException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * What is configured from outside, and what {@code mvn jetty:run} puts where nothing is.
 *
 * <p>The application reads an environment variable before a system property of the same name. So a value from outside
 * always wins: defaults become system properties only for names that have neither. Not thread-safe.
 */
final class DevSettings {

    static final int DATABASE_PORT = 3307;
    static final int REDIS_PORT = 6380;
    static final String DATABASE_NAME = "ecommerce";

    static final String STRIPE_SECRET = "whsec_dev";
    static final String RAZORPAY_SECRET = "rzp_dev";
    /** Standard Webhooks wants {@code whsec_} and the Base64 of 24 to 64 bytes. */
    static final String STANDARD_SECRET = "whsec_aG9va2xhdGNoLWRldmVsb3BtZW50LW9ubHkta2V5ISE=";

    /** Of {@code admin}: a password so weak that the application takes it as a hash only. */
    private static final String ADMIN_PASSWORD_HASH = "$2b$10$N9qo8uLOickgx2ZMRZoMye5RJwmdN8v/3L6UtYEMGfalTDxoz./Mi";

    /** Values for names that are not configured otherwise. */
    private static final Map<String, String> DEFAULTS = Map.of(
            "STRIPE_WEBHOOK_SECRET",
            STRIPE_SECRET,
            "RAZORPAY_WEBHOOK_SECRET",
            RAZORPAY_SECRET,
            "STANDARD_WEBHOOK_SECRET",
            STANDARD_SECRET,
            "API_TOKEN",
            "dev",
            "DASHBOARD_ADMIN_USER",
            "admin",
            "DASHBOARD_ADMIN_PASSWORD",
            ADMIN_PASSWORD_HASH);

    private final Map<String, String> environment;
    private final Properties properties;
    private final Map<String, String> defaulted = new LinkedHashMap<>();

    /**
     * @param properties the system properties; {@link #putDefaults} and {@link #put} write into them
     */
    DevSettings(Map<String, String> environment, Properties properties) {
        this.environment = Map.copyOf(environment);
        this.properties = properties;
    }

    /** The value of a name as the application sees it; an empty one counts as none. */
    Optional<String> value(String name) {
        return Optional.ofNullable(environment.get(name))
                .filter(value -> !value.isEmpty())
                .or(() -> Optional.ofNullable(properties.getProperty(name)).filter(value -> !value.isEmpty()));
    }

    /** Whether we start a MariaDB. */
    boolean ownDatabase() {
        return value("DB_URL").isEmpty() && value("DB_HOST").isEmpty();
    }

    /** Whether we start a Redis. */
    boolean ownRedis() {
        return value("REDIS_URL").isEmpty();
    }

    /** Whether the name has the value we gave it, which anybody may read, rather than somebody's own. */
    boolean isDefaulted(String name) {
        return defaulted.containsKey(name);
    }

    int databasePort() {
        return port("DEV_DB_PORT", DATABASE_PORT);
    }

    int redisPort() {
        return port("DEV_REDIS_PORT", REDIS_PORT);
    }

    private int port(String name, int otherwise) {
        Optional<String> value = value(name);
        if (value.isEmpty()) {
            return otherwise;
        }
        try {
            int port = Integer.parseInt(value.get());
            if (port >= 1 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw new ServerStartException(name + " is not a port: " + value.get(), e);
        }
        throw new ServerStartException(name + " is not a port: " + value.get());
    }

    /** Secrets, token and first user for whatever of them is not configured. */
    void putDefaults() {
        DEFAULTS.forEach(this::putDefault);
    }

    private void putDefault(String name, String value) {
        if (value(name).isEmpty()) {
            put(name, value);
        }
    }

    /**
     * Sets a system property that the application will read.
     *
     * @throws ServerStartException when the environment has another value, which would win
     */
    void put(String name, String value) {
        String inEnvironment = environment.getOrDefault(name, "");
        if (!inEnvironment.isEmpty() && !inEnvironment.equals(value)) {
            throw new ServerStartException(
                    "The environment variable " + name + " does not fit the database that is started here: unset it, or"
                            + " set DB_HOST or DB_URL to use a database of your own");
        }
        properties.setProperty(name, value);
        defaulted.put(name, value);
    }

    /** Takes back what was set, so that a later start in the same JVM decides anew. */
    void takeBack() {
        defaulted.forEach(properties::remove);
        defaulted.clear();
    }
}
