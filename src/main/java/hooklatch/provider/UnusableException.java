package hooklatch.provider;

/** A part of a body that a fact cannot do without is missing or wrong; the message becomes the fact's problem. */
final class UnusableException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String problem;

    UnusableException(String problem) {
        // No stack trace: senders decide how often this happens, and the message says it all.
        super(problem, null, false, false);
        this.problem = problem;
    }

    String problem() {
        return problem;
    }
}
