package hooklatch.dao;

import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import org.jdbi.v3.core.Handle;

/**
 * The tables {@code dashboard_sign_in_failures} and {@code dashboard_known_addresses}. Subjects are digests, so that what a
 * stranger typed is stored nowhere. Stateless.
 */
public final class SignInFailureDao {
    /** Primary key. Locks the row until the end of the transaction, so that attempts at the same time line up. */
    private static final String CLAIM = """
            INSERT INTO dashboard_sign_in_failures (scope, subject_sha256, failures, failed_at, blocked_until)
            VALUES (:scope, UNHEX(:subject), 0, :now, :now)
            ON DUPLICATE KEY UPDATE failures = failures""";

    /** Primary key. */
    private static final String READ = """
            SELECT failures, failed_at, blocked_until FROM dashboard_sign_in_failures
            WHERE scope = :scope AND subject_sha256 = UNHEX(:subject) FOR UPDATE""";

    /** Primary key. */
    private static final String WRITE = """
            UPDATE dashboard_sign_in_failures SET failures = :failures, failed_at = :now, blocked_until = :blockedUntil
            WHERE scope = :scope AND subject_sha256 = UNHEX(:subject)""";

    /** Primary key. */
    private static final String TAKE_BACK = """
            UPDATE dashboard_sign_in_failures SET failures = GREATEST(failures - 1, 0), blocked_until = :now
            WHERE scope = :scope AND subject_sha256 = UNHEX(:subject)""";

    /** Primary key. */
    private static final String FORGET =
            "DELETE FROM dashboard_sign_in_failures WHERE scope = :scope AND subject_sha256 = UNHEX(:subject)";

    /** ix_dashboard_sign_in_failures_failed_at. */
    private static final String PURGE_FAILURES = """
            DELETE FROM dashboard_sign_in_failures WHERE failed_at < :before AND blocked_until < :before
            ORDER BY failed_at LIMIT :limit""";

    /** Primary key. */
    private static final String IS_KNOWN = """
            SELECT COUNT(*) FROM dashboard_known_addresses
            WHERE user_id = :userId AND address_sha256 = UNHEX(:address) AND signed_in_at > :since""";

    /** Primary key. */
    private static final String REMEMBER = """
            INSERT INTO dashboard_known_addresses (user_id, address_sha256, signed_in_at)
            VALUES (:userId, UNHEX(:address), :now)
            ON DUPLICATE KEY UPDATE signed_in_at = :now""";

    /** ix_dashboard_known_addresses_signed_in_at. */
    private static final String PURGE_ADDRESSES = """
            DELETE FROM dashboard_known_addresses WHERE signed_in_at < :before ORDER BY signed_in_at LIMIT :limit""";

    /** What failures can have in common; claimed in this order, so that attempts do not deadlock. */
    public enum Scope {
        ADDRESS,
        KNOWN,
        USER;

        private String column() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What is known of the failures of one subject. */
    public record Failures(int count, Instant lastAt, Instant blockedUntil) {}

    /** Reads the failures of a subject and keeps them locked; none yet is zero. */
    public Failures claim(Handle handle, Scope scope, String subjectSha256, Instant now) {
        handle.createUpdate(CLAIM)
                .bind("scope", scope.column())
                .bind("subject", subjectSha256)
                .bind("now", now)
                .execute();
        return handle.createQuery(READ)
                .bind("scope", scope.column())
                .bind("subject", subjectSha256)
                .map((row, context) -> new Failures(
                        row.getInt("failures"),
                        Objects.requireNonNull(UtcInstantColumns.read(row, "failed_at")),
                        Objects.requireNonNull(UtcInstantColumns.read(row, "blocked_until"))))
                .one();
    }

    /** Writes what {@link #claim} read, changed. */
    public void write(Handle handle, Scope scope, String subjectSha256, Failures failures) {
        handle.createUpdate(WRITE)
                .bind("scope", scope.column())
                .bind("subject", subjectSha256)
                .bind("failures", failures.count())
                .bind("now", failures.lastAt())
                .bind("blockedUntil", failures.blockedUntil())
                .execute();
    }

    /** One failure fewer, and no wait. */
    public void takeBack(Handle handle, Scope scope, String subjectSha256, Instant now) {
        handle.createUpdate(TAKE_BACK)
                .bind("scope", scope.column())
                .bind("subject", subjectSha256)
                .bind("now", now)
                .execute();
    }

    /** As if there had been none. */
    public void forget(Handle handle, Scope scope, String subjectSha256) {
        handle.createUpdate(FORGET)
                .bind("scope", scope.column())
                .bind("subject", subjectSha256)
                .execute();
    }

    /** Whether the user has signed in at the address since the given time. */
    public boolean isKnown(Handle handle, long userId, String addressSha256, Instant since) {
        return handle.createQuery(IS_KNOWN)
                        .bind("userId", userId)
                        .bind("address", addressSha256)
                        .bind("since", since)
                        .mapTo(Long.class)
                        .one()
                > 0;
    }

    /** The user has signed in at the address. */
    public void remember(Handle handle, long userId, String addressSha256, Instant now) {
        handle.createUpdate(REMEMBER)
                .bind("userId", userId)
                .bind("address", addressSha256)
                .bind("now", now)
                .execute();
    }

    /** Forgets failures that lie before the one time and addresses not used since the other. */
    public int purge(Handle handle, Instant failuresBefore, Instant addressesBefore, int limit) {
        return handle.createUpdate(PURGE_FAILURES)
                        .bind("before", failuresBefore)
                        .bind("limit", limit)
                        .execute()
                + handle.createUpdate(PURGE_ADDRESSES)
                        .bind("before", addressesBefore)
                        .bind("limit", limit)
                        .execute();
    }
}
