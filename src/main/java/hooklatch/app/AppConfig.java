package hooklatch.app;

import hooklatch.domain.User;
import hooklatch.service.Passwords;
import hooklatch.web.CidrBlock;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration, read and checked once. Immutable; its text never holds a secret.
 *
 * @param redis where Redis is
 * @param sentinelPassword of the Sentinels themselves; null = none
 * @param secrets accepted secrets by provider name; a provider without any is missing
 * @param stripeLivemode null = both modes
 * @param retention null = events are kept
 * @param payloadRetention null = payloads are kept as long as their events
 * @param apiToken null = bearer access off
 * @param nodeName what this node calls itself in logs and to the others
 */
public record AppConfig(
        RedisAddress redis,
        @Nullable String sentinelPassword,
        DatabaseConfig database,
        int maxInFlight,
        Map<String, List<String>> secrets,
        @Nullable Boolean stripeLivemode,
        Duration tolerance,
        int maxBodyBytes,
        Duration lockTimeout,
        Duration lockWait,
        Duration resultTtl,
        int deadLetterAfter,
        Duration deadLetterMinAge,
        @Nullable Duration retention,
        @Nullable Duration payloadRetention,
        @Nullable String apiToken,
        boolean metricsArePublic,
        AdminConfig admin,
        List<CidrBlock> trustedProxies,
        LogFormat logFormat,
        String nodeName) {

    /**
     * Where MySQL is.
     *
     * @param url {@code jdbc:mysql:…}, without user and password
     */
    public record DatabaseConfig(String url, String user, String password, int poolSize, Migration migration) {
        /** Never the password; nor the options of the URL, which may hold one. */
        @Override
        public String toString() {
            return url.replaceFirst("\\?.*", "") + " as " + user + ", pool " + poolSize + ", " + migration;
        }
    }

    /** What is done about the schema at start. */
    public enum Migration {
        /** Missing migrations are applied. */
        MIGRATE,
        /** The start is refused when one is missing. */
        VALIDATE
    }

    /**
     * The first user of the dashboard.
     *
     * @param user null = none is created
     * @param reset whether that user is reset at start
     */
    public record AdminConfig(
            @Nullable String user, @Nullable String password, boolean reset) {
        /** Never the password. */
        @Override
        public String toString() {
            return user == null ? "none" : user + (reset ? ", reset at start" : "");
        }
    }

    /** How log lines look. */
    public enum LogFormat {
        /** For people. */
        PLAIN,
        /** One JSON object a line. */
        JSON
    }

    private static final String DEFAULT_REDIS = "redis://localhost:6379";
    private static final int DEFAULT_POOL_SIZE = 16;
    private static final int DEFAULT_IN_FLIGHT = 128;
    private static final int DEFAULT_BODY_BYTES = 1_048_576;
    /** What a server's packet of 16 MiB holds beside the rest of the row. */
    private static final int MAX_BODY_BYTES = 8 * DEFAULT_BODY_BYTES;

    private static final int DAY_SECONDS = 86_400;
    private static final int MIN_RETENTION_DAYS = 45;
    private static final int MIN_TOKEN_LENGTH = 3;

    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]+|\\[?[0-9A-Fa-f:.]+]?");
    private static final Pattern DATABASE_NAME = Pattern.compile("[A-Za-z0-9_$-]{1,64}");
    private static final Pattern NODE_NAME = Pattern.compile("[\\x21-\\x7E]{1,64}");

    public AppConfig {
        secrets = Map.copyOf(secrets);
        trustedProxies = List.copyOf(trustedProxies);
    }

    /**
     * Reads every setting from the environment, else from the system property of the same name, else from the given
     * parameters.
     *
     * @param parameters the context parameters; null = not set
     * @throws ConfigurationException with every problem
     */
    public static AppConfig read(Function<String, @Nullable String> parameters) {
        return from(name -> {
            String fromEnvironment = System.getenv(name);
            if (fromEnvironment != null) {
                return fromEnvironment;
            }
            String fromProperty = System.getProperty(name);
            return fromProperty != null ? fromProperty : parameters.apply(name);
        });
    }

    /**
     * Reads every setting from one source.
     *
     * @param source the value of a setting; null = not set
     * @throws ConfigurationException with every problem
     */
    public static AppConfig from(Function<String, @Nullable String> source) {
        ConfigurationReader reader = new ConfigurationReader(source);
        AppConfig config = new AppConfig(
                redis(reader),
                sentinelPassword(reader),
                database(reader),
                reader.number("MAX_IN_FLIGHT", DEFAULT_IN_FLIGHT, 1, 100_000),
                secrets(reader),
                reader.flag("STRIPE_LIVEMODE").orElse(null),
                reader.seconds("WEBHOOK_TOLERANCE_SECONDS", 300, 1, DAY_SECONDS),
                reader.number("WEBHOOK_MAX_BODY_BYTES", DEFAULT_BODY_BYTES, 1024, MAX_BODY_BYTES),
                // A delivery's own work takes 4.5 s at most; the lease must outlast it by far.
                reader.millis("LOCK_TIMEOUT_MS", 30_000, 10_000, 3_600_000),
                // Together with the work itself it must fit into the 4.5 s of an answer.
                reader.millis("LOCK_WAIT_MS", 600, 0, 3_000),
                reader.seconds("RESULT_TTL_SECONDS", 604_800, 1, 365 * DAY_SECONDS),
                reader.number("DEAD_LETTER_AFTER", 8, 1, 1_000),
                reader.seconds("DEAD_LETTER_MIN_AGE_SECONDS", 14_400, 0, 30 * DAY_SECONDS),
                retention(reader, "RETENTION_DAYS", MIN_RETENTION_DAYS),
                retention(reader, "PAYLOAD_RETENTION_DAYS", 1),
                token(reader),
                reader.flag("METRICS_PUBLIC").orElse(false),
                admin(reader),
                reader.list("TRUSTED_PROXIES", CidrBlock::parse),
                reader.choice("LOG_FORMAT", LogFormat.class, LogFormat.PLAIN),
                nodeName(reader));
        reader.finish();
        return config;
    }

    private static DatabaseConfig database(ConfigurationReader reader) {
        String host = reader.text("DB_HOST", "localhost");
        if (!HOST.matcher(host).matches()) {
            reader.problem("DB_HOST", "must be a host name or an IP address, not \"" + host + "\"");
        }
        int port = reader.number("DB_PORT", 3306, 1, 65_535);
        String name = reader.text("DB_NAME", "ecommerce");
        if (!DATABASE_NAME.matcher(name).matches()) {
            reader.problem("DB_NAME", "must be 1 to 64 letters, digits, _, $ or -, not \"" + name + "\"");
        }
        boolean bareV6 = host.contains(":") && !host.startsWith("[");
        String built = "jdbc:mysql://" + (bareV6 ? "[" + host + "]" : host) + ":" + port + "/" + name;
        return new DatabaseConfig(
                databaseUrl(reader, built),
                reader.text("DB_USER", "root"),
                reader.verbatim("DB_PASSWORD"),
                reader.number("DB_POOL_SIZE", DEFAULT_POOL_SIZE, 1, 1_000),
                reader.choice("DB_MIGRATE", Migration.class, Migration.MIGRATE));
    }

    private static String databaseUrl(ConfigurationReader reader, String built) {
        Optional<String> url = reader.text("DB_URL");
        if (url.isEmpty()) {
            return built;
        }
        if (url.get().startsWith("jdbc:mariadb:")) {
            reader.problem(
                    "DB_URL", "must begin with jdbc:mysql: (the driver is Connector/J, which speaks to MariaDB too)");
        } else if (!url.get().startsWith("jdbc:mysql:")) {
            reader.problem("DB_URL", "must begin with jdbc:mysql:");
        } else if (url.get().matches("(?i).*[?&](user|password)=.*")
                || url.get().matches("jdbc:mysql:[^/]*//[^/?]*@.*")) {
            reader.problem("DB_URL", "must not hold user or password: those are DB_USER and DB_PASSWORD");
        }
        return url.get();
    }

    private static RedisAddress redis(ConfigurationReader reader) {
        return RedisAddress.parse(reader.text("REDIS_URL", DEFAULT_REDIS)).orElseGet(() -> {
            // Not repeated here: it may hold a password.
            reader.problem("REDIS_URL", RedisAddress.FORMS);
            return RedisAddress.parse(DEFAULT_REDIS).orElseThrow();
        });
    }

    private static @Nullable String sentinelPassword(ConfigurationReader reader) {
        String password = reader.verbatim("REDIS_SENTINEL_PASSWORD");
        return password.isEmpty() ? null : password;
    }

    private static Map<String, List<String>> secrets(ConfigurationReader reader) {
        Map<String, List<String>> secrets = new TreeMap<>();
        for (ProviderCatalog.Entry provider : ProviderCatalog.ALL) {
            String setting = provider.secretSetting();
            List<String> accepted = reader.secrets(setting);
            for (String secret : accepted) {
                provider.problemWithSecret().apply(secret).ifPresent(problem -> reader.problem(setting, problem));
            }
            if (!accepted.isEmpty()) {
                secrets.put(provider.name(), accepted);
            }
        }
        return secrets;
    }

    private static @Nullable Duration retention(ConfigurationReader reader, String name, int leastDays) {
        int days = reader.number(name, 0, 0, 36_500);
        if (days != 0 && days < leastDays) {
            reader.problem(
                    name,
                    "must be 0 (keep) or at least " + leastDays
                            + ", because providers send an event again for up to 30 days, not \"" + days + "\"");
        }
        return days == 0 ? null : Duration.ofDays(days);
    }

    private static @Nullable String token(ConfigurationReader reader) {
        String token = reader.text("API_TOKEN").orElse(null);
        if (token != null && token.length() < MIN_TOKEN_LENGTH) {
            reader.problem("API_TOKEN", "must have at least " + MIN_TOKEN_LENGTH + " characters");
        }
        return token;
    }

    private static AdminConfig admin(ConfigurationReader reader) {
        String user = reader.text("DASHBOARD_ADMIN_USER").orElse(null);
        String password = reader.verbatim("DASHBOARD_ADMIN_PASSWORD");
        boolean reset = reader.flag("DASHBOARD_ADMIN_RESET").orElse(false);
        if ((user == null) != password.isEmpty()) {
            reader.problem("DASHBOARD_ADMIN_USER", "and DASHBOARD_ADMIN_PASSWORD must be set together");
        }
        if (user != null && User.normalName(user).isEmpty()) {
            reader.problem("DASHBOARD_ADMIN_USER", "must have 1 to 64 characters that show");
        }
        if (user != null && !password.isEmpty() && !Passwords.isHash(password)) {
            // A weak one is its owner's choice, which FirstAdmin warns of: it must not keep deliveries from being
            // received.
            Passwords.unusable(password).ifPresent(problem -> reader.problem("DASHBOARD_ADMIN_PASSWORD", problem));
        }
        if (reset && user == null) {
            reader.problem("DASHBOARD_ADMIN_RESET", "needs DASHBOARD_ADMIN_USER and DASHBOARD_ADMIN_PASSWORD");
        }
        return new AdminConfig(user, password.isEmpty() ? null : password, reset);
    }

    private static String nodeName(ConfigurationReader reader) {
        String name = reader.text("NODE_NAME").orElseGet(AppConfig::hostName);
        if (!NODE_NAME.matcher(name).matches()) {
            reader.problem("NODE_NAME", "must be 1 to 64 printable ASCII characters without blanks");
        }
        return name;
    }

    private static String hostName() {
        try {
            String name = InetAddress.getLocalHost().getHostName();
            return NODE_NAME.matcher(name).matches() ? name : "node";
        } catch (UnknownHostException e) {
            return "node";
        }
    }

    /** What an operator may want to see in the log. Never a secret, nor the user information of a URL. */
    @Override
    public String toString() {
        return "AppConfig[node " + nodeName + "; redis " + redis + "; database "
                + database + "; providers "
                + secrets.keySet().stream().sorted().toList() + "; max in flight " + maxInFlight + ", body "
                + maxBodyBytes + " bytes; lock " + lockTimeout + ", wait " + lockWait + "; API token "
                + (apiToken == null ? "off" : "set") + "; admin " + admin + "]";
    }
}
