package hooklatch.dao;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * What one of all nodes does at a time: whoever has the turn. A row of one table each, held for a while on the server's
 * clock, which all nodes share; a holder that dies loses it then. Immutable.
 */
public final class TurnDao {
    /** Primary key. */
    private static final String TAKE = """
            UPDATE {table}
            SET started_at = IF(held_until < NOW(6) OR holder <> :holder, NOW(6), started_at), holder = :holder,
                held_until = NOW(6) + INTERVAL :seconds SECOND
            WHERE singleton = 1 AND (held_until < NOW(6) OR holder = :holder)""";

    /** Primary key. */
    private static final String GIVE_BACK =
            "UPDATE {table} SET held_until = NOW(6) - INTERVAL 1 SECOND WHERE singleton = 1 AND holder = :holder";

    /** Primary key. */
    private static final String RUNNING_SINCE =
            "SELECT started_at FROM {table} WHERE singleton = 1 AND held_until >= NOW(6)";

    /** What there is a turn for. */
    public enum Task {
        CHECKS("hooklatch_check_turn"),
        RETENTION("hooklatch_retention_turn");

        private final String table;

        Task(String table) {
            this.table = table;
        }
    }

    private final Task task;

    public TurnDao(Task task) {
        this.task = task;
    }

    private String sql(String template) {
        return template.replace("{table}", task.table);
    }

    /**
     * Takes the turn, or keeps it for longer.
     *
     * @param holder names one process of all that ever ask
     * @param time for which it is held
     * @return false while somebody else has it
     */
    public boolean take(Handle handle, String holder, Duration time) {
        return handle.createUpdate(sql(TAKE))
                        .bind("holder", holder)
                        .bind("seconds", time.toSeconds())
                        .execute()
                == 1;
    }

    public void giveBack(Handle handle, String holder) {
        handle.createUpdate(sql(GIVE_BACK)).bind("holder", holder).execute();
    }

    /** Since when somebody has the turn, or empty when nobody has. */
    public Optional<Instant> runningSince(Handle handle) {
        return handle.createQuery(sql(RUNNING_SINCE))
                .map((row, context) -> Objects.requireNonNull(UtcInstantColumns.read(row, "started_at")))
                .findOne();
    }
}
