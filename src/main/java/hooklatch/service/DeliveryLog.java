package hooklatch.service;

import hooklatch.dao.Database;
import hooklatch.dao.DeliveryDao;
import hooklatch.dao.StorageException;
import hooklatch.domain.Deadline;
import hooklatch.domain.Delivery;
import hooklatch.domain.Rejection;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    private static final int BATCH = 500;
    private static final Duration LONGEST_FLUSH = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration IDLE = Duration.ofMillis(200);
    /** Of a flood of rejections this many a second are kept; all are counted by a metric. */
    private static final int REJECTIONS_PER_SECOND = 50;

    private final Database database;
    private final BooleanSupplier schemaIsThere;
    private final String node;
    private final DeliveryDao dao = new DeliveryDao();
    private final BlockingQueue<Object> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong rejectionSecond = new AtomicLong();
    private final AtomicLong rejectionsInSecond = new AtomicLong();
    private final Counter dropped;
    private final Thread writer;
    private final CountDownLatch closing = new CountDownLatch(1);

    /**
     * Starts the writer.
     *
     * @param schemaIsThere until then nothing is written, as when MySQL is away
     * @param node name of this node, as shown to people
     */
    public DeliveryLog(Database database, BooleanSupplier schemaIsThere, String node, MeterRegistry registry) {
        this.database = database;
        this.schemaIsThere = schemaIsThere;
        this.node = node;
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

    /** Notes a refused delivery; returns at once. */
    public void add(Rejection rejection) {
        if (isWithinRate(rejection)) {
            offer(rejection);
        }
    }

    private boolean isWithinRate(Rejection rejection) {
        long second = rejection.receivedAt().getEpochSecond();
        if (rejectionSecond.getAndSet(second) != second) {
            rejectionsInSecond.set(0);
        }
        return rejectionsInSecond.incrementAndGet() <= REJECTIONS_PER_SECOND;
    }

    private void offer(Object entry) {
        if (!queue.offer(entry)) {
            dropped.increment();
        }
    }

    private void writeUntilClosed() {
        List<Object> batch = new ArrayList<>(BATCH);
        try {
            while (closing.getCount() > 0 || !queue.isEmpty()) {
                Object first = queue.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS);
                if (first != null) {
                    batch.add(first);
                    queue.drainTo(batch, BATCH - 1);
                    writeWhole(batch);
                    batch.clear();
                }
            }
        } catch (InterruptedException e) {
            // Only close() interrupts, when flushing takes too long: the rest is lost.
            dropped.increment(batch.size() + queue.size());
        }
    }

    /** Tries again while MySQL is away: what comes meanwhile waits in the queue, as long as there is room. */
    private void writeWhole(List<Object> batch) throws InterruptedException {
        List<Delivery> deliveries = ofKind(batch, Delivery.class);
        List<Rejection> rejections = ofKind(batch, Rejection.class);
        while (!schemaIsThere.getAsBoolean() || !written(deliveries, rejections)) {
            if (closing.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                dropped.increment(batch.size());
                log.warn("{} rows of the delivery log are lost: MySQL is away", batch.size() + queue.size());
                return;
            }
        }
    }

    /** False when MySQL is away. */
    private boolean written(List<Delivery> deliveries, List<Rejection> rejections) {
        try {
            return database.inTransaction(Deadline.in(LONGEST_FLUSH), handle -> {
                dao.addDeliveries(handle, deliveries, node);
                dao.addRejections(handle, rejections, node);
                return true;
            });
        } catch (StorageException e) {
            log.debug("the delivery log waits for MySQL: {}", e.getMessage());
            return false;
        } catch (RuntimeException e) {
            int lost = deliveries.size() + rejections.size();
            dropped.increment(lost);
            log.error("{} rows of the delivery log were not written", lost, e);
            return true;
        }
    }

    private static <T> List<T> ofKind(List<Object> batch, Class<T> kind) {
        return batch.stream().filter(kind::isInstance).map(kind::cast).toList();
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
