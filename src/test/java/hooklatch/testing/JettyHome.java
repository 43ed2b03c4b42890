package hooklatch.testing;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A Jetty 12.1 with the modules that a WAR with JSPs needs in its ee10 environment. Thread-safe. */
public final class JettyHome implements ServletContainer {

    /** Without {@code graceful} Jetty cuts the connections of what is in work when it stops. */
    private static final String MODULES = "http,graceful,ee10-deploy,ee10-annotations,ee10-jsp";

    /** Date, time, level; continuation lines of a message have no date. A failure to stop shows as a state only. */
    private static final Pattern COMPLAINT =
            Pattern.compile("^\\d{4}-\\d\\d-\\d\\d [0-9:.]+:((WARN|ERROR) *:.*|.*[{]FAILED[}].*)");

    /** The JSP engine misses schemas that Jetty does not ship, and says so with any application. */
    private static final String NOT_ABOUT_US = ":oatud.DigesterFactory:";

    private final URI application;
    private final ContainerProcess process;

    private JettyHome(URI application, ContainerProcess process) {
        this.application = application;
        this.process = process;
    }

    /**
     * Starts a Jetty with the WAR at {@code /}, and returns when both have started.
     *
     * @param name which one, below {@code target/containers}: {@code jetty-12}
     * @param settings environment variables for the application
     * @throws ServerStartException when it cannot start
     */
    public static JettyHome start(String name, Path war, Map<String, String> settings) {
        return start(name, war, settings, Map.of());
    }

    /**
     * The same with other WARs beside it.
     *
     * @param others by the path they are deployed at, without a slash
     */
    public static JettyHome start(String name, Path war, Map<String, String> settings, Map<String, Path> others) {
        String startJar = ContainerProcess.home(name).resolve("start.jar").toString();
        Path base = ContainerProcess.emptyBase(name);
        String java = ContainerProcess.java().toString();
        ContainerProcess.run(
                "add-modules", List.of(java, "-jar", startJar, "--add-modules=" + MODULES), Map.of(), base);
        try {
            Files.copy(war, base.resolve("webapps").resolve("ROOT.war"));
            for (Map.Entry<String, Path> other : others.entrySet()) {
                Files.copy(other.getValue(), base.resolve("webapps").resolve(other.getKey() + ".war"));
            }
        } catch (IOException e) {
            throw new ServerStartException(name + " cannot use " + base + ": " + e, e);
        }
        int port = FreePort.find();
        ContainerProcess process = ContainerProcess.start(
                name,
                port,
                List.of(java, "-jar", startJar, "jetty.http.host=127.0.0.1", "jetty.http.port=" + port),
                settings,
                base);
        return new JettyHome(URI.create("http://127.0.0.1:" + port + "/"), process);
    }

    @Override
    public URI application() {
        return application;
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public boolean isRunning() {
        return process.isRunning();
    }

    /** Sends SIGTERM, as service managers do. */
    @Override
    public void stop() {
        process.terminate();
        process.awaitEnd();
    }

    @Override
    public void terminate() {
        process.terminate();
    }

    @Override
    public void awaitEnd() {
        process.awaitEnd();
    }

    @Override
    public List<String> output() {
        return process.output();
    }

    @Override
    public List<String> complaints() {
        return process.errors().stream()
                .filter(line -> COMPLAINT.matcher(line).matches())
                .filter(line -> !line.contains(NOT_ABOUT_US))
                .toList();
    }

    @Override
    public void close() {
        process.close();
    }
}
