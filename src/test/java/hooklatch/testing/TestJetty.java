package hooklatch.testing;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.eclipse.jetty.ee10.apache.jsp.JettyJasperInitializer;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.webapp.MetaInfConfiguration;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** A Jetty on a free loopback port that runs servlets, or the whole web application, inside the test's process. */
public final class TestJetty implements AutoCloseable {
    /** Few, so that a request which holds a thread is felt. */
    public static final int THREADS = 12;

    private final Server server;
    private final ServletContextHandler context;
    private final ServerConnector connector;

    private TestJetty(ServletContextHandler context) throws Exception {
        this(context, THREADS);
    }

    private TestJetty(ServletContextHandler context, int maxThreads) throws Exception {
        this.context = context;
        QueuedThreadPool threads = new QueuedThreadPool(maxThreads);
        threads.setReservedThreads(0);
        server = new Server(threads);
        connector = new ServerConnector(server, 1, 1);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(context);
        try {
            server.start();
        } catch (Exception e) {
            server.stop();
            throw e;
        }
    }

    /** Runs what the given action registers. */
    public static TestJetty running(Consumer<ServletContext> registration) throws Exception {
        ServletContextHandler context = new ServletContextHandler("/");
        ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
        errors.addErrorPage(ErrorPageErrorHandler.GLOBAL_ERROR_PAGE, "/error");
        context.setErrorHandler(errors);
        context.addEventListener(new ServletContextListener() {
            @Override
            public void contextInitialized(ServletContextEvent event) {
                registration.accept(event.getServletContext());
            }
        });
        return new TestJetty(context);
    }

    /**
     * Runs the web application as its web.xml describes it.
     *
     * @param contextParameters its configuration; variables of the environment come first, as in production
     */
    public static TestJetty runningWebApp(Map<String, String> contextParameters) throws Exception {
        return runningWebApp(contextParameters, "/");
    }

    /** The same below a context path such as {@code /hooklatch}. */
    public static TestJetty runningWebApp(Map<String, String> contextParameters, String contextPath) throws Exception {
        return runningWebApp(contextParameters, contextPath, THREADS);
    }

    /**
     * The same with more threads, as a container has them.
     *
     * @param threads more than deliveries that may be in work
     */
    public static TestJetty runningWebApp(Map<String, String> contextParameters, String contextPath, int threads)
            throws Exception {
        WebAppContext context =
                new WebAppContext(BuildDirectory.path().resolveSibling("webapp").toString(), contextPath);
        // A Jetty with annotations finds it by itself.
        context.addServletContainerInitializer(new JettyJasperInitializer());
        // The class path of the tests is the container's here: where its JSP engine looks for tag libraries.
        context.setAttribute(
                MetaInfConfiguration.CONTAINER_JAR_PATTERN, ".*/jakarta\\.servlet\\.jsp\\.jstl-[^/]*\\.jar$");
        // Kept, so that a page is compiled once and not once a test.
        Path compiled = BuildDirectory.path().resolve("jsp" + contextPath.replace('/', '-'));
        context.setTempDirectory(Files.createDirectories(compiled).toFile());
        context.setTempDirectoryPersistent(true);
        context.setThrowUnavailableOnStartupException(true);
        contextParameters.forEach(context::setInitParameter);
        return new TestJetty(context, threads);
    }

    /** The paths that servlets answer, as they are registered. */
    public Set<String> mappings() {
        return context.getServletContext().getServletRegistrations().values().stream()
                .flatMap(servlet -> servlet.getMappings().stream())
                .collect(Collectors.toSet());
    }

    public int port() {
        return connector.getLocalPort();
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("Jetty did not stop", e);
        }
    }
}
