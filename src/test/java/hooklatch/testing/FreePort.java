package hooklatch.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** TCP ports of 127.0.0.1 that nobody listens on at the moment. */
public final class FreePort {

    private FreePort() {}

    /** Some port; another process may take it before the caller does. */
    public static int find() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Checks that a server could listen on the port.
     *
     * @param who begins the message, for example {@code Redis}
     * @param advice ends the message
     * @throws ServerStartException when it could not, as when another process does
     */
    public static void require(int port, String who, String advice) {
        try (ServerSocket probe = new ServerSocket()) {
            // A connection of an earlier server in TIME_WAIT is no reason to refuse.
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new ServerStartException(
                    who + " cannot listen on 127.0.0.1:" + port + ": " + e.getMessage() + ". " + advice, e);
        }
    }
}
