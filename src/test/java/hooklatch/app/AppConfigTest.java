package hooklatch.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import hooklatch.web.CidrBlock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class AppConfigTest {
    @Test
    void nothingSetGivesTheDefaultsOfTheContract() {
        AppConfig config = read();
        assertThat(config.redis())
                .isEqualTo(new RedisAddress(
                        RedisAddress.Kind.SINGLE, List.of("redis://localhost:6379"), "", null, null, 0));
        assertThat(config.sentinelPassword()).isNull();
        assertThat(config.database().url()).isEqualTo("jdbc:mysql://localhost:3306/ecommerce");
        assertThat(config.database().user()).isEqualTo("root");
        assertThat(config.database().password()).isEmpty();
        assertThat(config.database().migration()).isEqualTo(AppConfig.Migration.MIGRATE);
        assertThat(config.secrets()).isEmpty();
        assertThat(config.stripeLivemode()).isNull();
        assertThat(config.tolerance()).isEqualTo(Duration.ofMinutes(5));
        assertThat(config.maxBodyBytes()).isEqualTo(1_048_576);
        assertThat(config.lockTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.lockWait()).isEqualTo(Duration.ofMillis(600));
        assertThat(config.resultTtl()).isEqualTo(Duration.ofDays(7));
        assertThat(config.deadLetterAfter()).isEqualTo(8);
        assertThat(config.deadLetterMinAge()).isEqualTo(Duration.ofHours(4));
        assertThat(config.retention()).isNull();
        assertThat(config.payloadRetention()).isNull();
        assertThat(config.apiToken()).isNull();
        assertThat(config.metricsArePublic()).isFalse();
        assertThat(config.admin().user()).isNull();
        assertThat(config.trustedProxies()).isEmpty();
        assertThat(config.logFormat()).isEqualTo(AppConfig.LogFormat.PLAIN);
        assertThat(config.nodeName()).isNotBlank();
    }

    @Test
    void everythingSetIsTakenOver() {
        AppConfig config = read(
                "DB_HOST",
                "db.example",
                "DB_PORT",
                "3307",
                "DB_USER",
                "shop",
                "DB_PASSWORD",
                " pass word ",
                "DB_NAME",
                "shop_1",
                "DB_POOL_SIZE",
                "8",
                "DB_MIGRATE",
                "validate",
                "MAX_IN_FLIGHT",
                "50",
                "STRIPE_LIVEMODE",
                "false",
                "WEBHOOK_TOLERANCE_SECONDS",
                "60",
                "RETENTION_DAYS",
                "45",
                "PAYLOAD_RETENTION_DAYS",
                "45",
                "API_TOKEN",
                " token ",
                "METRICS_PUBLIC",
                "true",
                "DASHBOARD_ADMIN_USER",
                "ada",
                "DASHBOARD_ADMIN_PASSWORD",
                "correct horse",
                "DASHBOARD_ADMIN_RESET",
                "true",
                "TRUSTED_PROXIES",
                "10.0.0.0/8, fd00::/8",
                "LOG_FORMAT",
                "json",
                "NODE_NAME",
                "node-1");
        assertThat(config.database())
                .isEqualTo(new AppConfig.DatabaseConfig(
                        "jdbc:mysql://db.example:3307/shop_1", "shop", " pass word ", 8, AppConfig.Migration.VALIDATE));
        assertThat(config.maxInFlight()).isEqualTo(50);
        assertThat(config.stripeLivemode()).isFalse();
        assertThat(config.tolerance()).isEqualTo(Duration.ofMinutes(1));
        assertThat(config.retention()).isEqualTo(Duration.ofDays(45));
        assertThat(config.payloadRetention()).isEqualTo(Duration.ofDays(45));
        assertThat(config.apiToken()).isEqualTo("token");
        assertThat(config.metricsArePublic()).isTrue();
        assertThat(config.admin()).isEqualTo(new AppConfig.AdminConfig("ada", "correct horse", true));
        assertThat(config.trustedProxies()).containsExactly(CidrBlock.parse("10.0.0.0/8"), CidrBlock.parse("fd00::/8"));
        assertThat(config.logFormat()).isEqualTo(AppConfig.LogFormat.JSON);
        assertThat(config.nodeName()).isEqualTo("node-1");
    }

    @Test
    void secretsAreSeparatedByCommasAndMayHoldEscapedOnes() {
        assertThat(read("STRIPE_WEBHOOK_SECRET", " whsec_a , b\\,c,d ").secrets())
                .containsExactly(Map.entry("stripe", List.of("whsec_a", "b,c", "d")));
        assertThat(read("RAZORPAY_WEBHOOK_SECRET", "   ").secrets()).isEmpty();
    }

    @Test
    void databaseUrlOverridesAllButUserAndPassword() {
        AppConfig.DatabaseConfig database = read(
                        "DB_URL", "jdbc:mysql://a,b/x?sslMode=REQUIRED", "DB_HOST", "c", "DB_USER", "shop")
                .database();
        assertThat(database.url()).isEqualTo("jdbc:mysql://a,b/x?sslMode=REQUIRED");
        assertThat(database.user()).isEqualTo("shop");
    }

    @Test
    void bareIpV6HostIsBracketed() {
        assertThat(read("DB_HOST", "::1").database().url()).isEqualTo("jdbc:mysql://[::1]:3306/ecommerce");
    }

    static Stream<Arguments> redisUrls() {
        List<String> three = List.of("redis://a:1", "redis://b:2", "rediss://c:3");
        List<String> sentinels = List.of("redis://a:26379", "redis://[::1]:26379");
        return Stream.of(
                arguments(
                        "redis://localhost:6379",
                        new RedisAddress(
                                RedisAddress.Kind.SINGLE, List.of("redis://localhost:6379"), "", null, null, 0)),
                arguments(
                        "rediss://:s%40crt@redis.example:6380/2",
                        new RedisAddress(
                                RedisAddress.Kind.SINGLE,
                                List.of("rediss://redis.example:6380"),
                                "",
                                null,
                                "s@crt",
                                2)),
                arguments(
                        "redis://a:1,redis://b:2, rediss://c:3",
                        new RedisAddress(RedisAddress.Kind.CLUSTER, three, "", null, null, 0)),
                arguments(
                        "redis://u:p@a:1,redis://u:p@b:2,rediss://u:p@c:3/",
                        new RedisAddress(RedisAddress.Kind.CLUSTER, three, "", "u", "p", 0)),
                arguments(
                        "sentinel://a:26379, [::1]:26379/mymaster",
                        new RedisAddress(RedisAddress.Kind.SENTINEL, sentinels, "mymaster", null, null, 0)),
                arguments(
                        "sentinel://u:p%2Fw@a:26379,[::1]:26379/mymaster/3",
                        new RedisAddress(RedisAddress.Kind.SENTINEL, sentinels, "mymaster", "u", "p/w", 3)));
    }

    @ParameterizedTest
    @MethodSource("redisUrls")
    void redisUrlMayBeOneServerAClusterOrSentinels(String url, RedisAddress meant) {
        assertThat(read("REDIS_URL", url).redis()).isEqualTo(meant);
    }

    @Test
    void sentinelsMayHaveAPasswordOfTheirOwn() {
        assertThat(read("REDIS_SENTINEL_PASSWORD", "hunter2").sentinelPassword())
                .isEqualTo("hunter2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "REDIS_URL | localhost:6379",
                "REDIS_URL | http://localhost:6379",
                "REDIS_URL | redis://localhost",
                "REDIS_URL | redis://a:1,",
                "REDIS_URL | sentinel://a:26379",
                "REDIS_URL | sentinel://a/master",
                "REDIS_URL | sentinel://a:26379,:p@b:26379/master",
                "REDIS_URL | redis://a:1/2,redis://b:2/2",
                "REDIS_URL | redis://:p@a:1,redis://b:2",
                "DB_URL | jdbc:mariadb://localhost/x",
                "DB_URL | jdbc:postgresql://localhost/x",
                "DB_URL | jdbc:mysql://localhost/x?user=a&password=hunter2",
                "DB_URL | jdbc:mysql://a:hunter2@localhost/x",
                "DB_HOST | host/evil?x",
                "DB_PORT | 0",
                "DB_PORT | 65536",
                "DB_NAME | a?allowLoadLocalInfile=true",
                "DB_POOL_SIZE | 0",
                "DB_MIGRATE | maybe",
                "MAX_IN_FLIGHT | 0",
                "STRIPE_WEBHOOK_SECRET | a,,b",
                "STRIPE_WEBHOOK_SECRET | a,",
                "STANDARD_WEBHOOK_SECRET | whsec_not base64!",
                "STRIPE_LIVEMODE | yes",
                "WEBHOOK_TOLERANCE_SECONDS | 0",
                "WEBHOOK_TOLERANCE_SECONDS | 5m",
                "WEBHOOK_MAX_BODY_BYTES | -1",
                "LOCK_TIMEOUT_MS | 100",
                "LOCK_WAIT_MS | 5000",
                "RESULT_TTL_SECONDS | 0",
                "DEAD_LETTER_AFTER | 0",
                "DEAD_LETTER_MIN_AGE_SECONDS | -1",
                "RETENTION_DAYS | 44",
                "RETENTION_DAYS | -1",
                "API_TOKEN | x",
                "METRICS_PUBLIC | 1",
                "DASHBOARD_ADMIN_USER | ada",
                "DASHBOARD_ADMIN_RESET | true",
                "TRUSTED_PROXIES | proxy.example",
                "LOG_FORMAT | xml",
                "NODE_NAME | a b"
            })
    void unusableValueIsNamed(String name, String value) {
        assertThat(problems(name, value)).hasSize(1).first().asString().startsWith(name + " ");
    }

    @Test
    void everyProblemIsInOneMessageAndNoSecretIs() {
        ConfigurationException refused = refused(
                "DB_PORT",
                "x",
                "REDIS_URL",
                "redis://:hunter2@",
                "STRIPE_WEBHOOK_SECRET",
                "hunter2,",
                "RETENTION_DAYS",
                "7",
                "DASHBOARD_ADMIN_PASSWORD",
                "hunter2",
                "STANDARD_WEBHOOK_SECRET",
                "hunter2?",
                "DB_URL",
                "jdbc:mysql://x:hunter2@y/z");
        assertThat(refused.problems()).hasSize(7);
        assertThat(refused)
                .hasMessageContaining("DB_PORT must be a whole number from 1 to 65535, not \"x\"")
                .hasMessageContaining("REDIS_URL must")
                .hasMessageContaining("STRIPE_WEBHOOK_SECRET has an empty entry")
                .hasMessageContaining("STANDARD_WEBHOOK_SECRET")
                .hasMessageContaining("RETENTION_DAYS must be 0 (keep) or at least 45")
                .hasMessageContaining("DASHBOARD_ADMIN_USER and DASHBOARD_ADMIN_PASSWORD");
        assertThat(refused.getMessage()).doesNotContain("hunter2");
    }

    @Test
    void aListOfSecretsWithTwoGapsIsOneProblem() {
        assertThat(problems("STRIPE_WEBHOOK_SECRET", "a,,b,"))
                .containsExactly(
                        "STRIPE_WEBHOOK_SECRET has an empty entry between its commas (a comma that belongs to a"
                                + " secret is written \\,)");
    }

    @Test
    void textNeverHoldsASecret() {
        AppConfig config = read(
                "DB_PASSWORD",
                "hunter2",
                "REDIS_URL",
                "redis://u:hunter2@r:1,redis://u:hunter2@s:2",
                "REDIS_SENTINEL_PASSWORD",
                "hunter2",
                "API_TOKEN",
                "hunter2",
                "STRIPE_WEBHOOK_SECRET",
                "hunter2",
                "DASHBOARD_ADMIN_USER",
                "ada",
                "DASHBOARD_ADMIN_PASSWORD",
                "hunter2hunter2",
                "DB_URL",
                "jdbc:mysql://h/d?trustCertificateKeyStorePassword=hunter2");
        assertThat(config.toString()).doesNotContain("hunter2").contains("redis://r:1", "jdbc:mysql://h/d", "[stripe]");
        assertThat(config.database().toString()).doesNotContain("hunter2");
        assertThat(config.admin().toString()).doesNotContain("hunter2");
    }

    @Test
    void systemPropertyWinsOverContextParameter() {
        System.setProperty("NODE_NAME", "by-property");
        try {
            assertThat(AppConfig.read(name -> name.equals("NODE_NAME") ? "by-parameter" : null)
                            .nodeName())
                    .isEqualTo("by-property");
        } finally {
            System.clearProperty("NODE_NAME");
        }
        assertThat(AppConfig.read(name -> name.equals("NODE_NAME") ? "by-parameter" : null)
                        .nodeName())
                .isEqualTo("by-parameter");
    }

    private static List<String> problems(String... namesAndValues) {
        return refused(namesAndValues).problems();
    }

    private static ConfigurationException refused(String... namesAndValues) {
        return catchThrowableOfType(ConfigurationException.class, () -> read(namesAndValues));
    }

    private static AppConfig read(String... namesAndValues) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            values.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return AppConfig.from(values::get);
    }

    @Test
    void aWeakAdminPasswordIsTakenAndOneThatCannotBeHashedIsNot() {
        assertThat(read("DASHBOARD_ADMIN_USER", "admin", "DASHBOARD_ADMIN_PASSWORD", "admin")
                        .admin()
                        .password())
                .isEqualTo("admin");
        assertThat(refused("DASHBOARD_ADMIN_USER", "admin", "DASHBOARD_ADMIN_PASSWORD", "x".repeat(73)))
                .hasMessageContaining("DASHBOARD_ADMIN_PASSWORD must have at most 72 bytes");
    }
}
