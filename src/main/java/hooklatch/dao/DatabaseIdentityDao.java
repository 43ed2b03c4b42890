package hooklatch.dao;

import org.jdbi.v3.core.Handle;

/** The table {@code hooklatch_database}: which database this is. Stateless. */
public final class DatabaseIdentityDao {
    /** Primary key. Makes an emptied database another one. */
    private static final String ENSURE =
            "INSERT IGNORE INTO hooklatch_database (singleton, database_id) VALUES (1, UUID())";

    /** Primary key. */
    private static final String FIND = "SELECT database_id FROM hooklatch_database WHERE singleton = 1";

    /** The id of the database, which is given one when it has none. */
    public String read(Handle handle) {
        return handle.createQuery(FIND).mapTo(String.class).findOne().orElseGet(() -> {
            handle.execute(ENSURE);
            return handle.createQuery(FIND).mapTo(String.class).one();
        });
    }
}
