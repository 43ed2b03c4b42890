package hooklatch.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.domain.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** LOG_FORMAT=json. */
class JsonLogTest {
    @Test
    void aLineIsOneJsonObjectWithLevelMessageContextAndFailure() throws Exception {
        LoggerContext context = new LoggerContext();
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(Objects.requireNonNull(getClass().getResource("/logback-json.xml")));
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        ConsoleAppender<ILoggingEvent> console = (ConsoleAppender<ILoggingEvent>) root.getAppender("console");
        LoggingEvent event = new LoggingEvent(
                "caller",
                root,
                Level.WARN,
                "refused {}\nsecond line \"quoted\" \u007f\u009b31m\u2028\u202e\u2066 é €",
                new IllegalStateException("why"),
                null);
        event.setMDCPropertyMap(Map.of("provider", "stripe", "event", "evt_1"));

        String line = new String(console.getEncoder().encode(event), StandardCharsets.UTF_8);

        assertThat(line.strip()).doesNotContain("\n", "\u007f", "\u009b", "\u2028", "\u202e", "\u2066");
        JsonNode json = Json.read(line);
        assertThat(json.path("level").asText()).isEqualTo("WARN");
        assertThat(json.path("formattedMessage").asText())
                .endsWith("second line \"quoted\" \u007f\u009b31m\u2028\u202e\u2066 é €");
        assertThat(json.path("mdc").path("provider").asText()).isEqualTo("stripe");
        assertThat(json.path("throwable").path("message").asText()).isEqualTo("why");
        context.stop();
    }
}
