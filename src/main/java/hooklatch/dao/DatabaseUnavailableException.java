package hooklatch.dao;

/**
 * The database is not there yet, or cannot be changed at the moment: the server is down or read-only, the database does
 * not exist, another node or a long transaction is in the way. Nothing is wrong with the schema; trying again later is
 * the right answer. The message is one sentence for the log.
 */
public final class DatabaseUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DatabaseUnavailableException(String message) {
        super(message);
    }

    DatabaseUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
