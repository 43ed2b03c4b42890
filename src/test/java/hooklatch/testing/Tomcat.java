package hooklatch.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Tomcat with the configuration it is shipped with, except for its ports and for looking every second whether a WAR
 * has come or gone. Its scripts want a Unix shell. Thread-safe.
 */
public final class Tomcat implements ServletContainer {

    /** Level and class follow date, time and zone; continuation lines of a message have no date. */
    private static final Pattern COMPLAINT = Pattern.compile("^\\d\\d-\\S{3,4}-\\d{4} \\S+ (WARNING|SEVERE) .*");

    private final Path base;
    private final Path catalinaScript;
    private final Map<String, String> environment;
    private final URI application;
    private final Path war;
    private final Path deployed;
    private final ContainerProcess process;

    private Tomcat(
            Path base,
            Path catalinaScript,
            Map<String, String> environment,
            URI application,
            Path war,
            Path deployed,
            ContainerProcess process) {
        this.base = base;
        this.catalinaScript = catalinaScript;
        this.environment = environment;
        this.application = application;
        this.war = war;
        this.deployed = deployed;
        this.process = process;
    }

    /**
     * Starts a Tomcat with the WAR under a context path that is the WAR's name, and returns when both have started.
     *
     * @param name which one, below {@code target/containers}: {@code tomcat-10} or {@code tomcat-11}
     * @param settings environment variables for the application
     * @throws ServerStartException when it cannot start
     */
    public static Tomcat start(String name, Path war, Map<String, String> settings) {
        return start(name, war, settings, "");
    }

    /**
     * The same with further attributes of the connector.
     *
     * @param connector as they stand in {@code server.xml}
     */
    public static Tomcat start(String name, Path war, Map<String, String> settings, String connector) {
        Path home = ContainerProcess.home(name);
        Path base = ContainerProcess.emptyBase(name);
        int port = FreePort.find();
        Path deployed;
        try {
            for (String directory : List.of("conf", "logs", "temp", "webapps", "work")) {
                Files.createDirectory(base.resolve(directory));
            }
            try (Stream<Path> files = Files.list(home.resolve("conf"))) {
                for (Path file : files.toList()) {
                    Files.copy(file, base.resolve("conf").resolve(file.getFileName()));
                }
            }
            configure(base.resolve("conf").resolve("server.xml"), port, otherFreePort(port), connector);
            deployed = Files.copy(war, base.resolve("webapps").resolve(war.getFileName()));
        } catch (IOException e) {
            throw new ServerStartException(name + " cannot use " + base + ": " + e, e);
        }
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("CATALINA_HOME", home.toString());
        environment.put("CATALINA_BASE", base.toString());
        // Softly referenced objects may stay for long: without them what stays is a leak.
        environment.put("CATALINA_OPTS", "-Duser.language=en -XX:SoftRefLRUPolicyMSPerMB=0");
        Path script = home.resolve("bin").resolve("catalina.sh");
        ContainerProcess process =
                ContainerProcess.start(name, port, List.of("sh", script.toString(), "run"), environment, base);
        String contextPath = war.getFileName().toString().replaceFirst("\\.war$", "");
        return new Tomcat(
                base,
                script,
                Map.copyOf(environment),
                URI.create("http://127.0.0.1:" + port + "/" + contextPath + "/"),
                war,
                deployed,
                process);
    }

    /** Asked twice, the system may well give the same port twice. */
    private static int otherFreePort(int port) {
        int other = FreePort.find();
        while (other == port) {
            other = FreePort.find();
        }
        return other;
    }

    private static void configure(Path serverXml, int port, int shutdownPort, String connector) throws IOException {
        String xml = Files.readString(serverXml, UTF_8);
        xml = replaceOnce(xml, "<Server port=\"8005\"", "<Server port=\"" + shutdownPort + "\"");
        xml = replaceOnce(
                xml,
                "    <Connector port=\"8080\"",
                "    <Connector address=\"127.0.0.1\" " + connector + " port=\"" + port + "\"");
        xml = replaceOnce(
                xml,
                "    <Engine name=\"Catalina\" defaultHost=\"localhost\">",
                "    <Engine name=\"Catalina\" defaultHost=\"localhost\" backgroundProcessorDelay=\"1\">");
        Files.writeString(serverXml, xml, UTF_8);
    }

    private static String replaceOnce(String text, String from, String to) {
        int at = text.indexOf(from);
        if (at < 0 || text.indexOf(from, at + 1) >= 0) {
            throw new ServerStartException("Tomcat's server.xml does not hold exactly one " + from);
        }
        return text.substring(0, at) + to + text.substring(at + from.length());
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

    /** Takes the WAR away from the running Tomcat, and returns when its application is gone. */
    public void undeploy() {
        try {
            Files.delete(deployed);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // Tomcat deletes the directory last.
        Path directory =
                deployed.resolveSibling(deployed.getFileName().toString().replaceFirst("\\.war$", ""));
        await("Tomcat has undeployed " + deployed.getFileName())
                .atMost(Duration.ofSeconds(60))
                .until(() -> Files.notExists(directory));
    }

    /** Gives the running Tomcat its WAR again; the application will be there within seconds. */
    public void redeploy() {
        try {
            // By a rename, so that Tomcat never sees half a WAR.
            Path copy = Files.copy(war, base.resolve("temp").resolve("next.war"));
            Files.move(copy, deployed, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many class loaders of web applications survive a garbage collection, whether their application runs or not. */
    public int applicationClassLoaders() {
        return process.instances("org.apache.catalina.loader.ParallelWebappClassLoader");
    }

    /** Runs {@code catalina.sh stop}. */
    @Override
    public void stop() {
        ContainerProcess.run("catalina-stop", List.of("sh", catalinaScript.toString(), "stop"), environment, base);
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

    /** What Tomcat itself logged, from its log files and its console, each line once. */
    public List<String> log() {
        Set<String> lines = new LinkedHashSet<>(process.errors());
        try (Stream<Path> logs = Files.list(base.resolve("logs"))) {
            logs.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .forEach(file -> lines.addAll(ContainerProcess.lines(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new ArrayList<>(lines);
    }

    @Override
    public List<String> complaints() {
        return log().stream().filter(line -> COMPLAINT.matcher(line).matches()).toList();
    }

    @Override
    public void close() {
        process.close();
    }
}
