package hooklatch.dao;

/**
 * MySQL did not do what was asked, for a reason that lies in MySQL or on the way to it and not in the statement. The
 * transaction has had no effect, except where {@link Kind#OUTCOME_UNKNOWN} says otherwise.
 */
public final class StorageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Kind {
        /** Not reachable, not writable, out of connections, or too slow to answer. */
        UNAVAILABLE,
        /** Known to be away, so it was not asked. */
        NOT_ASKED,
        /** The connection was lost during the COMMIT: it may have happened or not. */
        OUTCOME_UNKNOWN,
        /** Another transaction kept a row locked for longer than we wait. */
        LOCK_WAIT_TIMEOUT,
        /** Chosen as the victim of a deadlock, or not certified by the cluster; the retries are used up. */
        DEADLOCK
    }

    private final Kind kind;
    private final boolean atCommit;

    StorageException(Kind kind, Throwable cause) {
        this(kind, false, cause);
    }

    /** @param atCommit whether all statements had been done, and only the COMMIT failed */
    StorageException(Kind kind, boolean atCommit, Throwable cause) {
        super(kind + ": " + cause.getMessage(), cause);
        this.kind = kind;
        this.atCommit = atCommit;
    }

    boolean isAtCommit() {
        return atCommit;
    }

    public Kind kind() {
        return kind;
    }
}
