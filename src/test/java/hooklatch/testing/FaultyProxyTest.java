package hooklatch.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FaultyProxyTest {

    private static final int PATIENCE_MS = 5_000;
    private static final int MOMENT_MS = 150;

    private final CopyOnWriteArrayList<String> seen = new CopyOnWriteArrayList<>();
    private ServerSocket server;
    private FaultyProxy proxy;

    /** Passes everything but the word that it is to stop at. */
    private final class Listening implements FaultyProxy.Tap {
        @Override
        public boolean toServer(byte[] bytes, int length) {
            String text = new String(bytes, 0, length, US_ASCII);
            seen.add(text);
            return !text.contains("never");
        }

        @Override
        public boolean toClient(byte[] bytes, int length) {
            return true;
        }
    }

    @BeforeEach
    void start() throws IOException {
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        proxy = FaultyProxy.start(server.getLocalPort(), Listening::new);
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        server.close();
    }

    /** A client's and its server's end of one connection through the proxy. */
    private record Pair(Socket client, Socket served) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            client.close();
            served.close();
        }
    }

    private Pair connect() throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        Socket served = server.accept();
        client.setSoTimeout(PATIENCE_MS);
        served.setSoTimeout(PATIENCE_MS);
        return new Pair(client, served);
    }

    private static void say(Socket from, String word) throws IOException {
        from.getOutputStream().write(word.getBytes(US_ASCII));
    }

    private static String hear(Socket at, int length) throws IOException {
        byte[] bytes = at.getInputStream().readNBytes(length);
        return new String(Arrays.copyOf(bytes, bytes.length), US_ASCII);
    }

    @Test
    void passesBothWaysAndTheEnd() throws IOException {
        try (Pair pair = connect()) {
            say(pair.client, "hello");
            assertThat(hear(pair.served, 5)).isEqualTo("hello");
            say(pair.served, "good day");
            assertThat(hear(pair.client, 8)).isEqualTo("good day");
            pair.client.shutdownOutput();
            assertThat(pair.served.getInputStream().read()).isEqualTo(-1);
            say(pair.served, "bye");
            pair.served.close();
            assertThat(hear(pair.client, 100)).isEqualTo("bye");
            assertThat(seen).containsExactly("hello");
            assertThat(proxy.harm().isNone()).as("passing on is no harm").isTrue();
        }
    }

    @Test
    void holdsUntilItPasses() throws IOException {
        try (Pair pair = connect()) {
            proxy.hold();
            say(pair.client, "late");
            pair.served.setSoTimeout(MOMENT_MS);
            assertThatThrownBy(() -> hear(pair.served, 4)).isInstanceOf(SocketTimeoutException.class);
            pair.served.setSoTimeout(PATIENCE_MS);
            FaultyProxy.Harm held = proxy.harm();
            assertThat(held).isEqualTo(new FaultyProxy.Harm(1, 0, 0, 0));
            proxy.pass();
            assertThat(hear(pair.served, 4)).isEqualTo("late");
            say(pair.client, "soon");
            assertThat(hear(pair.served, 4)).isEqualTo("soon");
            assertThat(proxy.harm().since(held).isNone()).isTrue();
        }
    }

    @Test
    void delaysEachPiece() throws IOException {
        try (Pair pair = connect()) {
            proxy.delay(Duration.ofMillis(MOMENT_MS));
            long before = System.nanoTime();
            say(pair.client, "slow");
            assertThat(hear(pair.served, 4)).isEqualTo("slow");
            assertThat(Duration.ofNanos(System.nanoTime() - before))
                    .isGreaterThanOrEqualTo(Duration.ofMillis(MOMENT_MS));
            assertThat(proxy.harm()).isEqualTo(new FaultyProxy.Harm(0, 1, 0, 0));
        }
    }

    @Test
    void whatIsDelayedAndThenPassedDoesNotCountAsDelayed() throws IOException {
        try (Pair pair = connect()) {
            proxy.delay(Duration.ofMinutes(1));
            say(pair.client, "early");
            proxy.pass();
            assertThat(hear(pair.served, 5)).isEqualTo("early");
            assertThat(proxy.harm().isNone()).isTrue();
        }
    }

    @Test
    void cutsWhatIsThereAndRefusesWhatComes() throws IOException {
        try (Pair pair = connect()) {
            proxy.refuse();
            assertThatThrownBy(() -> hear(pair.client, 1)).isInstanceOf(IOException.class);
            try (Socket refused = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
                refused.setSoTimeout(PATIENCE_MS);
                assertThatThrownBy(() -> {
                            if (hear(refused, 1).isEmpty()) {
                                throw new IOException("ended");
                            }
                        })
                        .isInstanceOf(IOException.class)
                        .isNotInstanceOf(SocketTimeoutException.class);
            }
        }
        proxy.pass();
        try (Pair pair = connect()) {
            say(pair.client, "again");
            assertThat(hear(pair.served, 5)).isEqualTo("again");
        }
        assertThat(proxy.harm()).isEqualTo(new FaultyProxy.Harm(0, 0, 1, 1));
    }

    @Test
    void whatTheTapStopsNeverArrivesAndBothSidesLearnIt() throws IOException {
        try (Pair pair = connect()) {
            say(pair.client, "never");
            assertThatThrownBy(() -> hear(pair.client, 1))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(SocketTimeoutException.class);
            assertThatThrownBy(() -> hear(pair.served, 1))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(SocketTimeoutException.class);
            assertThat(proxy.harm().isNone()).as("what a tap stops is its own").isTrue();
        }
    }

    @Test
    void aClientOfAServerThatIsAwayIsTurnedAway() throws IOException {
        server.close();
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
            client.setSoTimeout(PATIENCE_MS);
            assertThatThrownBy(() -> {
                        if (hear(client, 1).isEmpty()) {
                            throw new IOException("ended");
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(SocketTimeoutException.class);
        }
    }
}
