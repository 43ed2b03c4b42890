package hooklatch.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One kept-alive HTTP/1.1 connection for requests that are bytes already. It does as little as a client can, so that what
 * is measured is the server. Not thread-safe.
 */
final class BenchConnection implements AutoCloseable {
    private static final int READ_TIMEOUT_MS = 30_000;
    private static final int BUFFER = 16 * 1024;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] buffer = new byte[BUFFER];
    private int position;
    private int end;

    BenchConnection(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(READ_TIMEOUT_MS);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /**
     * Sends a request, reads the whole answer and passes over its body.
     *
     * @return the status
     */
    int exchange(byte[] request) throws IOException {
        out.write(request);
        return readAnswer();
    }

    private int readAnswer() throws IOException {
        String statusLine = line();
        int status = Integer.parseInt(statusLine.substring(9, 12));
        long length = 0;
        boolean chunked = false;
        for (String header = line(); !header.isEmpty(); header = line()) {
            String lower = header.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length = Long.parseLong(lower.substring(15).trim());
            } else if (lower.startsWith("transfer-encoding:")) {
                chunked = lower.contains("chunked");
            }
        }
        if (chunked) {
            for (long size = chunkSize(); size > 0; size = chunkSize()) {
                skip(size + 2);
            }
            line();
        } else {
            skip(length);
        }
        return status;
    }

    private long chunkSize() throws IOException {
        return Long.parseLong(line().trim(), 16);
    }

    private String line() throws IOException {
        StringBuilder text = null;
        while (true) {
            for (int i = position; i < end; i++) {
                if (buffer[i] == '\n') {
                    int last = i > position && buffer[i - 1] == '\r' ? i - 1 : i;
                    String part = new String(buffer, position, last - position, StandardCharsets.ISO_8859_1);
                    position = i + 1;
                    return text == null ? part : withoutReturn(text.append(part));
                }
            }
            if (end > position) {
                text = text == null ? new StringBuilder() : text;
                text.append(new String(buffer, position, end - position, StandardCharsets.ISO_8859_1));
            }
            fill();
        }
    }

    /** A line that a read has split between its two last characters. */
    private static String withoutReturn(StringBuilder text) {
        int last = text.length() - 1;
        return last >= 0 && text.charAt(last) == '\r' ? text.substring(0, last) : text.toString();
    }

    private void skip(long bytes) throws IOException {
        long left = bytes;
        while (left > 0) {
            if (position == end) {
                fill();
            }
            int taken = (int) Math.min(left, end - position);
            position += taken;
            left -= taken;
        }
    }

    private void fill() throws IOException {
        position = 0;
        end = in.read(buffer);
        if (end < 0) {
            end = 0;
            throw new EOFException("the server closed the connection in the middle of an answer");
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
