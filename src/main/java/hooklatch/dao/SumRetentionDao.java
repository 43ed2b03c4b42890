package hooklatch.dao;

import java.time.Instant;
import org.jdbi.v3.core.Handle;

/**
 * Forgets old sums and surplus rejections, a small batch at a time and always the oldest, which nobody writes any more.
 * Stateless.
 */
public final class SumRetentionDao {
    /** Primary key: a range. */
    private static final String FORGET_ROLLUPS = """
            DELETE FROM webhook_rollups
            WHERE span_seconds = :span AND started_at < :before
            ORDER BY span_seconds, started_at, provider, outcome
            LIMIT :limit""";

    /** Primary key: a range. */
    private static final String FORGET_REJECTION_MINUTES = """
            DELETE FROM webhook_rejection_minutes
            WHERE started_at < :before
            ORDER BY started_at, provider, cause
            LIMIT :limit""";

    /** Primary key: its last entry. */
    private static final String NEWEST_REJECTION = "SELECT COALESCE(MAX(id), 0) FROM webhook_rejections";

    /** Primary key: a range. */
    private static final String FORGET_REJECTIONS =
            "DELETE FROM webhook_rejections WHERE id <= :upTo ORDER BY id LIMIT :limit";

    /** Sums of minutes or hours that began before the given time. Returns how many rows went. */
    public int forgetRollups(Handle handle, RollupDao.Span span, Instant before, int limit) {
        return handle.createUpdate(FORGET_ROLLUPS)
                .bind("span", span.length().toSeconds())
                .bind("before", before)
                .bind("limit", limit)
                .execute();
    }

    /** Numbers of rejections of minutes that began before the given time. Returns how many rows went. */
    public int forgetRejectionMinutes(Handle handle, Instant before, int limit) {
        return handle.createUpdate(FORGET_REJECTION_MINUTES)
                .bind("before", before)
                .bind("limit", limit)
                .execute();
    }

    /** The oldest rejections beyond the number that is kept; of ids that were left out, fewer. Returns how many went. */
    public int forgetSurplusRejections(Handle handle, int kept, int limit) {
        long newest = handle.createQuery(NEWEST_REJECTION).mapTo(Long.class).one();
        return handle.createUpdate(FORGET_REJECTIONS)
                .bind("upTo", newest - kept)
                .bind("limit", limit)
                .execute();
    }
}
