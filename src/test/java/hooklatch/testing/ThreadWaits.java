package hooklatch.testing;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How often a thread that is started now begins to wait: one that nobody wakes has begun once. Others of the same name, from
 * before, do not count.
 */
public final class ThreadWaits {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final String name;
    private final Set<Long> before;

    private ThreadWaits(String name) {
        this.name = name;
        this.before = infos().map(ThreadInfo::getThreadId).collect(Collectors.toSet());
    }

    /** To be called before the thread is started. */
    public static ThreadWaits ofNext(String name) {
        return new ThreadWaits(name);
    }

    /** 0 until there is such a thread. */
    public long count() {
        return infos().filter(info -> !before.contains(info.getThreadId()))
                .mapToLong(ThreadInfo::getWaitedCount)
                .sum();
    }

    private Stream<ThreadInfo> infos() {
        return Arrays.stream(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
                .filter(Objects::nonNull)
                .filter(info -> info.getThreadName().equals(name));
    }
}
