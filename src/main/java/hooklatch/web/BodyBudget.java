package hooklatch.web;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the memory that bodies may hold while they are still arriving, over all requests. A slow sender costs neither a
 * thread nor a place in work, only these bytes. Thread-safe.
 */
final class BodyBudget {
    private final long maxBytes;
    private final AtomicLong taken = new AtomicLong();

    BodyBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Takes the bytes, or takes nothing and returns false when they are not there. */
    boolean take(long bytes) {
        if (taken.addAndGet(bytes) <= maxBytes) {
            return true;
        }
        taken.addAndGet(-bytes);
        return false;
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }

    long taken() {
        return taken.get();
    }
}
