package hooklatch.service;

import hooklatch.dao.Database;
import hooklatch.dao.UserDao;
import hooklatch.domain.Actor;
import hooklatch.domain.Deadline;
import hooklatch.domain.Session;
import hooklatch.domain.User;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Signs people in and out. A wrong name, a wrong password and a disabled user look alike and take alike. No thread ever
 * sleeps here: who must wait is told for how long. Thread-safe.
 */
public final class SignIn {
    private static final Duration PATIENCE = Duration.ofSeconds(4);
    /** Hashing is slow on purpose: at most this many at once, or a flood of attempts would take the deliveries' cores. */
    private static final int HASHES_AT_ONCE = 2;
    /** Attempts that ask the brake at once: a flood must leave connections to the pages. */
    private static final int LOOKS_AT_ONCE = 2;

    private static final TooEarly BUSY = new TooEarly(Duration.ofSeconds(1));

    private final Database database;
    private final Sessions sessions;
    private final Passwords passwords;
    private final Audit audit;
    private final Clock clock;
    private final SignInBrake brake;
    private final UserDao users = new UserDao();
    private final Semaphore looking = new Semaphore(LOOKS_AT_ONCE);
    private final Semaphore hashing;
    /** Where an attempt is under way. */
    private final Set<String> placesAtWork = ConcurrentHashMap.newKeySet();

    /** What became of an attempt. */
    public sealed interface Outcome {
        /** Takes the branch of the case that this is. */
        <T> T match(Function<SignedIn, T> signedIn, Function<Refused, T> refused, Function<TooEarly, T> tooEarly);
    }

    /**
     * A session has begun.
     *
     * @param token for the browser's cookie
     */
    public record SignedIn(String token) implements Outcome {
        @Override
        public <T> T match(
                Function<SignedIn, T> signedIn, Function<Refused, T> refused, Function<TooEarly, T> tooEarly) {
            return signedIn.apply(this);
        }

        /** Not the token. */
        @Override
        public String toString() {
            return "SignedIn";
        }
    }

    /** Name or password is wrong, or the user is disabled. */
    public record Refused() implements Outcome {
        @Override
        public <T> T match(
                Function<SignedIn, T> signedIn, Function<Refused, T> refused, Function<TooEarly, T> tooEarly) {
            return refused.apply(this);
        }
    }

    /** Too many failures so far, or too many attempts at this moment; nothing was looked at, and nothing counts. */
    public record TooEarly(Duration pause) implements Outcome {
        @Override
        public <T> T match(
                Function<SignedIn, T> signedIn, Function<Refused, T> refused, Function<TooEarly, T> tooEarly) {
            return tooEarly.apply(this);
        }
    }

    private record Candidate(SignInBrake.Decision decision, UserDao.@Nullable WithHash user) {}

    public SignIn(Database database, Sessions sessions, Passwords passwords, Audit audit, Clock clock) {
        this(database, sessions, passwords, audit, clock, new Semaphore(HASHES_AT_ONCE));
    }

    /** @param hashing a permit for each hash that may be computed at once */
    SignIn(Database database, Sessions sessions, Passwords passwords, Audit audit, Clock clock, Semaphore hashing) {
        this.database = database;
        this.sessions = sessions;
        this.passwords = passwords;
        this.audit = audit;
        this.clock = clock;
        this.brake = new SignInBrake(clock);
        this.hashing = hashing;
    }

    /**
     * Tries to sign somebody in. The brake decides before a place for hashing is taken, and one address has one attempt
     * under way at a time: however fast one hammers, the places stay free for others.
     *
     * @param former the session that the browser has already, which ends; null = none
     * @throws hooklatch.dao.StorageException when MySQL cannot be asked
     */
    public Outcome in(String name, String password, String sourceAddress, @Nullable Session former) {
        String place = SignInBrake.placeOf(sourceAddress);
        if (!placesAtWork.add(place)) {
            return BUSY;
        }
        try {
            Optional<Candidate> candidate = candidate(User.normalName(name).orElse(""), sourceAddress);
            if (candidate.isEmpty()) {
                return BUSY;
            }
            SignInBrake.Attempt attempt = candidate.get().decision().attempt();
            return attempt == null
                    ? new TooEarly(candidate.get().decision().pause())
                    : check(candidate.get().user(), attempt, password, sourceAddress, former);
        } finally {
            placesAtWork.remove(place);
        }
    }

    /** Asks the brake, in the same way whoever's name it is; empty when too many others do. */
    private Optional<Candidate> candidate(String name, String sourceAddress) {
        if (!looking.tryAcquire()) {
            return Optional.empty();
        }
        try {
            return Optional.of(database.inTransaction(Deadline.in(PATIENCE), handle -> {
                UserDao.WithHash user = users.byName(handle, name).orElse(null);
                return new Candidate(brake.begin(handle, name, user == null ? null : user.user(), sourceAddress), user);
            }));
        } finally {
            looking.release();
        }
    }

    private Outcome check(
            UserDao.@Nullable WithHash user,
            SignInBrake.Attempt attempt,
            String password,
            String sourceAddress,
            @Nullable Session former) {
        if (!hashing.tryAcquire()) {
            database.inTransaction(Deadline.in(PATIENCE), handle -> {
                brake.takeBack(handle, attempt);
                return true;
            });
            return BUSY;
        }
        boolean right;
        try {
            right = passwords.matches(password, user == null ? null : user.passwordHash());
        } finally {
            hashing.release();
        }
        return right && user != null
                ? begin(user, attempt, sourceAddress, former)
                : refuse(user == null ? null : user.user(), sourceAddress);
    }

    private Outcome begin(
            UserDao.WithHash checked, SignInBrake.Attempt attempt, String sourceAddress, @Nullable Session former) {
        long id = checked.user().id();
        Optional<String> token = database.inTransaction(Deadline.in(PATIENCE), handle -> {
            Optional<UserDao.WithHash> now = users.byId(handle, id);
            // Meanwhile an admin may have disabled the user or set another password.
            if (now.isEmpty()
                    || now.get().user().isDisabled()
                    || !now.get().passwordHash().equals(checked.passwordHash())) {
                return Optional.<String>empty();
            }
            User user = now.get().user();
            brake.succeed(handle, attempt, id, sourceAddress);
            if (former != null) {
                sessions.end(handle, former);
            }
            String begun = sessions.begin(handle, id);
            users.setSignedIn(handle, id, clock.instant());
            audit.record(handle, new Actor(user.name(), user.role(), sourceAddress), "sign_in", null, null);
            return Optional.of(begun);
        });
        sessions.forget();
        return token.<Outcome>map(SignedIn::new).orElseGet(() -> refuse(checked.user(), sourceAddress));
    }

    /** A name that is nobody's is not written down: people type their password there. */
    private Outcome refuse(@Nullable User user, String sourceAddress) {
        database.inTransaction(Deadline.in(PATIENCE), handle -> {
            audit.record(
                    handle,
                    Actor.stranger(sourceAddress),
                    "sign_in_failed",
                    user == null ? null : user.name(),
                    user == null ? "no such user" : user.isDisabled() ? "disabled" : "wrong password");
            return true;
        });
        return new Refused();
    }

    /** Ends one session. */
    public void out(Session session, Actor actor) {
        database.inTransaction(Deadline.in(PATIENCE), handle -> {
            sessions.end(handle, session);
            audit.record(handle, actor, "sign_out", null, null);
            return true;
        });
        sessions.forget();
    }

    /**
     * Forgets a batch of what is past: ended sessions, old failures, addresses long not used.
     *
     * @return how many rows
     */
    public int purge(int limit) {
        return database.inTransaction(
                Deadline.in(PATIENCE), handle -> sessions.purge(handle, limit) + brake.purge(handle, limit));
    }
}
