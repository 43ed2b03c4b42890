package hooklatch.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The process of a servlet container. It sees no more of our environment than what any shell has, so that what a
 * developer happens to have set changes nothing. Thread-safe.
 */
final class ContainerProcess implements AutoCloseable {

    private static final Duration STARTED_WITHIN = Duration.ofMinutes(2);
    private static final Duration STOPPED_WITHIN = Duration.ofSeconds(30);
    private static final Set<String> INHERITED = Set.of("PATH", "HOME", "TMPDIR", "LANG");

    private final String name;
    private final Path directory;
    private final ProcessRecord record;
    private final Process process;

    private ContainerProcess(String name, Path directory, ProcessRecord record, Process process) {
        this.name = name;
        this.directory = directory;
        this.record = record;
        this.process = process;
    }

    /** The one directory that a container's archive consists of, below {@code target/containers}. */
    static Path home(String name) {
        Path unpacked = BuildDirectory.path().resolve("containers").resolve(name);
        if (!Files.isDirectory(unpacked)) {
            throw new ServerStartException(
                    "There is no " + unpacked + ". The build unpacks the containers: run mvn pre-integration-test");
        }
        try (Stream<Path> entries = Files.list(unpacked)) {
            List<Path> homes = entries.toList();
            if (homes.size() != 1) {
                throw new ServerStartException("Which of " + homes + " is the one to use? Run mvn clean");
            }
            return homes.get(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An empty directory for one run; a container that a killed build left behind there is stopped before. */
    static Path emptyBase(String name) {
        Path base = BuildDirectory.path().resolve("containers").resolve("run").resolve(name);
        try {
            ProcessRecord.stopAbandonedIn(base, STOPPED_WITHIN);
            Directories.delete(base);
            return Files.createDirectories(base);
        } catch (IOException e) {
            throw new ServerStartException(name + " cannot use " + base + ": " + e.getMessage(), e);
        }
    }

    /** The {@code java} of the JDK that runs this. */
    static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    /**
     * Starts the command in the directory and returns when it answers on the port.
     *
     * @throws ServerStartException when the process ends or does not answer within two minutes
     */
    static ContainerProcess start(
            String name, int port, List<String> command, Map<String, String> environment, Path directory) {
        ProcessRecord record = ProcessRecord.of(directory, name);
        Process process;
        try {
            process = builder(command, environment, directory)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            directory.resolve("stdout.log").toFile()))
                    .redirectError(ProcessBuilder.Redirect.appendTo(
                            directory.resolve("stderr.log").toFile()))
                    .start();
        } catch (IOException e) {
            throw new ServerStartException(name + " cannot be started: " + e.getMessage(), e);
        }
        ContainerProcess container = new ContainerProcess(name, directory, record, process);
        try {
            record.write(process.toHandle());
            process.getOutputStream().close();
            container.awaitAnswer(port);
            // A start script has become the JVM by now: without this the record would not be recognised.
            record.write(process.toHandle());
            return container;
        } catch (IOException e) {
            container.close();
            throw new ServerStartException(name + " cannot be started: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            container.close();
            throw e;
        }
    }

    /** Runs a command of the container that ends by itself, such as the one that stops it. */
    static void run(String name, List<String> command, Map<String, String> environment, Path directory) {
        Path log = directory.resolve(name + ".log");
        try {
            Process process = builder(command, environment, directory)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(STARTED_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(name + " does not end:\n" + String.join("\n", lines(log)));
            }
            if (process.exitValue() != 0) {
                throw new IllegalStateException(
                        name + " ended with status " + process.exitValue() + ":\n" + String.join("\n", lines(log)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(name + " was interrupted", e);
        }
    }

    private static ProcessBuilder builder(List<String> command, Map<String, String> environment, Path directory) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().keySet().retainAll(INHERITED);
        builder.environment().putAll(environment);
        return builder;
    }

    private void awaitAnswer(int port) {
        long giveUpAt = System.nanoTime() + STARTED_WITHIN.toNanos();
        HttpClient http = HttpClient.newHttpClient();
        try {
            while (!answers(http, port)) {
                if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
                    throw new ServerStartException(
                            name + " ended at its start with status " + process.exitValue() + ":\n" + everything());
                }
                if (System.nanoTime() - giveUpAt > 0) {
                    throw new ServerStartException(name + " did not answer on 127.0.0.1:" + port + " within "
                            + STARTED_WITHIN.toSeconds() + " s:\n" + everything());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerStartException(name + " was interrupted at its start", e);
        }
    }

    /** Jetty accepts connections long before it answers on them. */
    private static boolean answers(HttpClient http, int port) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                .timeout(Duration.ofSeconds(1))
                .build();
        try {
            http.send(request, HttpResponse.BodyHandlers.discarding());
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isRunning() {
        return process.isAlive();
    }

    /** Sends SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** Waits for the end; when it does not come, says what keeps the process. */
    void awaitEnd() {
        try {
            if (process.waitFor(STOPPED_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
                record.delete();
                return;
            }
            run(
                    "jstack",
                    List.of(java().resolveSibling("jstack").toString(), Long.toString(pid())),
                    Map.of(),
                    directory);
            throw new IllegalStateException(name + " did not end within " + STOPPED_WITHIN.toSeconds() + " s:\n"
                    + everything() + "\n" + String.join("\n", lines(directory.resolve("jstack.log"))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Waiting for the end of " + name + " was interrupted", e);
        }
    }

    /** Collects all garbage in the process and counts the instances of a class that are left. */
    int instances(String className) {
        run(
                "jcmd",
                List.of(java().resolveSibling("jcmd").toString(), Long.toString(pid()), "GC.class_histogram"),
                Map.of(),
                directory);
        // Columns: rank, instances, bytes, class name, and sometimes the module.
        return lines(directory.resolve("jcmd.log")).stream()
                .map(line -> line.trim().split("\\s+"))
                .filter(columns -> columns.length >= 4 && columns[3].equals(className))
                .mapToInt(columns -> Integer.parseInt(columns[1]))
                .sum();
    }

    /** Names of the Java threads that live now. */
    List<String> threads() {
        run(
                "threads",
                List.of(java().resolveSibling("jcmd").toString(), Long.toString(pid()), "Thread.print"),
                Map.of(),
                directory);
        // A thread's lines begin with its name in quotes.
        return lines(directory.resolve("threads.log")).stream()
                .filter(line -> line.startsWith("\"") && line.contains(" prio="))
                .map(line -> line.substring(1, line.lastIndexOf("\" ")))
                .toList();
    }

    List<String> output() {
        return lines(directory.resolve("stdout.log"));
    }

    List<String> errors() {
        return lines(directory.resolve("stderr.log"));
    }

    private String everything() {
        return String.join("\n", output()) + "\n" + String.join("\n", errors());
    }

    static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        ServerProcess.stop(process.toHandle(), Duration.ofSeconds(5));
        try {
            record.delete();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
