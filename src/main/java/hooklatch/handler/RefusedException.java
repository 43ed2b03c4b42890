package hooklatch.handler;

/**
 * The event cannot have its effect now. The message is answered to the provider and shown to support staff: a sentence
 * that names the cause, without payload data or secrets.
 */
public class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    public RefusedException(String message) {
        super(message);
    }

    /** Without a stack trace: a refusal is expected, and is told by its message. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
