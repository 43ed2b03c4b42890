package hooklatch.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A real Redis on 127.0.0.1, without a password.
 *
 * <p>It writes its data into its directory when it stops, and reads it at the next start there. Thread-safe.
 */
public final class RedisServer implements AutoCloseable {

    /** How many numbered databases there are. */
    public static final int DATABASES = 256;

    private static final String NAME = "Redis";

    private final int port;
    private final ServerProcess process;

    private RedisServer(int port, ServerProcess process) {
        this.port = port;
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
        ServerProcess process =
                ServerProcess.start("Redis", port, command, Map.of(), directory, handle -> serves(port, handle));
        return new RedisServer(port, process);
    }

    /** Another server on the same port would answer too, but not with the number of our process. */
    private static boolean serves(int port, ProcessHandle process) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            socket.setSoTimeout(1000);
            socket.getOutputStream().write("INFO server\r\nQUIT\r\n".getBytes(US_ASCII));
            BufferedReader answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
            return answer.lines().anyMatch(("process_id:" + process.pid())::equals);
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
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

    /** Stops the server in an orderly way and waits until it has ended; its data stays. */
    @Override
    public void close() {
        process.close();
    }
}
