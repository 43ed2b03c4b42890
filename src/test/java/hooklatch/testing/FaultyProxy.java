package hooklatch.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Stands between a client and a server on 127.0.0.1 and does to their connections what networks do: delays, cuts, refuses,
 * or holds everything back as if cables were unplugged. What is held arrives late, as a network repeats what it lost.
 * Passes all bytes on unchanged until told otherwise, and counts what it does to them. Thread-safe.
 */
public final class FaultyProxy implements AutoCloseable {

    private static final int CHUNK_BYTES = 65_536;

    /**
     * Sees what passes one connection, before it is passed on. Each direction has a thread of its own; both may call at
     * the same time.
     */
    public interface Tap {

        /** Looks on. */
        Tap BLIND = new Tap() {
            @Override
            public boolean toServer(byte[] bytes, int length) {
                return true;
            }

            @Override
            public boolean toClient(byte[] bytes, int length) {
                return true;
            }
        };

        /**
         * What the client said.
         *
         * @return false when it shall never arrive, and the connection be cut
         */
        boolean toServer(byte[] bytes, int length);

        /** The same of what the server said. */
        boolean toClient(byte[] bytes, int length);
    }

    /**
     * What a proxy has done to connections, which is nothing as long as it only passes on. What a {@link Tap} stops is not
     * counted. Immutable.
     *
     * @param held pieces of a connection that were kept back by {@link #hold}; one piece is what is read at once
     * @param delayed pieces that waited all of their {@link #delay}
     * @param reset connections that were there and were reset by {@link #refuse} or {@link #cut}
     * @param refused connections that came while it refused
     */
    public record Harm(long held, long delayed, long reset, long refused) {

        /** What was done since an earlier look at the same proxy. */
        public Harm since(Harm earlier) {
            return new Harm(
                    held - earlier.held, delayed - earlier.delayed, reset - earlier.reset, refused - earlier.refused);
        }

        public boolean isNone() {
            return held == 0 && delayed == 0 && reset == 0 && refused == 0;
        }
    }

    /** The two halves of one connection. */
    private record Ends(Socket client, Socket server) {}

    private enum Mode {
        PASS,
        DELAY,
        HOLD,
        REFUSE
    }

    private final int serverPort;
    private final Supplier<Tap> taps;
    private final ServerSocket listener;
    private final Set<Ends> open = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "faulty proxy");
        thread.setDaemon(true);
        return thread;
    });

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Mode mode = Mode.PASS;
    private Duration delay = Duration.ZERO;
    private long held;
    private long delayed;
    private long reset;
    private long refused;

    private FaultyProxy(int serverPort, Supplier<Tap> taps, ServerSocket listener) {
        this.serverPort = serverPort;
        this.taps = taps;
        this.listener = listener;
    }

    /**
     * Starts one on a free port.
     *
     * @param serverPort where the server listens, or will, or did
     * @param taps gives each connection its own
     */
    public static FaultyProxy start(int serverPort, Supplier<Tap> taps) {
        try {
            ServerSocket listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
            FaultyProxy proxy = new FaultyProxy(serverPort, taps, listener);
            proxy.threads.execute(proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where clients connect to. */
    public int port() {
        return listener.getLocalPort();
    }

    /** Passes everything on at once; what was held, too. */
    public void pass() {
        become(Mode.PASS, Duration.ZERO);
    }

    /** From now on each piece, in either direction, arrives this much later. */
    public void delay(Duration each) {
        become(Mode.DELAY, each);
    }

    /** From now on connections are accepted and stay open, and nothing arrives until {@link #pass}. */
    public void hold() {
        become(Mode.HOLD, Duration.ZERO);
    }

    /** Resets all connections, and every new one until {@link #pass}. */
    public void refuse() {
        become(Mode.REFUSE, Duration.ZERO);
        cut();
    }

    /** Resets all connections there are now. */
    public void cut() {
        for (Ends ends : List.copyOf(open)) {
            // Taken out first: the threads that pass it on see the reset and would end it too.
            if (open.remove(ends)) {
                count(() -> reset++);
                reset(ends.client());
                reset(ends.server());
            }
        }
    }

    /** What it has done so far. Once {@link #pass} has returned nothing is added until it is told something else. */
    public Harm harm() {
        lock.lock();
        try {
            return new Harm(held, delayed, reset, refused);
        } finally {
            lock.unlock();
        }
    }

    private void count(Runnable one) {
        lock.lock();
        try {
            one.run();
        } finally {
            lock.unlock();
        }
    }

    private void become(Mode next, Duration each) {
        lock.lock();
        try {
            mode = next;
            delay = each;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                threads.execute(() -> connect(client));
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void connect(Socket client) {
        Socket server = new Socket();
        Ends ends = new Ends(client, server);
        open.add(ends);
        try {
            if (refuses()) {
                throw new IOException("refused, as told");
            }
            client.setTcpNoDelay(true);
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort));
            server.setTcpNoDelay(true);
        } catch (IOException e) {
            // Nobody is there: the client learns it from its connection's end.
            end(ends);
            return;
        }
        Tap tap = taps.get();
        threads.execute(() -> pump(server, client, ends, tap::toClient));
        pump(client, server, ends, tap::toServer);
    }

    private boolean refuses() {
        lock.lock();
        try {
            boolean refuses = mode == Mode.REFUSE;
            refused += refuses ? 1 : 0;
            return refuses;
        } finally {
            lock.unlock();
        }
    }

    @FunctionalInterface
    private interface Look {
        boolean passes(byte[] bytes, int length);
    }

    private void pump(Socket from, Socket to, Ends ends, Look look) {
        byte[] chunk = new byte[CHUNK_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
                awaitPassage(1);
                if (!look.passes(chunk, length)) {
                    end(ends);
                    return;
                }
                out.write(chunk, 0, length);
            }
            awaitPassage(0);
            to.shutdownOutput();
            if (from.isOutputShutdown()) {
                // Both have said all they had to say.
                from.close();
                to.close();
                open.remove(ends);
            }
        } catch (IOException e) {
            // One side is gone, or we cut it: the other shall know.
            end(ends);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end(ends);
        }
    }

    /** @param pieces how many are waiting here; the end of a stream is none */
    private void awaitPassage(int pieces) throws InterruptedException {
        lock.lock();
        try {
            held += mode == Mode.HOLD ? pieces : 0;
            while (mode == Mode.HOLD) {
                changed.await();
            }
            long left = delay.toNanos();
            while (left > 0 && mode == Mode.DELAY) {
                left = changed.awaitNanos(left);
            }
            delayed += mode == Mode.DELAY ? pieces : 0;
        } finally {
            lock.unlock();
        }
    }

    private void end(Ends ends) {
        reset(ends.client());
        reset(ends.server());
        open.remove(ends);
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (SocketException e) {
            // Closed by its other pump in the same moment, which is what is wanted.
        }
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Cuts everything and ends its threads. */
    @Override
    public void close() throws IOException {
        listener.close();
        become(Mode.REFUSE, Duration.ZERO);
        cut();
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
                throw new IllegalStateException("threads of a proxy do not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
