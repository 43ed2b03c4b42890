package hooklatch.service;

import hooklatch.dao.AuditDao;
import hooklatch.dao.Database;
import hooklatch.domain.AuditEntry;
import hooklatch.domain.Deadline;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the audit log, page by page. Thread-safe. */
public final class AuditQuery {
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Database database;
    private final AuditDao dao = new AuditDao();
    private final ReplayEnds replayEnds = new ReplayEnds();

    public AuditQuery(Database database) {
        this.database = database;
    }

    /**
     * Entries, the newest first.
     *
     * @param entries as many as were asked for, or fewer
     * @param next where the next page begins; null = this was the last
     */
    public record Page(List<AuditEntry> entries, AuditDao.@Nullable Cursor next) {
        public Page {
            entries = List.copyOf(entries);
        }
    }

    /**
     * One page.
     *
     * @throws hooklatch.dao.StorageException when MySQL cannot be asked
     */
    public Page page(AuditDao.Filter filter, AuditDao.@Nullable Cursor after, int size) {
        List<AuditEntry> found = database.inTransaction(
                Deadline.in(PATIENCE), handle -> replayEnds.with(handle, dao.page(handle, filter, after, size + 1)));
        if (found.size() <= size) {
            return new Page(found, null);
        }
        AuditEntry last = found.get(size - 1);
        return new Page(found.subList(0, size), new AuditDao.Cursor(last.at(), last.id()));
    }
}
