package hooklatch.service;

import hooklatch.dao.Database;
import hooklatch.dao.RetentionDao;
import hooklatch.dao.RollupDao;
import hooklatch.dao.StorageException;
import hooklatch.dao.SumRetentionDao;
import hooklatch.domain.Deadline;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps in bounds what strangers and time make grow: rejections, which anybody can cause, and the sums behind the charts.
 * It does not depend on the settings for events. For one thread; several nodes may do it at once.
 */
public final class SumRetention {
    /** Rejections that are kept, of any age. */
    public static final int REJECTIONS = 100_000;
    /** Age at which a rejection is forgotten. */
    public static final Duration REJECTION_AGE = Duration.ofDays(30);

    private static final Logger log = LoggerFactory.getLogger(SumRetention.class);
    private static final Duration MINUTES_AGE = Duration.ofDays(8);
    private static final Duration HOURS_AGE = Duration.ofDays(400);
    private static final int BATCH = 500;
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Database database;
    private final int rejections;
    private final Clock clock;
    private final SumRetentionDao sums = new SumRetentionDao();
    private final RetentionDao logs = new RetentionDao();

    /** @param rejections that are kept at most */
    public SumRetention(Database database, int rejections, Clock clock) {
        this.database = database;
        this.rejections = rejections;
        this.clock = clock;
    }

    /**
     * Forgets one batch of each kind.
     *
     * @return whether there may be more to forget
     */
    public boolean runBatch() {
        Instant now = clock.instant();
        Deadline deadline = Deadline.in(PATIENCE);
        try {
            int most = Math.max(
                    database.inTransaction(deadline, handle -> sums.forgetSurplusRejections(handle, rejections, BATCH)),
                    database.inTransaction(
                            deadline,
                            handle -> logs.forgetOldest(
                                    handle, RetentionDao.LogTable.REJECTIONS, now.minus(REJECTION_AGE), BATCH)));
            for (RollupDao.Span span : RollupDao.Span.values()) {
                Duration age = span == RollupDao.Span.MINUTE ? MINUTES_AGE : HOURS_AGE;
                most = Math.max(
                        most,
                        database.inTransaction(
                                deadline, handle -> sums.forgetRollups(handle, span, now.minus(age), BATCH)));
            }
            most = Math.max(
                    most,
                    database.inTransaction(
                            deadline, handle -> sums.forgetRejectionMinutes(handle, now.minus(REJECTION_AGE), BATCH)));
            return most == BATCH;
        } catch (StorageException e) {
            log.debug("no sums are forgotten now: {}", e.getMessage());
            return false;
        }
    }
}
