package hooklatch.fuzz;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A connection that is kept as long as it is good, and opened anew when it is not. Not thread-safe. */
final class Wire implements AutoCloseable {
    private static final int LONGEST_ANSWER = 20_000_000;

    private final int port;
    private final Duration patience;
    private @Nullable Socket socket;
    private @Nullable InputStream in;

    Wire(int port, Duration patience) {
        this.port = port;
        this.patience = patience;
    }

    /**
     * Sends the input and reads its answer.
     *
     * @return null when the connection ended without an answer
     * @throws java.net.SocketTimeoutException when nothing came and the connection stayed open
     */
    @Nullable
    Answer exchange(Input input) throws IOException {
        boolean kept = socket != null;
        Answer answer = exchangeOnce(input);
        // What ended a kept connection may have been the input before: on a new one it is this one's own doing.
        return answer == null && kept && input.due() != Input.Due.NOTHING ? exchangeOnce(input) : answer;
    }

    private @Nullable Answer exchangeOnce(Input input) throws IOException {
        Socket open = open();
        try {
            open.getOutputStream().write(input.bytes());
            if (input.ends()) {
                open.shutdownOutput();
            }
        } catch (SocketException early) {
            // Answered, and left, before it had all: the answer may be there all the same.
        }
        if (input.due() == Input.Due.NOTHING) {
            close();
            return null;
        }
        Answer answer;
        try {
            do {
                answer = read(input.isHead());
            } while (answer.status() < 200);
        } catch (EOFException | SocketException ended) {
            close();
            return null;
        } catch (IOException e) {
            close();
            throw e;
        }
        if (input.ends() || answer.closes()) {
            close();
        }
        return answer;
    }

    private Socket open() throws IOException {
        Socket old = socket;
        if (old != null && !isStale(old)) {
            return old;
        }
        close();
        Socket made = new Socket(InetAddress.getLoopbackAddress(), port);
        made.setTcpNoDelay(true);
        made.setSoTimeout((int) patience.toMillis());
        // Reset, not ended: a million connections must not wait for their ends.
        made.setSoLinger(true, 0);
        socket = made;
        in = new BufferedInputStream(made.getInputStream(), 16_384);
        return made;
    }

    /** The server has said what nobody asked for, or has left: what the input before did belongs to that one alone. */
    private boolean isStale(Socket old) throws IOException {
        return in == null || in.available() > 0 || old.isClosed();
    }

    private Answer read(boolean head) throws IOException {
        InputStream from = in;
        if (from == null) {
            throw new EOFException();
        }
        String start = head(from);
        String[] lines = start.split("\r\n", -1);
        Map<String, String> headers = new HashMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon > 0) {
                headers.put(
                        lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                        lines[i].substring(colon + 1).strip());
            }
        }
        int status = Integer.parseInt(lines[0].split(" ", -1)[1]);
        boolean none = head || status < 200 || status == 204 || status == 304;
        byte[] body;
        if (none) {
            body = new byte[0];
        } else if ("chunked".equals(headers.get("transfer-encoding"))) {
            body = chunks(from);
        } else if (headers.containsKey("content-length")) {
            int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
            body = from.readNBytes(length);
            if (body.length < length) {
                throw new EOFException("the answer ends in its body");
            }
        } else {
            body = from.readNBytes(LONGEST_ANSWER);
            close();
        }
        return new Answer(status, start, headers, new String(body, StandardCharsets.UTF_8));
    }

    private static String head(InputStream from) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream(1024);
        int matched = 0;
        while (matched < 4) {
            int b = from.read();
            if (b < 0) {
                throw new EOFException();
            }
            head.write(b);
            matched = b == "\r\n\r\n".charAt(matched) ? matched + 1 : b == '\r' ? 1 : 0;
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private static byte[] chunks(InputStream from) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            int size = Integer.parseInt(line(from), 16);
            body.writeBytes(from.readNBytes(size));
            line(from);
            if (size == 0) {
                return body.toByteArray();
            }
        }
    }

    private static String line(InputStream from) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = from.read(); b != '\n'; b = from.read()) {
            if (b < 0) {
                throw new EOFException();
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        if (socket != null) {
            socket.close();
        }
        socket = null;
        in = null;
    }
}
