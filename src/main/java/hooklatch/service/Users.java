package hooklatch.service;

import hooklatch.dao.Database;
import hooklatch.dao.UserDao;
import hooklatch.domain.Actor;
import hooklatch.domain.Deadline;
import hooklatch.domain.Role;
import hooklatch.domain.User;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
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
    private final UserDao users = new UserDao();

    public Users(Database database, Sessions sessions, Passwords passwords, Audit audit, Clock clock) {
        this.database = database;
        this.sessions = sessions;
        this.passwords = passwords;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Sees to it that there is somebody who can let others in. Of several nodes that start at once one creates the user.
     *
     * @param password or its bcrypt hash
     * @param reset whether the user gets this password and the role of an admin even when there are users
     */
    public void createFirstAdmin(String name, String password, boolean reset) {
        String normal = User.normalName(name).orElseThrow(() -> new IllegalArgumentException("no user name: " + name));
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
