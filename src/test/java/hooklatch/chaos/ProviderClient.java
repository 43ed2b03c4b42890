package hooklatch.chaos;

import static org.awaitility.Awaitility.await;

import hooklatch.testing.RawHttp;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Sends as payment providers do: each delivery again with growing pauses until it is answered 2xx, round robin over the
 * nodes, whichever of them live; signed afresh each time. Thread-safe.
 */
final class ProviderClient implements AutoCloseable {

    /** Connections to one node at a time: one that hangs keeps these, and no others, waiting. */
    private static final int PER_NODE = 24;

    private static final Duration MOMENT = Duration.ofMillis(10);
    private static final Duration GIVES_UP_AFTER = Duration.ofSeconds(10);
    private static final String DID_IT = "{\"processed\":true,";
    private static final long FIRST_PAUSE_MS = 300;
    private static final long LONGEST_PAUSE_MS = 3_000;

    /**
     * What is left to send. One chain is one delivery with its repetitions.
     *
     * @param to the node that gets the next attempt; null = whoever's turn it is
     */
    private record Chain(
            ToldEvent event,
            int attempt,
            Duration clockStep,
            @Nullable Node to,
            long dueNanos) implements Delayed {
        Chain in(Duration time) {
            return new Chain(event, attempt, clockStep, to, System.nanoTime() + time.toNanos());
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(dueNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
        }
    }

    private final List<Node> nodes;
    private final Map<Node, Semaphore> free = new HashMap<>();
    private final Map<Node, AtomicInteger> outstanding = new HashMap<>();
    private final DelayQueue<Chain> queue = new DelayQueue<>();
    private final Queue<Delivery> deliveries = new ConcurrentLinkedQueue<>();
    private final Queue<String> surprises = new ConcurrentLinkedQueue<>();
    private final Queue<Throwable> defects = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unanswered = new AtomicInteger();
    private final AtomicInteger turn = new AtomicInteger();
    private final List<Thread> senders = new ArrayList<>();
    private volatile int phase;
    private volatile boolean closed;

    ProviderClient(List<Node> nodes) {
        this.nodes = nodes;
        nodes.forEach(node -> free.put(node, new Semaphore(PER_NODE)));
        nodes.forEach(node -> outstanding.put(node, new AtomicInteger()));
        for (int i = 0; i < PER_NODE * nodes.size(); i++) {
            Thread sender = new Thread(this::send, "provider-" + i);
            sender.setDaemon(true);
            senders.add(sender);
            sender.start();
        }
    }

    /** Which part of the plan deliveries are counted for from now on. */
    void phase(int now) {
        phase = now;
    }

    /**
     * Sends a delivery later, and again until it is answered 2xx.
     *
     * @param clockStep how far the clock is off that signs its first attempt
     */
    void tell(ToldEvent event, Duration after, Duration clockStep) {
        unanswered.incrementAndGet();
        queue.add(new Chain(event, 0, clockStep, null, 0).in(after));
    }

    /** Sends a delivery to each node at the same moment, and each again, to whichever node, until it is answered 2xx. */
    void tellEachNode(ToldEvent event, Duration after) {
        unanswered.addAndGet(nodes.size());
        nodes.forEach(node -> queue.add(new Chain(event, 0, Duration.ZERO, node, 0).in(after)));
    }

    private void send() {
        try {
            while (!closed) {
                Chain chain = queue.take();
                Node node = freeNode(chain.to());
                if (node == null) {
                    queue.add(chain.in(MOMENT));
                } else if (attempt(chain, node)) {
                    unanswered.decrementAndGet();
                } else {
                    long pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << Math.min(chain.attempt(), 10));
                    queue.add(new Chain(chain.event(), chain.attempt() + 1, Duration.ZERO, null, 0)
                            .in(Duration.ofMillis(pause)));
                }
            }
        } catch (InterruptedException e) {
            // Closed.
        } catch (RuntimeException | Error e) {
            defects.add(e);
        }
    }

    /** The next one in turn, or the one that is wanted, that has a connection to spare, which is then taken. */
    private @Nullable Node freeNode(@Nullable Node wanted) {
        if (wanted != null) {
            return connections(wanted).tryAcquire() ? wanted : null;
        }
        int first = turn.getAndIncrement();
        for (int i = 0; i < nodes.size(); i++) {
            Node node = nodes.get(Math.floorMod(first + i, nodes.size()));
            if (connections(node).tryAcquire()) {
                return node;
            }
        }
        return null;
    }

    private Semaphore connections(Node node) {
        return Objects.requireNonNull(free.get(node));
    }

    /** How many deliveries to a node are sent to their last byte and wait for their answer now. */
    int outstanding(Node node) {
        return count(node).get();
    }

    private AtomicInteger count(Node node) {
        return Objects.requireNonNull(outstanding.get(node));
    }

    private boolean attempt(Chain chain, Node node) {
        ToldEvent event = chain.event();
        Map<String, String> headers = event.signedAt(Instant.now().plus(chain.clockStep()));
        int sentIn = phase;
        int before = node.disturbances();
        boolean served = node.serves();
        long lastByteAt = System.nanoTime();
        int status = 0;
        String answered = "";
        try (RawHttp http = new RawHttp(node.port(), GIVES_UP_AFTER)) {
            http.send(head(event, headers));
            http.send(event.body().bytes());
            lastByteAt = System.nanoTime();
            RawHttp.Answer answer = answer(http, node);
            status = answer.status();
            answered = answer.body();
        } catch (IOException e) {
            // No answer: the node is away, its connection was cut, or it took too long.
            status = 0;
        } finally {
            connections(node).release();
        }
        Duration took = Duration.ofNanos(System.nanoTime() - lastByteAt);
        boolean undisturbed = served && node.serves() && node.disturbances() == before;
        Delivery delivery = new Delivery(
                event,
                sentIn,
                node.name(),
                lastByteAt,
                status,
                took,
                undisturbed,
                status == 200 ? resultIn(answered) : "",
                status == 200 && answered.startsWith(DID_IT));
        deliveries.add(delivery);
        if (!isExpected(status, answered, !chain.clockStep().isZero())) {
            surprises.add(
                    event.key() + " signed " + chain.clockStep() + " off was answered " + status + " " + answered);
        }
        return delivery.isDone();
    }

    private RawHttp.Answer answer(RawHttp http, Node node) throws IOException {
        count(node).incrementAndGet();
        try {
            return http.read();
        } finally {
            count(node).decrementAndGet();
        }
    }

    private static String head(ToldEvent event, Map<String, String> headers) {
        StringBuilder head =
                new StringBuilder("POST /webhooks/" + event.provider().word()
                        + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                        + event.body().length() + "\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        return head.append("\r\n").toString();
    }

    /** A clock that is off is refused and nothing else is; only an order that is written later may be unknown. */
    private static boolean isExpected(int status, String answer, boolean clockIsOff) {
        return switch (status) {
            case 0, 503 -> true;
            case 401 -> clockIsOff;
            case 200, 409 -> !clockIsOff;
            case 500 -> !clockIsOff && answer.contains("Order not found");
            default -> false;
        };
    }

    /** The last member of the answer, as the contract writes it. */
    private static String resultIn(String body) {
        for (String member : List.of("\"previous_result\":", "\"result\":")) {
            int at = body.indexOf(member);
            if (at >= 0) {
                return body.substring(at + member.length(), body.length() - 1);
            }
        }
        return "";
    }

    int unanswered() {
        return unanswered.get();
    }

    /** Waits until every delivery has been answered 2xx. */
    void awaitAllAnswered(Duration atMost) {
        await("all deliveries are answered 2xx")
                .atMost(atMost)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> unanswered.get() == 0 || !defects.isEmpty());
        requireSound();
    }

    private void requireSound() {
        @Nullable Throwable defect = defects.peek();
        if (defect != null) {
            throw new IllegalStateException("the provider has a defect", defect);
        }
    }

    List<Delivery> deliveries() {
        requireSound();
        return List.copyOf(deliveries);
    }

    /** Answers that nothing explains that was done to the nodes. */
    List<String> surprises() {
        return List.copyOf(surprises);
    }

    /** Sends nothing any more. */
    @Override
    public void close() {
        closed = true;
        senders.forEach(Thread::interrupt);
        queue.clear();
    }
}
