package hooklatch.lock;

import hooklatch.domain.EventKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Locks that nobody has and Redis may hold all the same, for a command that got no answer may still be carried out: an
 * acquisition that was given up, even long after Redis answers others again, and a release that never arrived. They are
 * given back as long as Redis can be asked, again and again until no late one can be left. Thread-safe.
 */
final class Leftovers {
    /** More would be a Redis that fails and answers in turn, for long; the leases end the others. */
    static final int MOST = 10_000;

    /** As it stands in Redis, for this client. */
    record Leftover(EventKey key, long threadId) {}

    /** The value is when it was first given back; what was sent before that arrives at most a lease later. */
    private final ConcurrentMap<Leftover, Since> all = new ConcurrentHashMap<>();

    private final Clock clock;
    private final Duration lease;

    private record Since(@Nullable Instant givenBack) {}

    Leftovers(Clock clock, Duration lease) {
        this.clock = clock;
        this.lease = lease;
    }

    /** A command about the lock got no answer. */
    void note(EventKey key, long threadId) {
        if (all.size() < MOST) {
            all.put(new Leftover(key, threadId), new Since(null));
        }
    }

    /**
     * What is to be given back now, when Redis answers.
     *
     * @param isInUse the lock is held or asked for by this thread again: giving it back would take it away
     */
    Set<Leftover> due(Predicate<Leftover> isInUse) {
        if (all.isEmpty()) {
            return Set.of();
        }
        Instant now = clock.instant();
        all.replaceAll((leftover, since) -> since.givenBack() == null ? new Since(now) : since);
        all.values()
                .removeIf(since -> since.givenBack() != null
                        && since.givenBack().plus(lease).isBefore(now));
        Set<Leftover> due = ConcurrentHashMap.newKeySet();
        all.keySet().stream().filter(leftover -> !isInUse.test(leftover)).forEach(due::add);
        return due;
    }

    int count() {
        return all.size();
    }
}
