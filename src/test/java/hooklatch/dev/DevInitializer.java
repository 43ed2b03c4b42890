package hooklatch.dev;

import hooklatch.testing.BuildDirectory;
import hooklatch.testing.ServerStartException;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs before the listeners of {@code web.xml} when {@code mvn jetty:run} starts the application, and starts the servers
 * that the application will want.
 *
 * <p>Does nothing anywhere else, for instance in a test that runs the application in a container of its own.
 */
public final class DevInitializer implements ServletContainerInitializer {

    /** Set by the Jetty plugin's part of the pom, and by nobody else: the port of the HTTP connector. */
    static final String PORT_PROPERTY = "hooklatch.dev.port";

    @Override
    public void onStartup(@Nullable Set<Class<?>> classes, ServletContext context) throws ServletException {
        String port = System.getProperty(PORT_PROPERTY);
        if (port == null) {
            return;
        }
        DevRun run;
        try {
            run = DevRun.start(
                    Integer.parseInt(port),
                    new DevSettings(System.getenv(), System.getProperties()),
                    BuildDirectory.path().resolve("dev"));
        } catch (ServerStartException e) {
            throw new ServletException(e.getMessage(), e);
        }
        context.addListener(run);
    }
}
