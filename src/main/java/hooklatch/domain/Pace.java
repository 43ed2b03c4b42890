package hooklatch.domain;

import java.time.Duration;

/**
 * Notices that a server answers, but slowly: so many times in a row, each asked after the slow answer before it had come, and
 * nothing quick between. What was asked at the same time counts once, so that a pause of this JVM or of the network, which
 * makes all answers of that moment late, is one slow answer however many waited. Failures are not its business. Thread-safe;
 * a quick answer costs a comparison.
 */
public final class Pace {
    private final Duration slow;
    private final int inARow;
    private final Runnable tooSlow;
    private volatile int counted;
    private long lastCameAtNanos;

    /**
     * @param slow an answer that takes this long is slow
     * @param inARow so many slow answers are too many
     * @param tooSlow run then, by the thread that notes the last of them; the count begins anew
     */
    public Pace(Duration slow, int inARow, Runnable tooSlow) {
        this.slow = slow;
        this.inARow = inARow;
        this.tooSlow = tooSlow;
    }

    /**
     * Notes an answer that has come now.
     *
     * @param askedAtNanos when the server was asked, by {@link System#nanoTime}; the time must be the server's and the
     *     network's alone, and not for instance that of a wait for a lock
     */
    public void answered(long askedAtNanos) {
        answered(askedAtNanos, System.nanoTime());
    }

    void answered(long askedAtNanos, long cameAtNanos) {
        if (cameAtNanos - askedAtNanos >= slow.toNanos()) {
            count(askedAtNanos, cameAtNanos);
        } else if (counted != 0) {
            // One that is counted at the same moment may be forgotten: then it takes one more.
            counted = 0;
        }
    }

    /** Whether an answer that has come now was slow; notes nothing. */
    public boolean isSlow(long askedAtNanos) {
        return System.nanoTime() - askedAtNanos >= slow.toNanos();
    }

    private void count(long askedAtNanos, long cameAtNanos) {
        synchronized (this) {
            if (counted > 0 && askedAtNanos - lastCameAtNanos < 0) {
                return;
            }
            lastCameAtNanos = cameAtNanos;
            if (counted + 1 < inARow) {
                counted = counted + 1;
                return;
            }
            counted = 0;
        }
        tooSlow.run();
    }
}
