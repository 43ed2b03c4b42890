package hooklatch.dao;

import hooklatch.domain.Actor;
import hooklatch.domain.AuditEntry;
import hooklatch.domain.Role;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** The table {@code audit_log}: appended to in the transaction of what is audited, never changed. Stateless. */
public final class AuditDao {
    private static final String INSERT = """
            INSERT INTO audit_log (at, username, role, action, target, reason, details, source_address, node)
            VALUES (:at, :username, :role, :action, :target, :reason, :details, :sourceAddress, :node)""";

    /**
     * One of ix_audit_log_at, _username, _action and _target, which all end in (at, id): read backwards from the cursor,
     * without a sort. {@code {filters}} is made of the constants below only.
     */
    private static final String PAGE = """
            SELECT id, at, username, role, action, target, reason, details, source_address, node
            FROM audit_log FORCE INDEX ({index})
            WHERE at <= :cursorAt AND (at < :cursorAt OR id < :cursorId){filters}
            ORDER BY at DESC, id DESC LIMIT :limit""";

    private static final String BY_USER = " AND username = :username";
    private static final String BY_ACTION = " AND action = :action";
    private static final String BY_TARGET = " AND target = :target";
    private static final String FROM = " AND at >= :from";

    /** Later than any entry. */
    private static final Instant END_OF_TIME = Instant.parse("9999-12-31T00:00:00Z");

    /**
     * What to look for; null = anything.
     *
     * @param from inclusive
     * @param to exclusive
     */
    public record Filter(
            @Nullable String username,
            @Nullable String action,
            @Nullable String target,
            @Nullable Instant from,
            @Nullable Instant to) {}

    /** The place after an entry: older ones follow. */
    public record Cursor(Instant at, long id) {}

    public void insert(Handle handle, AuditEntry entry) {
        Role role = entry.actor().role();
        handle.createUpdate(INSERT)
                .bind("at", entry.at())
                .bind("username", entry.actor().username())
                .bind("role", role == null ? null : role.column())
                .bind("action", entry.action())
                .bind("target", entry.target())
                .bind("reason", entry.reason())
                .bind("details", entry.detailsJson())
                .bind("sourceAddress", entry.actor().sourceAddress())
                .bind("node", entry.node())
                .execute();
    }

    /**
     * Entries, the newest first.
     *
     * @param after where the page before ended; null = the newest
     */
    public List<AuditEntry> page(Handle handle, Filter filter, @Nullable Cursor after, int limit) {
        String filters = (filter.username() == null ? "" : BY_USER)
                + (filter.action() == null ? "" : BY_ACTION)
                + (filter.target() == null ? "" : BY_TARGET)
                + (filter.from() == null ? "" : FROM);
        Instant to = filter.to() == null ? END_OF_TIME : filter.to();
        // At the end of the time asked for, an id that nothing has: all of before is older.
        Cursor start = after != null && after.at().isBefore(to) ? after : new Cursor(to, 0);
        Query query = handle.createQuery(PAGE.replace("{index}", index(filter)).replace("{filters}", filters))
                .bind("cursorAt", start.at())
                .bind("cursorId", start.id())
                .bind("limit", limit);
        bind(query, "username", filter.username());
        bind(query, "action", filter.action());
        bind(query, "target", filter.target());
        if (filter.from() != null) {
            query.bind("from", filter.from());
        }
        return query.map((row, context) -> read(row)).list();
    }

    /** Named, as the server may take one that finds no more than the action, and read all of it that is newer than the page. */
    private static String index(Filter filter) {
        if (filter.target() != null) {
            return "ix_audit_log_target";
        }
        if (filter.username() != null) {
            // Which of the two is rarer, the server knows better.
            return filter.action() == null ? "ix_audit_log_username" : "ix_audit_log_username, ix_audit_log_action";
        }
        return filter.action() == null ? "ix_audit_log_at" : "ix_audit_log_action";
    }

    private static void bind(Query query, String name, @Nullable String value) {
        if (value != null) {
            query.bind(name, value);
        }
    }

    static AuditEntry read(ResultSet row) throws SQLException {
        String role = row.getString("role");
        return new AuditEntry(
                row.getLong("id"),
                Objects.requireNonNull(UtcInstantColumns.read(row, "at")),
                new Actor(
                        row.getString("username"),
                        role == null ? null : Role.ofColumn(role),
                        row.getString("source_address")),
                row.getString("action"),
                row.getString("target"),
                row.getString("reason"),
                row.getString("details"),
                row.getString("node"));
    }
}
