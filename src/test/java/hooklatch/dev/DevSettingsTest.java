package hooklatch.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hooklatch.service.Passwords;
import hooklatch.testing.ServerStartException;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class DevSettingsTest {

    private final Properties properties = new Properties();

    @Test
    void withoutAnySettingBothServersAreOurs() {
        DevSettings settings = new DevSettings(Map.of(), properties);
        assertThat(settings.ownDatabase()).isTrue();
        assertThat(settings.ownRedis()).isTrue();
        assertThat(settings.databasePort()).isEqualTo(3307);
        assertThat(settings.redisPort()).isEqualTo(6380);
    }

    @Test
    void eachServerIsOursOnlyWhereNoneIsConfigured() {
        assertThat(new DevSettings(Map.of("DB_HOST", "db"), properties).ownDatabase())
                .isFalse();
        assertThat(new DevSettings(Map.of("DB_URL", "jdbc:mysql://db/x"), properties).ownDatabase())
                .isFalse();
        assertThat(new DevSettings(Map.of("DB_HOST", "db"), properties).ownRedis())
                .isTrue();
        properties.setProperty("REDIS_URL", "redis://cache");
        assertThat(new DevSettings(Map.of(), properties).ownRedis()).isFalse();
        assertThat(new DevSettings(Map.of("DB_HOST", ""), properties).ownDatabase())
                .isTrue();
    }

    @Test
    void defaultsFillOnlyWhatIsNotSet() {
        properties.setProperty("RAZORPAY_WEBHOOK_SECRET", "mine");
        DevSettings settings = new DevSettings(Map.of("STRIPE_WEBHOOK_SECRET", "whsec_mine"), properties);
        settings.putDefaults();
        assertThat(properties)
                .containsEntry("RAZORPAY_WEBHOOK_SECRET", "mine")
                .containsEntry("API_TOKEN", "dev")
                .containsEntry("DASHBOARD_ADMIN_USER", "admin")
                .containsKey("STANDARD_WEBHOOK_SECRET")
                .doesNotContainKey("STRIPE_WEBHOOK_SECRET");
        assertThat(new Passwords(new SecureRandom())
                        .matches("admin", properties.getProperty("DASHBOARD_ADMIN_PASSWORD")))
                .isTrue();
        assertThat(settings.isDefaulted("API_TOKEN")).isTrue();
        assertThat(settings.isDefaulted("STRIPE_WEBHOOK_SECRET")).isFalse();
    }

    @Test
    void whatWasSetCanBeTakenBack() {
        properties.setProperty("RAZORPAY_WEBHOOK_SECRET", "mine");
        DevSettings settings = new DevSettings(Map.of(), properties);
        settings.putDefaults();
        settings.put("REDIS_URL", "redis://127.0.0.1:6380/0");
        settings.takeBack();
        assertThat(properties).containsOnlyKeys("RAZORPAY_WEBHOOK_SECRET");
    }

    @Test
    void aUserForADatabaseThatIsNotNamedIsRefused() {
        DevSettings settings = new DevSettings(Map.of("DB_USER", "shop"), properties);
        assertThatThrownBy(() -> settings.put("DB_USER", "root"))
                .isInstanceOf(ServerStartException.class)
                .hasMessageContaining("DB_USER")
                .hasMessageContaining("DB_HOST or DB_URL");
    }

    @Test
    void aPortThatIsNoneIsRefused() {
        assertThatThrownBy(() -> new DevSettings(Map.of("DEV_DB_PORT", "http"), properties).databasePort())
                .hasMessage("DEV_DB_PORT is not a port: http");
        assertThatThrownBy(() -> new DevSettings(Map.of("DEV_REDIS_PORT", "70000"), properties).redisPort())
                .hasMessage("DEV_REDIS_PORT is not a port: 70000");
    }
}
