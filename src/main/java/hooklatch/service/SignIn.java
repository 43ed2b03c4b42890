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

    private final Database database;
    private final Sessions sessions;
    private final Passwords passwords;
    private final Audit audit;
    private final Clock clock;
    private final SignInBrake brake;
    private final UserDao users = new UserDao();
    private final Semaphore hashing = new Semaphore(HASHES_AT_ONCE);

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

    /** Too many failures so far; nothing was looked at. */
    public record TooEarly(Duration pause) implements Outcome {
        @Override
        public <T> T match(
                Function<SignedIn, T> signedIn, Function<Refused, T> refused, Function<TooEarly, T> tooEarly) {
            return tooEarly.apply(this);
        }
    }

    private record Candidate(SignInBrake.Decision decision, UserDao.@Nullable WithHash user) {}

    public SignIn(Database database, Sessions sessions, Passwords passwords, Audit audit, Clock clock) {
        this.database = database;
        this.sessions = sessions;
        this.passwords = passwords;
        this.audit = audit;
        this.clock = clock;
        this.brake = new SignInBrake(clock);
    }

    /**
     * Tries to sign somebody in.
     *
     * @param former the session that the browser has already, which ends; null = none
     * @throws hooklatch.dao.StorageException when MySQL cannot be asked
     */
    public Outcome in(String name, String password, String sourceAddress, @Nullable Session former) {
        if (!hashing.tryAcquire()) {
            return new TooEarly(Duration.ofSeconds(1));
        }
        try {
            String normal = User.normalName(name).orElse("");
            Candidate candidate = database.inTransaction(Deadline.in(PATIENCE), handle -> {
                UserDao.WithHash user = users.byName(handle, normal).orElse(null);
                return new Candidate(
                        brake.begin(handle, normal, user == null ? null : user.user(), sourceAddress), user);
            });
            SignInBrake.Attempt attempt = candidate.decision().attempt();
            if (attempt == null) {
                return new TooEarly(candidate.decision().pause());
            }
            UserDao.WithHash user = candidate.user();
            boolean right = passwords.matches(password, user == null ? null : user.passwordHash());
            return right && user != null
                    ? begin(user, attempt, sourceAddress, former)
                    : refuse(user == null ? null : user.user(), sourceAddress);
        } finally {
            hashing.release();
        }
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
