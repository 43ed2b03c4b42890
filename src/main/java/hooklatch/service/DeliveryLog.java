package hooklatch.service;

import hooklatch.dao.Database;
import hooklatch.dao.DeliveryDao;
import hooklatch.dao.RollupDao;
import hooklatch.dao.StorageException;
import hooklatch.domain.Attempt;
import hooklatch.domain.Deadline;
import hooklatch.domain.Delivery;
import hooklatch.domain.Rejection;
import hooklatch.domain.RejectionCount;
import hooklatch.domain.Unspoken;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happened, written behind by one thread in batches and never waited for. What a crash can lose is the tail of this
 * log; what a full queue or a MySQL that stays away loses is counted. Nothing else depends on it. Thread-safe.
 */
public final class DeliveryLog implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DeliveryLog.class);
    private static final int CAPACITY = 20_000;
    /** Four statements, by the number of rows that one has at most. */
    private static final int BATCH = 512;

    private static final Duration LONGEST_FLUSH = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration IDLE = Duration.ofMillis(200);
    /**
     * How long the first of a batch waits for others: without it each few deliveries cost a transaction of their own, which
     * makes the events' own commits wait.
     */
    private static final Duration GATHERING = Duration.ofMillis(50);
    /** How often it is said at most that rows are lost. */
    private static final Duration TELL_PAUSE = Duration.ofMinutes(1);

    private final Database database;
    private final BooleanSupplier schemaIsThere;
    private final String node;
    private final DeliveryDao dao = new DeliveryDao();
    private final BlockingQueue<Object> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final RollupDao rollups = new RollupDao();
    private final RejectionSampler sampler;
    private final Counter dropped;
    private final AtomicLong untold = new AtomicLong();
    private long toldAtNanos = System.nanoTime() - TELL_PAUSE.toNanos();
    private final Duration gathering;
    private final Thread writer;
    private final CountDownLatch closing = new CountDownLatch(1);

    /**
     * Starts the writer.
     *
     * @param schemaIsThere until then nothing is written, as when MySQL is away
     * @param node name of this node, as shown to people
     * @param providers names of the providers that are known
     */
    public DeliveryLog(
            Database database,
            BooleanSupplier schemaIsThere,
            String node,
            Set<String> providers,
            MeterRegistry registry) {
        this(database, schemaIsThere, node, providers, registry, GATHERING);
    }

    DeliveryLog(
            Database database,
            BooleanSupplier schemaIsThere,
            String node,
            Set<String> providers,
            MeterRegistry registry,
            Duration gathering) {
        this.gathering = gathering;
        this.database = database;
        this.schemaIsThere = schemaIsThere;
        this.node = node;
        this.sampler = new RejectionSampler(providers);
        this.dropped = Counter.builder("hooklatch.delivery.log.dropped")
                .description("Rows of the delivery log that were not written")
                .register(registry);
        registry.gauge("hooklatch.delivery.log.queue", queue, BlockingQueue::size);
        this.writer = new Thread(this::writeUntilClosed, "hooklatch-delivery-log");
        writer.setDaemon(true);
        writer.start();
    }

    /** Notes a delivery; returns at once. */
    public void add(Delivery delivery) {
        offer(delivery);
    }

    /** Notes an attempt that no delivery made; returns at once. */
    public void add(Attempt attempt) {
        offer(attempt);
    }

    /**
     * Notes a refused delivery; returns at once.
     *
     * @return whether by itself, or only as one of a number
     */
    public boolean add(Rejection rejection) {
        boolean admitted = sampler.admit(rejection);
        if (admitted) {
            offer(rejection);
        }
        return admitted;
    }

    private void offer(Object entry) {
        if (!queue.offer(entry)) {
            dropped.increment();
            untold.incrementAndGet();
        }
    }

    /** What is written in one transaction. */
    private record Batch(
            List<Delivery> deliveries,
            List<Attempt> attempts,
            List<Rejection> rejections,
            List<RejectionCount> counts) {
        static Batch of(List<Object> entries, List<RejectionCount> counts) {
            return new Batch(
                    ofKind(entries, Delivery.class),
                    ofKind(entries, Attempt.class),
                    ofKind(entries, Rejection.class),
                    counts);
        }

        boolean isEmpty() {
            return rows() == 0 && counts.isEmpty();
        }

        int rows() {
            return deliveries.size() + attempts.size() + rejections.size();
        }
    }

    private void writeUntilClosed() {
        List<Object> entries = new ArrayList<>(BATCH);
        try {
            while (closing.getCount() > 0 || !queue.isEmpty()) {
                Object first = queue.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS);
                if (first != null) {
                    entries.add(first);
                    gather();
                    queue.drainTo(entries, BATCH - 1);
                }
                writeWhole(Batch.of(entries, sampler.drain()));
                entries.clear();
                tellWhatWasLost();
            }
            writeWhole(Batch.of(entries, sampler.drain()));
        } catch (InterruptedException e) {
            // Only close() interrupts, when flushing takes too long: the rest is lost.
            dropped.increment(entries.size() + queue.size());
        }
    }

    /** Waits for a batch to fill, for a while; whoever closes is not kept waiting. */
    private void gather() throws InterruptedException {
        if (queue.size() < BATCH) {
            closing.await(gathering.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Tries again while MySQL is away: what comes meanwhile waits in the queue, as long as there is room. */
    private void writeWhole(Batch batch) throws InterruptedException {
        while (!batch.isEmpty() && (!schemaIsThere.getAsBoolean() || !written(batch))) {
            if (closing.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                dropped.increment(batch.rows());
                log.warn("{} rows of the delivery log are lost: MySQL is away", batch.rows() + queue.size());
                return;
            }
            tellWhatWasLost();
        }
    }

    private void tellWhatWasLost() {
        if (untold.get() > 0 && System.nanoTime() - toldAtNanos > TELL_PAUSE.toNanos()) {
            toldAtNanos = System.nanoTime();
            log.warn(
                    "{} rows of the delivery log are lost: {} wait for MySQL already; no event is affected",
                    untold.getAndSet(0),
                    CAPACITY);
        }
    }

    /** False when MySQL is away. The sums are written last: other nodes wait for their rows. */
    private boolean written(Batch batch) {
        try {
            return database.inTransaction(Deadline.in(LONGEST_FLUSH), handle -> {
                dao.addDeliveries(handle, batch.deliveries(), node);
                dao.addAttempts(handle, batch.attempts(), node);
                dao.addRejections(handle, batch.rejections(), node);
                rollups.add(handle, batch.deliveries());
                rollups.addRejections(handle, batch.counts());
                return true;
            });
        } catch (StorageException e) {
            if (e.kind() == StorageException.Kind.OUTCOME_UNKNOWN) {
                // Rows may be lost, but are never written twice: sums and repeats would be wrong.
                log.warn("{} rows of the delivery log may be lost: MySQL left a COMMIT unanswered", batch.rows());
                return true;
            }
            log.debug("the delivery log waits for MySQL: {}", e.getMessage());
            return false;
        } catch (RuntimeException | Error e) {
            // Whatever it is: the thread that writes the rows after these must not end.
            dropped.increment(batch.rows());
            log.error("{} rows of the delivery log were not written", batch.rows(), new Unspoken(e));
            return true;
        }
    }

    private static <T> List<T> ofKind(List<Object> entries, Class<T> kind) {
        return entries.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** Writes what is queued, for five seconds at most. */
    @Override
    public void close() {
        closing.countDown();
        try {
            writer.join(LONGEST_FLUSH.toMillis());
            if (writer.isAlive()) {
                writer.interrupt();
                writer.join(TimeUnit.SECONDS.toMillis(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
