package hooklatch.web.dashboard;

/** A parameter or field makes no sense. The message is a sentence for whoever sent it. */
public final class UnusableParameterException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnusableParameterException(String message) {
        super(message);
    }
}
