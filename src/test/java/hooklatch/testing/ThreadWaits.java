package hooklatch.testing;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Objects;

/** How often threads began to wait: one that nobody wakes has begun once. Thread-safe. */
public final class ThreadWaits {
    private ThreadWaits() {}

    /** Of all threads of that name that live now, together. */
    public static long of(String thread) {
        var threads = ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(Objects::nonNull)
                .filter(info -> info.getThreadName().equals(thread))
                .mapToLong(info -> info.getWaitedCount())
                .sum();
    }
}
