package hooklatch.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A real Redis on 127.0.0.1, without a password unless its settings say {@code --requirepass}.
 *
 * <p>It writes its data into its directory when it stops, and reads it at the next start there. Thread-safe.
 */
public final class RedisServer implements AutoCloseable {

    /** How many numbered databases there are. */
    public static final int DATABASES = 256;

    private static final String NAME = "Redis";

    private final int port;
    private final String password;
    private final ServerProcess process;

    private RedisServer(int port, String password, ServerProcess process) {
        this.port = port;
        this.password = password;
        this.process = process;
    }

    /**
     * Starts a server whose data lives in the directory, and returns when it serves.
     *
     * @param settings further arguments as {@code redis-server} takes them, such as {@code "--save", ""}
     * @throws ServerStartException when it cannot start; the message is fit for a person
     */
    public static RedisServer start(Path directory, int port, String... settings) {
        Path program = ServerPrograms.redis();
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new ServerStartException("Redis cannot use " + directory + ": " + e, e);
        }
        List<String> command = new ArrayList<>(List.of(
                program.toString(),
                "--bind",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--dir",
                directory.toAbsolutePath().toString(),
                "--databases",
                Integer.toString(DATABASES),
                "--daemonize",
                "no"));
        command.addAll(List.of(settings));
        int option = command.indexOf("--requirepass");
        String password = option < 0 ? "" : command.get(option + 1);
        ServerProcess process = ServerProcess.start(
                "Redis", port, command, Map.of(), directory, handle -> serves(port, password, handle));
        return new RedisServer(port, password, process);
    }

    /** Another server on the same port would answer too, but not with the number of our process. */
    static boolean serves(int port, String password, ProcessHandle process) {
        try {
            return RedisInline.ask(port, password, "INFO server")
                    .lines()
                    .anyMatch(("process_id:" + process.pid())::equals);
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    /**
     * Asks it something, past the product's client.
     *
     * @param command as one types it
     * @return the values of the answer, each in a line
     * @throws UncheckedIOException when it does not answer, or with an error
     */
    public String ask(String command) {
        return RedisInline.ask(port, password, command);
    }

    /**
     * Stops the server that was started in the directory by this JVM, in an earlier life of the class, or by one that has
     * ended, if there is one.
     */
    public static void stopEarlier(Path directory) {
        ServerProcess.stopEarlier(NAME, directory);
    }

    /** The port on 127.0.0.1. */
    public int port() {
        return port;
    }

    /** The URL of a numbered database, 0 to {@link #DATABASES} − 1. */
    public String url(int database) {
        return "redis://127.0.0.1:" + port + "/" + database;
    }

    /** The process of the server, for tests that kill or pause it. */
    public ProcessHandle process() {
        return process.handle();
    }

    /** {@code kill -9}; returns when the process is gone. */
    public void kill() {
        process().destroyForcibly();
        process().onExit().join();
    }

    /** Stops the server in an orderly way and waits until it has ended; its data stays. */
    @Override
    public void close() {
        process.close();
    }
}
