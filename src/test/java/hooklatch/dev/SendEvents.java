package hooklatch.dev;

/** Sends signed events. */
public final class SendEvents {
    static final int DEFAULT_PORT = 8080;

    private SendEvents() {}
}
