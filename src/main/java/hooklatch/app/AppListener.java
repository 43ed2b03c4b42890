package hooklatch.app;

import hooklatch.dao.SchemaException;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the application with its servlet context and stops it with it. A configuration that cannot be used stops the
 * start: the context fails, and the log says once all that is wrong.
 */
public final class AppListener implements ServletContextListener {
    private static final Logger log = LoggerFactory.getLogger(AppListener.class);

    private final @Nullable Function<String, @Nullable String> source;
    private @Nullable Wiring wiring;

    /** Reads the configuration from environment, system properties and context parameters. Called by the container. */
    public AppListener() {
        this.source = null;
    }

    /**
     * Reads the configuration from one source only, whatever the environment holds.
     *
     * @param source the value of a setting; null = not set
     */
    public AppListener(Function<String, @Nullable String> source) {
        this.source = source;
    }

    /**
     * Starts everything and registers the servlets.
     *
     * @throws IllegalStateException when the application cannot start; the log has said why
     */
    @Override
    public void contextInitialized(ServletContextEvent event) {
        ServletContext context = event.getServletContext();
        try {
            AppConfig config = source == null ? AppConfig.read(context::getInitParameter) : AppConfig.from(source);
            Logging.use(config.logFormat());
            Wiring started = new Wiring(config);
            wiring = started;
            started.site().addTo(context);
            started.dashboard().addTo(context);
            log.info("started {}", config);
        } catch (ConfigurationException e) {
            log.error(e.getMessage());
            throw new IllegalStateException(
                    "Hooklatch did not start: " + e.problems().size() + " settings are wrong, as the log says");
        } catch (SchemaException e) {
            log.error(e.getMessage());
            throw new IllegalStateException("Hooklatch did not start: the database cannot be used, as the log says");
        } finally {
            RedisClient.leaveThread();
        }
    }

    @Override
    public void contextDestroyed(ServletContextEvent event) {
        Wiring started = wiring;
        wiring = null;
        try {
            if (started != null) {
                started.close();
                log.info("stopped");
            }
        } finally {
            ClassLoader application = event.getServletContext().getClassLoader();
            JdbcDrivers.deregister(application);
            // The thread that stops the application need not be the one that started it.
            RedisClient.leaveThread();
            Logging.stop(application);
        }
    }
}
