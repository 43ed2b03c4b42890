package hooklatch.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the application and a server on 127.0.0.1, and passes on, holds back, delays or refuses. What is held back
 * arrives late, once it passes again, as a network repeats what it lost. Thread-safe.
 */
public final class TcpProxy implements AutoCloseable {
    private static final int BACKLOG = 500;

    private final int port;
    private final int serverPort;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private @Nullable ServerSocket listener;
    private boolean holds;
    private Duration delay = Duration.ZERO;
    private @Nullable String holdAfter;

    private TcpProxy(int port, int serverPort) {
        this.port = port;
        this.serverPort = serverPort;
    }

    /** Starts to pass on to the port. */
    public static TcpProxy to(int serverPort) {
        TcpProxy proxy = new TcpProxy(FreePort.find(), serverPort);
        proxy.pass();
        return proxy;
    }

    public int port() {
        return port;
    }

    /** Passes on everything, and what was held back before. */
    public synchronized void pass() {
        holds = false;
        holdAfter = null;
        delay = Duration.ZERO;
        notifyAll();
        if (listener == null) {
            listener = listen();
        }
    }

    /** A black hole: connections are accepted and stay open, but nothing arrives any more, in either direction. */
    public synchronized void hold() {
        holds = true;
    }

    /** A black hole from the moment on that a client has said this; what it said still arrives. */
    public synchronized void holdAfter(String said) {
        holdAfter = said.toLowerCase(Locale.ROOT);
    }

    /** Whether it holds back now. */
    public synchronized boolean isHolding() {
        return holds;
    }

    /** Each answer of the server comes so much later. */
    public synchronized void delayAnswers(Duration by) {
        delay = by;
    }

    /** Nobody listens, and what was connected is cut. */
    public synchronized void refuse() {
        closeListener();
        open.forEach(TcpProxy::cut);
    }

    @Override
    public void close() {
        refuse();
        pass0();
    }

    private synchronized void pass0() {
        holds = false;
        notifyAll();
    }

    private void closeListener() {
        try {
            if (listener != null) {
                listener.close();
                listener = null;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ServerSocket listen() {
        try {
            ServerSocket made = new ServerSocket();
            made.setReuseAddress(true);
            made.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
            run(() -> accept(made));
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(Runnable task) {
        Thread thread = new Thread(task, "tcp proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept(ServerSocket listening) {
        while (true) {
            try {
                Socket client = listening.accept();
                Socket server = new Socket();
                open.add(client);
                open.add(server);
                run(() -> connect(client, server));
            } catch (IOException e) {
                // Closed: nobody listens any more.
                return;
            }
        }
    }

    private void connect(Socket client, Socket server) {
        try {
            awaitPassing();
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort));
            run(() -> pump(server, client, false));
            pump(client, server, true);
        } catch (IOException | InterruptedException e) {
            cut(client);
            cut(server);
            forget(client, server);
        }
    }

    private void pump(Socket from, Socket to, boolean fromClient) {
        byte[] bytes = new byte[65_536];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
                Duration pause = awaitPassing();
                if (!fromClient && !pause.isZero()) {
                    TimeUnit.NANOSECONDS.sleep(pause.toNanos());
                }
                out.write(bytes, 0, n);
                if (fromClient) {
                    heard(new String(bytes, 0, n, StandardCharsets.ISO_8859_1));
                }
            }
        } catch (IOException | InterruptedException e) {
            // The other side is closed too: what a proxy says about a lost connection.
            return;
        } finally {
            forget(from, to);
        }
    }

    private synchronized void heard(String text) {
        if (holdAfter != null && text.toLowerCase(Locale.ROOT).contains(holdAfter)) {
            holdAfter = null;
            holds = true;
        }
    }

    private synchronized Duration awaitPassing() throws InterruptedException {
        while (holds) {
            wait();
        }
        return delay;
    }

    private void forget(Socket... sockets) {
        for (Socket socket : sockets) {
            open.remove(socket);
        }
    }

    private static void cut(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // It was cut already.
            return;
        }
    }
}
