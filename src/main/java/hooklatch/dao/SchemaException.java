package hooklatch.dao;

/**
 * The database cannot be used as it is, and waiting does not help: a person must act. The message says what was found and
 * what to do, and is all that needs to be shown.
 */
public final class SchemaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SchemaException(String message) {
        super(message);
    }

    SchemaException(String message, Throwable cause) {
        super(message, cause);
    }
}
