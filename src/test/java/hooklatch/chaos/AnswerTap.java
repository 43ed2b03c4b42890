package hooklatch.chaos;

import static java.nio.charset.StandardCharsets.US_ASCII;

import hooklatch.testing.FaultyProxy;

/** Tells when a node begins to answer 200. */
final class AnswerTap implements FaultyProxy.Tap {

    private static final String DONE = "HTTP/1.1 200";

    private final Trap trap;

    AnswerTap(Trap trap) {
        this.trap = trap;
    }

    @Override
    public boolean toServer(byte[] bytes, int length) {
        return true;
    }

    @Override
    public boolean toClient(byte[] bytes, int length) {
        boolean done = length >= DONE.length() && new String(bytes, 0, DONE.length(), US_ASCII).equals(DONE);
        return !done || trap.passes(Point.ANSWER);
    }
}
