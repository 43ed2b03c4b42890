package hooklatch.service.replay;

import hooklatch.dao.Database;
import hooklatch.dao.FailureDao;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * What has failed, by cause. It costs by the number of causes and not of events: counts are capped, and what is told of
 * providers, types and attempts is told of the newest events of each cause. Thread-safe.
 */
public final class Failures {
    /** Counts above are told as "1,000+". */
    public static final int CAP = 1_000;

    /** Causes that are shown at most. */
    public static final int MOST_CAUSES = 100;

    private static final Duration PATIENCE = Duration.ofSeconds(4);
    private static final int SAMPLE = 50;

    private final Database database;
    private final FailureDao failures = new FailureDao();

    /** @param database the pages' */
    public Failures(Database database) {
        this.database = database;
    }

    /**
     * The events of one cause.
     *
     * @param count at most one more than {@link #CAP}
     * @param firstSeen when the oldest of them was received
     * @param sample the newest of them, the newest first; never empty
     */
    public record Group(String cause, int count, Instant firstSeen, List<FailureDao.Failure> sample) {
        public Group {
            sample = List.copyOf(sample);
        }

        public Instant lastSeen() {
            return sample.get(0).receivedAt();
        }

        public boolean isCapped() {
            return count > CAP;
        }

        /** Whether all events are in the sample, so that what it tells is told of all. */
        public boolean isWhole() {
            return count == sample.size();
        }

        public List<String> providers() {
            return distinct(failure -> failure.key().provider());
        }

        public List<String> types() {
            return distinct(FailureDao.Failure::type);
        }

        private List<String> distinct(Function<FailureDao.Failure, String> name) {
            return sample.stream().map(name).distinct().sorted().toList();
        }

        /** When Hooklatch next tries one of them by itself; null when never again. */
        public @Nullable Instant nextAttempt() {
            return sample.stream()
                    .flatMap(failure -> Optional.ofNullable(failure.nextAttemptAt()).stream())
                    .min(Comparator.naturalOrder())
                    .orElse(null);
        }

        public long deadLettered() {
            return sample.stream()
                    .filter(failure -> failure.status() == EventStatus.DEAD_LETTERED)
                    .count();
        }
    }

    /**
     * All causes.
     *
     * @param groups that of the newest failure first
     * @param all false when there are more causes than are shown
     */
    public record Overview(List<Group> groups, boolean all) {
        public Overview {
            groups = List.copyOf(groups);
        }
    }

    public Overview overview() {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> {
            List<String> causes = new ArrayList<>();
            Optional<String> next = failures.causeAfter(handle, "");
            while (next.isPresent() && causes.size() <= MOST_CAUSES) {
                causes.add(next.get());
                next = failures.causeAfter(handle, next.get());
            }
            boolean all = causes.size() <= MOST_CAUSES;
            List<Group> groups = causes.stream()
                    .limit(MOST_CAUSES)
                    .flatMap(cause -> group(handle, cause).stream())
                    .sorted(Comparator.comparing(Group::lastSeen).reversed())
                    .toList();
            return new Overview(groups, all);
        });
    }

    /** One cause; empty when no event has it any more. */
    public Optional<Group> group(String cause) {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> group(handle, cause));
    }

    private Optional<Group> group(Handle handle, String cause) {
        List<FailureDao.Failure> sample = failures.newest(handle, cause, SAMPLE);
        return failures.oldest(handle, cause)
                .filter(oldest -> !sample.isEmpty())
                .map(oldest -> new Group(cause, failures.count(handle, cause, CAP + 1), oldest.receivedAt(), sample));
    }
}
