package hooklatch.dao;

import hooklatch.domain.Role;
import hooklatch.domain.User;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;

/** The table {@code dashboard_users}. Stateless. */
public final class UserDao {
    private static final String COLUMNS =
            "id, username, role, disabled_at, created_at, password_changed_at, signed_in_at, password_hash";

    /** All of a small table, by uk_dashboard_users_username. */
    private static final String ALL = "SELECT " + COLUMNS + " FROM dashboard_users ORDER BY username";

    /** uk_dashboard_users_username. */
    private static final String BY_NAME = "SELECT " + COLUMNS + " FROM dashboard_users WHERE username = :username";

    /** Primary key. */
    private static final String BY_ID = "SELECT " + COLUMNS + " FROM dashboard_users WHERE id = :id";

    /**
     * The one row of hooklatch_database, by its primary key: who changes the set of users waits here for whoever else does,
     * so that neither two first admins are made nor the last two admins take each other's role. A change and not only a
     * lock, which on a cluster of several masters would be one server's.
     */
    private static final String LINE_UP =
            "UPDATE hooklatch_database SET users_version = users_version + 1 WHERE singleton = 1";

    private static final String COUNT = "SELECT COUNT(*) FROM dashboard_users";

    /** All of a small table. */
    private static final String OTHER_ADMINS =
            "SELECT COUNT(*) FROM dashboard_users WHERE role = 'admin' AND disabled_at IS NULL AND id <> :id";

    private static final String INSERT = """
            INSERT INTO dashboard_users (username, password_hash, role, created_at, password_changed_at)
            VALUES (:username, :hash, :role, :now, :now)""";

    /** Primary key. */
    private static final String SET_PASSWORD =
            "UPDATE dashboard_users SET password_hash = :hash, password_changed_at = :now WHERE id = :id";

    /** Primary key. */
    private static final String SET_ROLE = "UPDATE dashboard_users SET role = :role WHERE id = :id";

    /** Primary key. */
    private static final String DISABLE = "UPDATE dashboard_users SET disabled_at = :now WHERE id = :id";

    /** Primary key. */
    private static final String ENABLE = "UPDATE dashboard_users SET disabled_at = NULL WHERE id = :id";

    /** Primary key. */
    private static final String SET_SIGNED_IN = "UPDATE dashboard_users SET signed_in_at = :now WHERE id = :id";

    /** A user and the hash of the password. Its text has no hash. */
    public record WithHash(User user, String passwordHash) {
        @Override
        public String toString() {
            return user.toString();
        }
    }

    /** Everybody, by name. */
    public List<User> all(Handle handle) {
        return handle.createQuery(ALL).map((row, context) -> read(row).user()).list();
    }

    public Optional<WithHash> byName(Handle handle, String name) {
        return handle.createQuery(BY_NAME)
                .bind("username", name)
                .map((row, context) -> read(row))
                .findOne();
    }

    public Optional<WithHash> byId(Handle handle, long id) {
        return handle.createQuery(BY_ID)
                .bind("id", id)
                .map((row, context) -> read(row))
                .findOne();
    }

    /** To be called first by whoever creates users or changes what they may. */
    public void lineUp(Handle handle) {
        handle.execute(LINE_UP);
    }

    public boolean isEmpty(Handle handle) {
        return handle.createQuery(COUNT).mapTo(Long.class).one() == 0;
    }

    /** Whether somebody else than the given user is an admin who may sign in. */
    public boolean hasOtherAdmin(Handle handle, long id) {
        return handle.createQuery(OTHER_ADMINS).bind("id", id).mapTo(Long.class).one() > 0;
    }

    /**
     * Adds a user.
     *
     * @return false when the name is taken
     */
    public boolean insert(Handle handle, String name, String passwordHash, Role role, Instant now) {
        try {
            handle.createUpdate(INSERT)
                    .bind("username", name)
                    .bind("hash", passwordHash)
                    .bind("role", role.column())
                    .bind("now", now)
                    .execute();
            return true;
        } catch (UnableToExecuteStatementException e) {
            if (StorageFailures.isDuplicateKey(e)) {
                return false;
            }
            throw e;
        }
    }

    public void setPassword(Handle handle, long id, String passwordHash, Instant now) {
        handle.createUpdate(SET_PASSWORD)
                .bind("hash", passwordHash)
                .bind("now", now)
                .bind("id", id)
                .execute();
    }

    public void setRole(Handle handle, long id, Role role) {
        handle.createUpdate(SET_ROLE).bind("role", role.column()).bind("id", id).execute();
    }

    public void disable(Handle handle, long id, Instant now) {
        handle.createUpdate(DISABLE).bind("now", now).bind("id", id).execute();
    }

    public void enable(Handle handle, long id) {
        handle.createUpdate(ENABLE).bind("id", id).execute();
    }

    public void setSignedIn(Handle handle, long id, Instant now) {
        handle.createUpdate(SET_SIGNED_IN).bind("now", now).bind("id", id).execute();
    }

    private static WithHash read(ResultSet row) throws SQLException {
        return new WithHash(
                new User(
                        row.getLong("id"),
                        row.getString("username"),
                        Role.ofColumn(row.getString("role")),
                        UtcInstantColumns.read(row, "disabled_at"),
                        Objects.requireNonNull(UtcInstantColumns.read(row, "created_at")),
                        Objects.requireNonNull(UtcInstantColumns.read(row, "password_changed_at")),
                        UtcInstantColumns.read(row, "signed_in_at")),
                row.getString("password_hash"));
    }
}
