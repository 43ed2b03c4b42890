package hooklatch.dev;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hooklatch.dev.SendOptions.UsageException;
import hooklatch.testing.TestJetty;
import hooklatch.testing.TestServers;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** The stream, sent to the whole application. */
class DemoTest {

    @Test
    void theStreamLeavesSomethingToSeeOfEveryKind() throws Exception {
        TestServers servers = TestServers.get();
        Map<String, String> config = Map.of(
                "DB_URL", servers.newDatabase(),
                "DB_USER", servers.user(),
                "DB_PASSWORD", servers.password(),
                "REDIS_URL", servers.newRedisUrl(),
                "STRIPE_WEBHOOK_SECRET", DevSettings.STRIPE_SECRET,
                "RAZORPAY_WEBHOOK_SECRET", DevSettings.RAZORPAY_SECRET,
                "STANDARD_WEBHOOK_SECRET", DevSettings.STANDARD_SECRET);
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (TestJetty jetty = TestJetty.runningWebApp(config)) {
            Map<String, Integer> answers = new Demo(
                            DemoOptions.parse(List.of(
                                    "--rate",
                                    "60",
                                    "--seconds",
                                    "12",
                                    "--seed",
                                    "7",
                                    "--url",
                                    jetty.uri("").toString())),
                            new DevSettings(config, new Properties()),
                            Clock.systemUTC(),
                            new PrintStream(printed, true, UTF_8))
                    .run();
            assertThat(answers).as(printed.toString(UTF_8)).containsKeys("HTTP 200", "HTTP 401", "HTTP 500");
        }
        try (Connection connection =
                DriverManager.getConnection(config.get("DB_URL"), servers.user(), servers.password())) {
            assertThat(column(connection, "SELECT DISTINCT payment_status FROM orders"))
                    .contains("PAID", "FAILED", "PARTIALLY_REFUNDED", "REFUNDED");
            assertThat(column(connection, "SELECT DISTINCT status FROM webhook_events"))
                    .contains("processed", "skipped", "failed");
            assertThat(column(connection, "SELECT DISTINCT provider FROM webhook_events"))
                    .containsExactlyInAnyOrder("stripe", "razorpay", "standard");
            assertThat(column(connection, "SELECT DISTINCT outcome FROM webhook_deliveries"))
                    .contains("processed", "duplicate");
            assertThat(column(connection, "SELECT DISTINCT cause FROM webhook_rejections"))
                    .isNotEmpty();
            assertThat(column(connection, "SELECT DISTINCT status FROM disputes"))
                    .isNotEmpty();
        }
    }

    private static List<String> column(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }

    @Test
    void wrongOptionsAreNamed() {
        assertThatThrownBy(() -> DemoOptions.parse(List.of("--rate", "0")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("--rate");
        assertThatThrownBy(() -> DemoOptions.parse(List.of("--seconds", "soon")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("--seconds is not a number: soon");
        assertThatThrownBy(() -> DemoOptions.parse(List.of("--fast")))
                .isInstanceOf(UsageException.class)
                .hasMessage("Unknown option: --fast");
    }
}
