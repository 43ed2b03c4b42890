package hooklatch.chaos;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Lies in wait at a point of a node's work and strikes once. Thread-safe. */
final class Trap {

    private record Armed(Point point, AtomicInteger toPass, Runnable strike, CountDownLatch sprung) {}

    private final AtomicReference<@Nullable Armed> armed = new AtomicReference<>();

    /**
     * Strikes at the next pass of the point but a few. What is passing then does not arrive.
     *
     * @param letPass how many are let pass before
     * @return is at zero once it has struck
     */
    CountDownLatch arm(Point point, int letPass, Runnable strike) {
        Armed next = new Armed(point, new AtomicInteger(letPass), strike, new CountDownLatch(1));
        armed.set(next);
        return next.sprung();
    }

    void disarm() {
        armed.set(null);
    }

    /** Whether what is at the point now may go on. */
    boolean passes(Point at) {
        Armed trap = armed.get();
        if (trap == null || trap.point() != at || trap.toPass().getAndDecrement() > 0) {
            return true;
        }
        if (!armed.compareAndSet(trap, null)) {
            return true;
        }
        trap.strike().run();
        trap.sprung().countDown();
        return false;
    }
}
