package hooklatch.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/** Work done by a number of threads at once, each with its next piece as soon as it is done with the last. */
final class Load {
    private Load() {}

    /** One thread's worker: it has what it needs for all its pieces, such as a connection. */
    interface Worker extends AutoCloseable {
        /** Does the n-th piece of all. */
        void run(int piece) throws Exception;

        @Override
        default void close() throws IOException {}
    }

    /** Makes a worker for each thread. */
    @FunctionalInterface
    interface Workers {
        Worker create() throws Exception;
    }

    /** What was measured. */
    static final class Measured {
        private final double seconds;
        private final long[] sortedNanos;

        /**
         * @param seconds from the first piece to the last
         * @param nanos of each piece
         */
        Measured(double seconds, long[] nanos) {
            this.seconds = seconds;
            this.sortedNanos = nanos.clone();
            Arrays.sort(sortedNanos);
        }

        double seconds() {
            return seconds;
        }

        /** How long a piece took at most, of the given share of all. */
        double millis(double share) {
            int index = (int) Math.min(sortedNanos.length - 1L, (long) (sortedNanos.length * share));
            return sortedNanos[index] / 1e6;
        }
    }

    /** Of a few figures, in any order. */
    static double median(double[] figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    /** Runs all pieces. */
    static Measured run(int threads, int pieces, Workers workers) throws Exception {
        return run(threads, pieces, 0, workers);
    }

    /**
     * Begins so many pieces a second, whatever became of those before. How long one took counts from when it should have
     * begun: one that waits for a free thread is as late for its client as one that the server keeps waiting.
     *
     * @param threads more than pieces that are under way at once
     */
    static Measured paced(int threads, int pieces, int perSecond, Workers workers) throws Exception {
        return run(threads, pieces, perSecond, workers);
    }

    private static Measured run(int threads, int pieces, int perSecond, Workers workers) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Worker> created = new ArrayList<>();
        try {
            for (int i = 0; i < threads; i++) {
                created.add(workers.create());
            }
            AtomicInteger next = new AtomicInteger();
            AtomicLong firstDue = new AtomicLong();
            long[] nanos = new long[pieces];
            CyclicBarrier start = new CyclicBarrier(threads + 1);
            List<Future<?>> running = new ArrayList<>();
            for (Worker worker : created) {
                running.add(pool.submit(() -> {
                    start.await();
                    for (int piece = next.getAndIncrement(); piece < pieces; piece = next.getAndIncrement()) {
                        long begun = perSecond == 0
                                ? System.nanoTime()
                                : waitUntil(firstDue.get() + piece * 1_000_000_000L / perSecond);
                        worker.run(piece);
                        nanos[piece] = System.nanoTime() - begun;
                    }
                    return null;
                }));
            }
            firstDue.set(System.nanoTime() + 10_000_000);
            start.await();
            long begun = System.nanoTime();
            for (Future<?> one : running) {
                one.get();
            }
            double seconds = (System.nanoTime() - begun) / 1e9;
            return new Measured(seconds, nanos);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the load failed", e.getCause());
        } finally {
            for (Worker worker : created) {
                worker.close();
            }
            pool.shutdownNow();
        }
    }

    private static long waitUntil(long nanos) {
        for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        return nanos;
    }

    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;

    /** Sends requests and demands that each is answered 200. */
    static Workers http(int port, IntFunction<byte[]> requests) {
        return http(port, requests, 0);
    }

    /** The same for a server that is not warm yet: what it is too busy for is sent again. */
    static Workers patientHttp(int port, IntFunction<byte[]> requests) {
        return http(port, requests, 100);
    }

    private static Workers http(int port, IntFunction<byte[]> requests, int again) {
        return () -> new Worker() {
            private final BenchConnection connection = new BenchConnection(port);

            @Override
            public void run(int piece) throws IOException {
                byte[] request = requests.apply(piece);
                int answered = connection.exchange(request);
                for (int i = 0; i < again && answered == UNAVAILABLE; i++) {
                    answered = connection.exchange(request);
                }
                if (answered != OK) {
                    throw new IllegalStateException("request " + piece + " was answered " + answered);
                }
            }

            @Override
            public void close() throws IOException {
                connection.close();
            }
        };
    }
}
