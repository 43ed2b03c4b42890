package hooklatch.app;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import java.net.URL;
import java.util.Objects;
import org.slf4j.LoggerFactory;

/** Sets logback up for this application, and ends it with the application. */
final class Logging {
    private static final String OWN_CONFIGURATION = "logback.configurationFile";

    private Logging() {}

    /** Switches to the format, unless the operator has named a logback configuration of their own. */
    static void use(AppConfig.LogFormat format) {
        if (format == AppConfig.LogFormat.PLAIN
                || System.getProperty(OWN_CONFIGURATION) != null
                || !(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return;
        }
        URL configuration = Objects.requireNonNull(Logging.class.getResource("/logback-json.xml"));
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        context.reset();
        try {
            configurator.doConfigure(configuration);
        } catch (JoranException e) {
            throw new IllegalStateException("the built-in logging configuration is broken", e);
        }
    }

    /** Stops logback when it belongs to this application alone: elsewhere others still log. */
    static void stop(ClassLoader application) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context
                && context.getClass().getClassLoader() == application) {
            context.stop();
        }
    }
}
