package hooklatch.service;

import hooklatch.dao.Database;
import hooklatch.dao.EventBriefDao;
import hooklatch.dao.StorageException;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.OrderRef;
import hooklatch.lock.HeldLock;
import hooklatch.lock.LockDirectory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The locks that are held now, and what each is about. Thread-safe. */
public final class LockQuery {
    private static final Logger log = LoggerFactory.getLogger(LockQuery.class);
    /** No delivery works for longer. */
    public static final Duration LONG_HELD = Duration.ofSeconds(5);

    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final LockDirectory directory;
    private final Database database;
    private final EventBriefDao events = new EventBriefDao();

    public LockQuery(LockDirectory directory, Database database) {
        this.directory = directory;
        this.database = database;
    }

    /**
     * A held lock and its event.
     *
     * @param type of the event, or null when neither MySQL nor the holder can tell
     * @param orderId that the event belongs to, or null
     * @param stored whether anything of the event is committed; null when MySQL could not be asked
     */
    public record Entry(
            HeldLock lock,
            @Nullable String type,
            @Nullable Long orderId,
            @Nullable Boolean stored) {}

    /**
     * What was found.
     *
     * @param redisAnswers when false, these are the locks of this node alone, as it remembers them
     * @param overlooked {@link LockDirectory.Listing#overlooked}
     */
    public record Listing(boolean redisAnswers, List<Entry> entries, long overlooked) {}

    /** Whether a lock is held for longer than any delivery works. */
    public static boolean isLongHeld(HeldLock lock) {
        Duration heldFor = lock.heldFor();
        return heldFor != null && heldFor.compareTo(LONG_HELD) > 0;
    }

    /** All locks, the longest held first. */
    public Listing list() {
        LockDirectory.Listing listing = directory.list();
        Optional<Map<EventKey, EventBriefDao.Brief>> known = briefs(listing.locks());
        List<Entry> entries =
                listing.locks().stream().map(lock -> entry(lock, known)).toList();
        return new Listing(listing.redisAnswers(), entries, listing.overlooked());
    }

    /**
     * The lock of one event.
     *
     * @param redisAnswers when false, it is not known who holds it, whatever the entry says
     * @param entry empty when it is not held, or not by anybody whom this node knows of
     */
    public record Found(boolean redisAnswers, Optional<Entry> entry) {}

    /** Looks for the lock of one event. */
    public Found find(EventKey key) {
        LockDirectory.Listing listing = directory.list();
        Optional<Entry> entry = listing.locks().stream()
                .filter(lock -> lock.key().equals(key))
                .findFirst()
                .map(lock -> entry(lock, briefs(List.of(lock))));
        return new Found(listing.redisAnswers(), entry);
    }

    /** A running event is mostly not in MySQL yet: then its holder knows it. */
    private static Entry entry(HeldLock lock, Optional<Map<EventKey, EventBriefDao.Brief>> briefs) {
        EventBriefDao.Brief known = briefs.map(all -> all.get(lock.key())).orElse(null);
        String type = known == null ? lock.type() : known.type();
        Long stored = known == null ? null : known.orderId();
        Long orderId = stored == null ? OrderRef.of(lock.order()).id() : stored;
        return new Entry(lock, type, orderId, briefs.isPresent() ? Boolean.valueOf(known != null) : null);
    }

    /** What MySQL knows; empty when it could not be asked. */
    private Optional<Map<EventKey, EventBriefDao.Brief>> briefs(List<HeldLock> locks) {
        if (locks.isEmpty()) {
            return Optional.of(Map.of());
        }
        List<EventKey> keys = locks.stream().map(HeldLock::key).toList();
        try {
            return Optional.of(database.inTransaction(Deadline.in(PATIENCE), handle -> events.find(handle, keys)));
        } catch (StorageException e) {
            log.debug("locks are listed without what MySQL knows of their events: {}", e.getMessage());
            return Optional.empty();
        }
    }
}
