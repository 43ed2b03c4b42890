package hooklatch.service;

import hooklatch.dao.SignInFailureDao;
import hooklatch.dao.SignInFailureDao.Failures;
import hooklatch.dao.SignInFailureDao.Scope;
import hooklatch.domain.User;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Slows down who guesses passwords, on all nodes together, without locking anybody out.
 *
 * <p>An attempt counts for its address (an IPv6 one for its /64) and for the name it uses. After some failures in a row each
 * further one is allowed only after a wait that doubles: up to a quarter of an hour for an address, but only up to ten
 * seconds for a name, because a stranger can cause that wait for anybody. And it does not even delay a user where he has
 * signed in before: there only his own failures count. What waits is the browser, told by {@code Retry-After}, never a thread.
 *
 * <p>An attempt is written down as a failure before the password is looked at, and taken back when it was right: a thousand
 * attempts at the same moment count as a thousand. Thread-safe.
 */
final class SignInBrake {
    /** Failures further back than this are past. */
    private static final Duration MEMORY = Duration.ofHours(1);

    private static final Duration ADDRESS_MEMORY = Duration.ofDays(90);

    private final Clock clock;
    private final SignInFailureDao dao = new SignInFailureDao();

    /**
     * What an attempt counts for.
     *
     * @param subject digest of what the attempts have in common
     */
    private record Count(Scope scope, String subject) {
        int free() {
            return switch (scope) {
                case ADDRESS -> 10;
                case KNOWN -> 5;
                case USER -> 20;
            };
        }

        Duration longest() {
            return switch (scope) {
                case ADDRESS -> Duration.ofMinutes(15);
                case KNOWN -> Duration.ofSeconds(30);
                case USER -> Duration.ofSeconds(10);
            };
        }

        Duration waitAfter(int failures) {
            int doublings = failures - free();
            if (doublings < 0) {
                return Duration.ZERO;
            }
            Duration wait = Duration.ofSeconds(1L << Math.min(doublings, 20));
            return wait.compareTo(longest()) < 0 ? wait : longest();
        }
    }

    /** An attempt under way: what it was counted for. */
    static final class Attempt {
        private final List<Count> counts;

        private Attempt(List<Count> counts) {
            this.counts = counts;
        }
    }

    /** Either goes on, or has to wait. */
    record Decision(@Nullable Attempt attempt, Duration pause) {
        Optional<Attempt> allowed() {
            return Optional.ofNullable(attempt);
        }
    }

    SignInBrake(Clock clock) {
        this.clock = clock;
    }

    /**
     * Counts an attempt, unless it comes too early.
     *
     * @param name as {@link User#normalName} makes it
     * @param user whose name it is, if anybody's
     */
    Decision begin(Handle handle, String name, @Nullable User user, String sourceAddress) {
        Instant now = clock.instant();
        String place = placeOf(sourceAddress);
        boolean known = dao.isKnown(handle, user == null ? 0 : user.id(), place, now.minus(ADDRESS_MEMORY));
        List<Count> counts = known
                ? List.of(new Count(Scope.KNOWN, Digest.sha256(place + name)))
                : List.of(new Count(Scope.ADDRESS, place), new Count(Scope.USER, Digest.sha256(name)));
        // All are asked before any is written: what comes too early counts for nothing, so that hammering does not make
        // anybody wait longer, nor the wait of a name that of an address.
        List<Failures> before = new ArrayList<>();
        Duration wait = Duration.ZERO;
        for (Count count : counts) {
            Failures failures = dao.claim(handle, count.scope(), count.subject(), now);
            before.add(failures);
            Duration left = Duration.between(now, failures.blockedUntil());
            wait = left.compareTo(wait) > 0 ? left : wait;
        }
        if (!wait.isZero()) {
            return new Decision(null, wait);
        }
        for (int i = 0; i < counts.size(); i++) {
            Count count = counts.get(i);
            Failures failures = before.get(i);
            boolean past = failures.lastAt().plus(MEMORY).isBefore(now);
            int counted = past ? 1 : failures.count() + 1;
            dao.write(
                    handle,
                    count.scope(),
                    count.subject(),
                    new Failures(counted, now, now.plus(count.waitAfter(counted))));
        }
        return new Decision(new Attempt(counts), Duration.ZERO);
    }

    /** The attempt was not looked at after all: it was no failure. */
    void takeBack(Handle handle, Attempt attempt) {
        for (Count count : attempt.counts) {
            dao.takeBack(handle, count.scope(), count.subject(), clock.instant());
        }
    }

    /** The attempt was right: it was no failure, and the user is known at the address from now on. */
    void succeed(Handle handle, Attempt attempt, long userId, String sourceAddress) {
        for (Count count : attempt.counts) {
            if (count.scope() == Scope.KNOWN) {
                dao.forget(handle, count.scope(), count.subject());
            } else {
                // Not forgotten: whoever guesses other names must not start anew by signing in under his own.
                dao.takeBack(handle, count.scope(), count.subject(), clock.instant());
            }
        }
        dao.remember(handle, userId, placeOf(sourceAddress), clock.instant());
    }

    /** Forgets what is past. */
    int purge(Handle handle, int limit) {
        Instant now = clock.instant();
        return dao.purge(handle, now.minus(MEMORY), now.minus(ADDRESS_MEMORY), limit);
    }

    /** What of an address one party has for itself: of an IPv6 address, which Java writes in full, the first half. */
    static String placeOf(String address) {
        String[] groups = address.replaceFirst("%.*", "").split(":", -1);
        boolean isV6 = groups.length == 8;
        return Digest.sha256(isV6 ? String.join(":", List.of(groups).subList(0, 4)) : address);
    }
}
