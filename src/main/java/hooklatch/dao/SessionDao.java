package hooklatch.dao;

import hooklatch.domain.Role;
import hooklatch.domain.Session;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** The table {@code dashboard_sessions}. Digests and secrets travel as hexadecimal text. Stateless. */
public final class SessionDao {
    private static final String INSERT = """
            INSERT INTO dashboard_sessions (token_sha256, user_id, csrf_secret, created_at, seen_at, expires_at)
            VALUES (UNHEX(:token), :userId, UNHEX(:secret), :now, :now, :expiresAt)""";

    /** Primary keys of both tables. A user who was disabled has no session, though its row may still be there. */
    private static final String FIND = """
            SELECT u.id, u.username, u.role, LOWER(HEX(s.csrf_secret)) AS secret, s.created_at, s.seen_at, s.expires_at
            FROM dashboard_sessions s JOIN dashboard_users u ON u.id = s.user_id
            WHERE s.token_sha256 = UNHEX(:token) AND s.expires_at > :now AND s.seen_at > :idleSince
                AND u.disabled_at IS NULL""";

    /** Primary key. */
    private static final String SEEN =
            "UPDATE dashboard_sessions SET seen_at = :now WHERE token_sha256 = UNHEX(:token) AND seen_at < :now";

    /** Primary key. */
    private static final String DELETE = "DELETE FROM dashboard_sessions WHERE token_sha256 = UNHEX(:token)";

    /** ix_dashboard_sessions_user_id. */
    private static final String DELETE_OF_USER = "DELETE FROM dashboard_sessions WHERE user_id = :userId";

    /** ix_dashboard_sessions_user_id. */
    private static final String DELETE_OTHERS_OF_USER = DELETE_OF_USER + " AND token_sha256 <> UNHEX(:token)";

    /** ix_dashboard_sessions_expires_at; idle ones stay until then, and count no more. */
    private static final String DELETE_EXPIRED =
            "DELETE FROM dashboard_sessions WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit";

    /** All of a small table. */
    private static final String COUNT_BY_USER = """
            SELECT user_id, COUNT(*) AS sessions FROM dashboard_sessions
            WHERE expires_at > :now AND seen_at > :idleSince GROUP BY user_id""";

    public void insert(
            Handle handle, String tokenSha256, long userId, String csrfSecret, Instant now, Instant expiresAt) {
        handle.createUpdate(INSERT)
                .bind("token", tokenSha256)
                .bind("userId", userId)
                .bind("secret", csrfSecret)
                .bind("now", now)
                .bind("expiresAt", expiresAt)
                .execute();
    }

    /**
     * The session of the token with its user as he is now.
     *
     * @param idleSince one not seen since then is over
     */
    public Optional<Session> find(Handle handle, String tokenSha256, Instant now, Instant idleSince) {
        return handle.createQuery(FIND)
                .bind("token", tokenSha256)
                .bind("now", now)
                .bind("idleSince", idleSince)
                .map((row, context) -> new Session(
                        tokenSha256,
                        row.getLong("id"),
                        row.getString("username"),
                        Role.ofColumn(row.getString("role")),
                        row.getString("secret"),
                        Objects.requireNonNull(UtcInstantColumns.read(row, "created_at")),
                        Objects.requireNonNull(UtcInstantColumns.read(row, "seen_at")),
                        Objects.requireNonNull(UtcInstantColumns.read(row, "expires_at"))))
                .findOne();
    }

    public void setSeen(Handle handle, String tokenSha256, Instant now) {
        handle.createUpdate(SEEN).bind("now", now).bind("token", tokenSha256).execute();
    }

    public void delete(Handle handle, String tokenSha256) {
        handle.createUpdate(DELETE).bind("token", tokenSha256).execute();
    }

    /**
     * Ends every session of a user.
     *
     * @return how many
     */
    public int deleteOfUser(Handle handle, long userId) {
        return handle.createUpdate(DELETE_OF_USER).bind("userId", userId).execute();
    }

    /**
     * Ends every session of a user but one.
     *
     * @return how many
     */
    public int deleteOthersOfUser(Handle handle, long userId, String keptTokenSha256) {
        return handle.createUpdate(DELETE_OTHERS_OF_USER)
                .bind("userId", userId)
                .bind("token", keptTokenSha256)
                .execute();
    }

    /**
     * Forgets sessions that are over.
     *
     * @return how many
     */
    public int deleteExpired(Handle handle, Instant now, int limit) {
        return handle.createUpdate(DELETE_EXPIRED)
                .bind("now", now)
                .bind("limit", limit)
                .execute();
    }

    /** How many browsers each user is signed in with. */
    public Map<Long, Integer> countByUser(Handle handle, Instant now, Instant idleSince) {
        return handle
                .createQuery(COUNT_BY_USER)
                .bind("now", now)
                .bind("idleSince", idleSince)
                .map((row, context) -> Map.entry(row.getLong("user_id"), row.getInt("sessions")))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
