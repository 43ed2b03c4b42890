package hooklatch.testing;

import org.jspecify.annotations.Nullable;

/** A MariaDB or Redis could not be started; the message says which one, why, and where its log is. */
public final class ServerStartException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public ServerStartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    public ServerStartException(String message) {
        this(message, null);
    }
}
