package hooklatch.service;

import hooklatch.dao.Database;
import hooklatch.dao.DatabaseIdentityDao;
import hooklatch.dao.StorageException;
import hooklatch.domain.Deadline;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The id of the database that is the truth now. Refreshed in the background, so that asking costs nothing: when the
 * database is replaced under a running node, cached answers of the old one are believed until the next refresh at most.
 * Thread-safe.
 */
public final class DatabaseIdentity implements Supplier<Optional<String>> {
    private static final Logger log = LoggerFactory.getLogger(DatabaseIdentity.class);
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Database database;
    private final DatabaseIdentityDao identities = new DatabaseIdentityDao();
    private volatile Optional<String> current = Optional.empty();

    public DatabaseIdentity(Database database) {
        this.database = database;
    }

    /** Empty until the database could be asked once. While it is away the last answer stands. */
    @Override
    public Optional<String> get() {
        return current;
    }

    /** Asks the database. */
    public void refresh() {
        try {
            String id = database.inTransaction(Deadline.in(PATIENCE), identities::read);
            if (current.isPresent() && !current.get().equals(id)) {
                log.warn("this is another database than before: cached results are forgotten");
            }
            current = Optional.of(id);
        } catch (StorageException e) {
            log.debug("database id not readable: {}", e.getMessage());
        }
    }
}
