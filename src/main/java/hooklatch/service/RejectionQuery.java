package hooklatch.service;

import hooklatch.dao.Database;
import hooklatch.dao.RejectionDao;
import hooklatch.domain.Deadline;
import hooklatch.domain.RejectionCount;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Deliveries refused before processing, page by page, with the number of those that were only counted. Thread-safe. */
public final class RejectionQuery {
    public static final int PAGE = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final Database database;
    private final Set<String> providers;
    private final RejectionDao dao = new RejectionDao();

    /** @param providers the names that are known; all others are counted together */
    public RejectionQuery(Database database, Set<String> providers) {
        this.database = database;
        this.providers = Set.copyOf(providers);
    }

    /**
     * One refused delivery.
     *
     * @param more further ones of its cause and provider in its minute that were counted and not kept; stated with the
     *     newest of them on a page, and 0 with the others
     */
    public record Entry(RejectionDao.Row row, long more) {}

    /**
     * A page.
     *
     * @param next where the next one begins, or empty when this is the last
     */
    public record Page(List<Entry> entries, Optional<RejectionDao.Cursor> next) {}

    /**
     * The newest rejections that fit the filter.
     *
     * @param after null for the first page
     * @throws hooklatch.dao.StorageException when MySQL cannot be asked
     */
    public Page page(RejectionDao.Filter filter, RejectionDao.@Nullable Cursor after) {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> {
            List<RejectionDao.Row> rows = dao.page(handle, filter, after, PAGE + 1);
            boolean more = rows.size() > PAGE;
            List<RejectionDao.Row> page = more ? rows.subList(0, PAGE) : rows;
            Map<RejectionDao.Minute, Long> unkept = new HashMap<>();
            for (RejectionCount count :
                    dao.counts(handle, page.stream().map(this::minute).toList())) {
                unkept.put(
                        new RejectionDao.Minute(count.minute(), count.provider(), count.cause()),
                        count.refused() - count.kept());
            }
            List<Entry> entries = new ArrayList<>();
            for (RejectionDao.Row row : page) {
                Long others = unkept.remove(minute(row));
                entries.add(new Entry(row, others == null ? 0 : others));
            }
            return new Page(
                    entries, more ? Optional.of(page.get(page.size() - 1).cursor()) : Optional.empty());
        });
    }

    private RejectionDao.Minute minute(RejectionDao.Row row) {
        String provider = providers.contains(row.provider()) ? row.provider() : RejectionCount.OTHER_PROVIDER;
        return new RejectionDao.Minute(row.receivedAt().truncatedTo(ChronoUnit.MINUTES), provider, row.cause());
    }
}
