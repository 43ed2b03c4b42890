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

    private final Run run;
    private final ContainerProcess process;

    /** All that it takes to start once more. */
    private record Run(String name, Path home, Path base, int port, Map<String, String> settings) {}

    private JettyHome(Run run, ContainerProcess process) {
        this.run = run;
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
        return start(name, name, war, settings, Map.of());
    }

    /**
     * The same with other WARs beside it.
     *
     * @param others by the path they are deployed at, without a slash
     */
    public static JettyHome start(String name, Path war, Map<String, String> settings, Map<String, Path> others) {
        return start(name, name, war, settings, others);
    }

    /**
     * The same without others, for several containers at a time.
     *
     * @param as a name of its own for this one, and for its directory below {@code target/containers/run}
     */
    public static JettyHome start(String name, String as, Path war, Map<String, String> settings) {
        return start(name, as, war, settings, Map.of());
    }

    private static JettyHome start(
            String name, String as, Path war, Map<String, String> settings, Map<String, Path> others) {
        Path home = ContainerProcess.home(name);
        Path base = ContainerProcess.emptyBase(as);
        ContainerProcess.run(
                "add-modules",
                List.of(ContainerProcess.java().toString(), "-jar", startJar(home), "--add-modules=" + MODULES),
                Map.of(),
                base);
        try {
            Files.copy(war, base.resolve("webapps").resolve("ROOT.war"));
            for (Map.Entry<String, Path> other : others.entrySet()) {
                Files.copy(other.getValue(), base.resolve("webapps").resolve(other.getKey() + ".war"));
            }
            // Where it unpacks the WAR. One that is killed cannot clean up the system's directory.
            Files.createDirectories(base.resolve("work"));
        } catch (IOException e) {
            throw new ServerStartException(as + " cannot use " + base + ": " + e, e);
        }
        return start(new Run(as, home, base, FreePort.find(), settings));
    }

    private static JettyHome start(Run run) {
        ContainerProcess process = ContainerProcess.start(
                run.name(),
                run.port(),
                List.of(
                        ContainerProcess.java().toString(),
                        "-jar",
                        startJar(run.home()),
                        "jetty.http.host=127.0.0.1",
                        "jetty.http.port=" + run.port()),
                run.settings(),
                run.base());
        return new JettyHome(run, process);
    }

    private static String startJar(Path home) {
        return home.resolve("start.jar").toString();
    }

    /**
     * Starts it again after its end, with the same WAR, port and settings.
     *
     * @throws ServerStartException when it cannot start, as while it still runs
     */
    public JettyHome startAgain() {
        return start(run);
    }

    @Override
    public URI application() {
        return URI.create("http://127.0.0.1:" + run.port() + "/");
    }

    @Override
    public long pid() {
        return process.pid();
    }

    /** Names of the threads that live now. */
    public List<String> threads() {
        return process.threads();
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
