package hooklatch.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.Database;
import hooklatch.dao.UserDao;
import hooklatch.domain.Actor;
import hooklatch.domain.Deadline;
import hooklatch.domain.Json;
import hooklatch.domain.Role;
import hooklatch.domain.Session;
import hooklatch.domain.User;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The users of the dashboard and what they may. Thread-safe. */
public final class Users {
    private static final Logger log = LoggerFactory.getLogger(Users.class);
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Database database;
    private final Sessions sessions;
    private final Passwords passwords;
    private final Audit audit;
    private final Clock clock;
    private final SignInBrake brake;
    private final UserDao users = new UserDao();

    public Users(Database database, Sessions sessions, Passwords passwords, Audit audit, Clock clock) {
        this.database = database;
        this.sessions = sessions;
        this.passwords = passwords;
        this.audit = audit;
        this.clock = clock;
        this.brake = new SignInBrake(clock);
    }

    /** What became of a change. */
    public enum Change {
        DONE,
        /** There is no such user any more. */
        NO_SUCH_USER,
        /** Somebody else has the name. */
        NAME_TAKEN,
        /** Without this user nobody could let others in. */
        LAST_ADMIN,
        /** The present password was not the right one. */
        WRONG_PASSWORD,
        /** Too many wrong ones so far; nothing was looked at. */
        TOO_EARLY
    }

    /**
     * Somebody and how many browsers he is signed in with.
     *
     * @param sessions those that are neither over nor idle
     */
    public record Listed(User user, int sessions) {}

    /**
     * Everybody, by name.
     *
     * @throws hooklatch.dao.StorageException when MySQL cannot be asked
     */
    public List<Listed> all() {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> {
            Map<Long, Integer> counts = sessions.countByUser(handle);
            return users.all(handle).stream()
                    .map(user -> new Listed(user, counts.getOrDefault(user.id(), 0)))
                    .toList();
        });
    }

    /**
     * Adds somebody.
     *
     * @param name as {@link User#normalName} makes it
     * @param password one that {@link Passwords#problem} has nothing against
     * @param reason in the words of who adds him, or null
     */
    public Change create(Actor actor, String name, String password, Role role, @Nullable String reason) {
        String hash = passwords.hash(password);
        return change(handle -> {
            users.lineUp(handle);
            if (!users.insert(handle, name, hash, role, clock.instant())) {
                return Change.NAME_TAKEN;
            }
            audit.record(
                    handle, actor, "user_created", name, reason, Json.object().put("role", role.column()));
            return Change.DONE;
        });
    }

    /**
     * Gives somebody another role, for his sessions too.
     *
     * @param reason in the words of who does it
     */
    public Change setRole(Actor actor, long id, Role role, String reason) {
        return changeUser(id, (handle, user) -> {
            if (role != Role.ADMIN && isLastAdmin(handle, user)) {
                return Change.LAST_ADMIN;
            }
            if (role != user.role()) {
                users.setRole(handle, id, role);
                ObjectNode details =
                        Json.object().put("from", user.role().column()).put("to", role.column());
                audit.record(handle, actor, "user_role_changed", user.name(), reason, details);
            }
            return Change.DONE;
        });
    }

    /**
     * Keeps somebody out from now on.
     *
     * @param reason in the words of who does it
     */
    public Change disable(Actor actor, long id, String reason) {
        return changeUser(id, (handle, user) -> {
            if (isLastAdmin(handle, user)) {
                return Change.LAST_ADMIN;
            }
            if (!user.isDisabled()) {
                users.disable(handle, id, clock.instant());
                int ended = sessions.endAll(handle, id);
                audit.record(handle, actor, "user_disabled", user.name(), reason, ended(ended));
            }
            return Change.DONE;
        });
    }

    /**
     * Lets somebody in again.
     *
     * @param reason in the words of who does it
     */
    public Change enable(Actor actor, long id, String reason) {
        return changeUser(id, (handle, user) -> {
            if (user.isDisabled()) {
                users.enable(handle, id);
                audit.record(handle, actor, "user_enabled", user.name(), reason);
            }
            return Change.DONE;
        });
    }

    /**
     * Gives somebody a new password and ends all his sessions.
     *
     * @param reason in the words of who does it
     */
    public Change resetPassword(Actor actor, long id, String password, String reason) {
        String hash = passwords.hash(password);
        return changeUser(id, (handle, user) -> {
            users.setPassword(handle, id, hash, clock.instant());
            int ended = sessions.endAll(handle, id);
            audit.record(handle, actor, "user_password_reset", user.name(), reason, ended(ended));
            return Change.DONE;
        });
    }

    /**
     * Ends all sessions of somebody.
     *
     * @param reason in the words of who does it
     */
    public Change signOutEverywhere(Actor actor, long id, String reason) {
        return changeUser(id, (handle, user) -> {
            int ended = sessions.endAll(handle, id);
            audit.record(handle, actor, "user_signed_out_everywhere", user.name(), reason, ended(ended));
            return Change.DONE;
        });
    }

    /**
     * Changes one's own password, ends all one's sessions and begins a new one: a copy of the old cookie is worth nothing
     * afterwards. Who has only found a browser that is signed in does not know the present password, and guesses no faster
     * than by signing in.
     *
     * @param session the one that asks
     */
    public PasswordChange changeOwnPassword(Actor actor, Session session, String present, String password) {
        String address = actor.sourceAddress() == null ? "" : actor.sourceAddress();
        Optional<Guess> guess = database.inTransaction(
                Deadline.in(PATIENCE),
                handle -> users.byId(handle, session.userId())
                        .map(user ->
                                new Guess(user, brake.begin(handle, user.user().name(), user.user(), address))));
        if (guess.isEmpty()) {
            return PasswordChange.of(Change.NO_SUCH_USER);
        }
        SignInBrake.Attempt attempt = guess.get().decision().attempt();
        if (attempt == null) {
            return new PasswordChange(Change.TOO_EARLY, guess.get().decision().pause(), null);
        }
        if (!passwords.matches(present, guess.get().user().passwordHash())) {
            database.inTransaction(Deadline.in(PATIENCE), handle -> {
                String name = guess.get().user().user().name();
                audit.record(handle, actor, "password_change_failed", name, "wrong password");
                return true;
            });
            return PasswordChange.of(Change.WRONG_PASSWORD);
        }
        String hash = passwords.hash(password);
        PasswordChange changed = database.inTransaction(Deadline.in(PATIENCE), handle -> {
            users.lineUp(handle);
            Optional<UserDao.WithHash> now = users.byId(handle, session.userId());
            if (now.isEmpty()) {
                return PasswordChange.of(Change.NO_SUCH_USER);
            }
            User user = now.get().user();
            // While it was hashed here an admin may have set another password, or disabled the user: that stands.
            if (user.isDisabled()
                    || !now.get().passwordHash().equals(guess.get().user().passwordHash())) {
                audit.record(
                        handle, actor, "password_change_failed", user.name(), "changed by somebody else meanwhile");
                return PasswordChange.of(Change.WRONG_PASSWORD);
            }
            brake.succeed(handle, attempt, user.id(), address);
            users.setPassword(handle, user.id(), hash, clock.instant());
            int ended = sessions.endOthers(handle, session);
            sessions.end(handle, session);
            String token = sessions.begin(handle, user.id());
            audit.record(handle, actor, "password_changed", user.name(), null, ended(ended));
            return new PasswordChange(Change.DONE, Duration.ZERO, token);
        });
        sessions.forget();
        return changed;
    }

    /**
     * What became of a change of one's own password.
     *
     * @param pause when it came too early: how long to wait
     * @param token of the new session, for the browser's cookie; null unless it was done
     */
    public record PasswordChange(
            Change change, Duration pause, @Nullable String token) {
        private static PasswordChange of(Change change) {
            return new PasswordChange(change, Duration.ZERO, null);
        }

        /** Not the token. */
        @Override
        public String toString() {
            return "PasswordChange[" + change + "]";
        }
    }

    private record Guess(UserDao.WithHash user, SignInBrake.Decision decision) {}

    /** Ends all one's sessions but the one that asks. */
    public Change signOutElsewhere(Actor actor, Session session) {
        return changeUser(session.userId(), (handle, user) -> {
            int ended = sessions.endOthers(handle, session);
            audit.record(handle, actor, "signed_out_elsewhere", user.name(), null, ended(ended));
            return Change.DONE;
        });
    }

    private interface UserChange {
        Change of(Handle handle, User user);
    }

    private interface AnyChange {
        Change in(Handle handle);
    }

    private Change changeUser(long id, UserChange work) {
        return change(handle -> {
            users.lineUp(handle);
            return users.byId(handle, id)
                    .map(found -> work.of(handle, found.user()))
                    .orElse(Change.NO_SUCH_USER);
        });
    }

    private Change change(AnyChange work) {
        Change change = database.inTransaction(Deadline.in(PATIENCE), work::in);
        sessions.forget();
        return change;
    }

    private boolean isLastAdmin(Handle handle, User user) {
        return user.role() == Role.ADMIN && !user.isDisabled() && !users.hasOtherAdmin(handle, user.id());
    }

    private static ObjectNode ended(int sessions) {
        return Json.object().put("sessions_ended", sessions);
    }

    /**
     * Sees to it that there is somebody who can let others in. Of several nodes that start at once one creates the user.
     *
     * @param password or its bcrypt hash
     * @param reset whether the user gets this password and the role of an admin even when there are users
     */
    public void createFirstAdmin(String name, String password, boolean reset) {
        String normal = User.normalName(name).orElseThrow(() -> new IllegalArgumentException("no user name: " + name));
        boolean needed = reset || database.inTransaction(Deadline.in(PATIENCE), users::isEmpty);
        if (!needed) {
            return;
        }
        String hash = Passwords.isHash(password) ? password : passwords.hash(password);
        String done = database.inTransaction(Deadline.in(PATIENCE), handle -> {
            users.lineUp(handle);
            Optional<UserDao.WithHash> there = users.byName(handle, normal);
            if (there.isEmpty() && (reset || users.isEmpty(handle))) {
                users.insert(handle, normal, hash, Role.ADMIN, clock.instant());
                audit.record(handle, Actor.HOOKLATCH, "user_created", normal, "configured as the first admin");
                return "created";
            }
            if (there.isPresent() && reset) {
                long id = there.get().user().id();
                users.setPassword(handle, id, hash, clock.instant());
                users.setRole(handle, id, Role.ADMIN);
                users.enable(handle, id);
                sessions.endAll(handle, id);
                audit.record(handle, Actor.HOOKLATCH, "user_reset", normal, "DASHBOARD_ADMIN_RESET is set");
                return "reset";
            }
            return "";
        });
        sessions.forget();
        if (done.equals("reset")) {
            log.warn(
                    "the dashboard user {} was reset; take DASHBOARD_ADMIN_RESET away, or every start does it", normal);
        } else if (!done.isEmpty()) {
            log.info("the dashboard user {} was created as the first admin", normal);
        }
    }
}
