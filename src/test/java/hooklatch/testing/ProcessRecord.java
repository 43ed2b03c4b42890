package hooklatch.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * A file that says which server process was started by which parent, so that a server whose parent was killed can be
 * found and stopped later.
 *
 * <p>Process numbers are used again: a process counts as the recorded one only with the same start time and program.
 */
final class ProcessRecord {

    /** Start times are computed from the time of the boot, which the kernel corrects now and then. */
    private static final Duration START_TIME_TOLERANCE = Duration.ofSeconds(2);

    private static final String SUFFIX = ".process";

    private final Path file;

    private ProcessRecord(Path file) {
        this.file = file;
    }

    /** The record of the named server in the directory where its data is; there need not be one yet. */
    static ProcessRecord of(Path directory, String name) {
        return new ProcessRecord(directory.resolve(name + SUFFIX));
    }

    /** Records the process with the current one as its parent. */
    void write(ProcessHandle process) throws IOException {
        write(process, ProcessHandle.current());
    }

    void write(ProcessHandle process, ProcessHandle parent) throws IOException {
        Properties properties = new Properties();
        put(properties, "server", process);
        put(properties, "parent", parent);
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        try (Writer writer = Files.newBufferedWriter(partial, UTF_8)) {
            properties.store(writer, null);
        }
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    void delete() throws IOException {
        Files.deleteIfExists(file);
    }

    /** The recorded server, if it still runs. */
    Optional<ProcessHandle> runningServer() throws IOException {
        return running("server");
    }

    /** The process that started the recorded server, if it still runs. */
    Optional<ProcessHandle> runningParent() throws IOException {
        return running("parent");
    }

    /**
     * Stops the recorded server when nobody owns it any more.
     *
     * @return the server that was stopped
     * @throws ServerStartException when the server runs and the process that started it does, too
     */
    Optional<ProcessHandle> stopAbandoned(Duration within) throws IOException {
        Optional<ProcessHandle> server = runningServer();
        if (server.isPresent()) {
            Optional<ProcessHandle> parent = runningParent();
            if (parent.isPresent()) {
                throw new ServerStartException("The directory " + file.getParent() + " is in use by process "
                        + server.get().pid() + ", which process "
                        + parent.get().pid() + " started: stop that one first");
            }
            ServerProcess.stop(server.get(), within);
        }
        delete();
        return server;
    }

    /** Does the same for every record in the directory, if there is one. */
    static void stopAbandonedIn(Path directory, Duration within) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        List<Path> records;
        try (Stream<Path> entries = Files.list(directory)) {
            records = entries.filter(entry -> entry.toString().endsWith(SUFFIX)).toList();
        }
        for (Path file : records) {
            new ProcessRecord(file).stopAbandoned(within);
        }
    }

    private Optional<ProcessHandle> running(String role) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, UTF_8)) {
            properties.load(reader);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        try {
            long pid = Long.parseLong(properties.getProperty(role + ".pid", ""));
            Instant started = Instant.parse(properties.getProperty(role + ".started", ""));
            String command = properties.getProperty(role + ".command", "");
            return ProcessHandle.of(pid)
                    .filter(ProcessHandle::isAlive)
                    .filter(process -> command.equals(command(process)))
                    .filter(process ->
                            Duration.between(started, started(process)).abs().compareTo(START_TIME_TOLERANCE) <= 0);
        } catch (NumberFormatException | DateTimeParseException e) {
            throw new IOException("The file " + file + " is damaged: delete it, and stop the server it spoke of", e);
        }
    }

    private static void put(Properties properties, String role, ProcessHandle process) {
        properties.setProperty(role + ".pid", Long.toString(process.pid()));
        properties.setProperty(role + ".started", started(process).toString());
        properties.setProperty(role + ".command", command(process));
    }

    private static Instant started(ProcessHandle process) {
        return process.info().startInstant().orElse(Instant.EPOCH);
    }

    private static String command(ProcessHandle process) {
        return process.info().command().orElse("");
    }
}
