package hooklatch.domain;

import org.jspecify.annotations.Nullable;

/**
 * What somebody else's code threw, for the log: its class and where it was thrown, without its words, which may quote what a
 * webhook said of a person. Causes are kept the same way. Immutable.
 */
public final class Unspoken extends Throwable {
    private static final long serialVersionUID = 1L;

    /** A chain of causes that leads back into itself ends here. */
    private static final int LONGEST_CHAIN = 16;

    /** What is told of {@code thrown}. */
    public Unspoken(Throwable thrown) {
        this(thrown, LONGEST_CHAIN);
    }

    private Unspoken(Throwable thrown, int chain) {
        super(thrown.getClass().getName(), cause(thrown.getCause(), chain), false, true);
        setStackTrace(thrown.getStackTrace());
    }

    private static @Nullable Throwable cause(@Nullable Throwable cause, int chain) {
        return cause == null || chain == 0 ? null : new Unspoken(cause, chain - 1);
    }
}
