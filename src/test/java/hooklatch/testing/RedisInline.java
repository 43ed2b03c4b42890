package hooklatch.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** One command on a connection of its own, typed as one types it into a telnet; without the product's client. */
final class RedisInline {

    private static final int TIMEOUT_MS = 5_000;

    private RedisInline() {}

    /**
     * Asks the server on the port of 127.0.0.1.
     *
     * @return the values of the answer, each in a line
     */
    static String ask(int port, String command) {
        return ask(port, "", command);
    }

    /** @param password empty when there is none */
    static String ask(int port, String password, String command) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MS);
            socket.setSoTimeout(TIMEOUT_MS);
            InputStream answers = new BufferedInputStream(socket.getInputStream());
            if (!password.isEmpty()) {
                socket.getOutputStream().write(("AUTH " + password + "\r\n").getBytes(US_ASCII));
                value(answers);
            }
            socket.getOutputStream().write((command + "\r\n").getBytes(US_ASCII));
            return value(answers).stripTrailing();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String value(InputStream answers) throws IOException {
        String head = line(answers);
        String rest = head.substring(1);
        switch (head.charAt(0)) {
            case '*' -> {
                StringBuilder all = new StringBuilder();
                for (int left = Integer.parseInt(rest); left > 0; left--) {
                    all.append(value(answers));
                }
                return all.toString();
            }
            case '$' -> {
                int length = Integer.parseInt(rest);
                if (length < 0) {
                    return "\n";
                }
                String bulk = new String(answers.readNBytes(length), US_ASCII);
                answers.readNBytes(2);
                return bulk + "\n";
            }
            case '-' -> throw new IOException("Redis answers: " + rest);
            default -> {
                return rest + "\n";
            }
        }
    }

    private static String line(InputStream answers) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int read = answers.read(); read != '\n'; read = answers.read()) {
            if (read < 0) {
                throw new EOFException("Redis closed the connection");
            }
            if (read != '\r') {
                line.append((char) read);
            }
        }
        if (line.isEmpty()) {
            throw new EOFException("an empty answer");
        }
        return line.toString();
    }
}
