package hooklatch.testing;

import java.util.concurrent.CountDownLatch;

/** What waits where no interrupt reaches. */
public final class Deaf {

    private Deaf() {}

    /** Waits for it, and for nothing else. An interrupt that came is there again afterwards. */
    public static void await(CountDownLatch latch) {
        boolean interrupted = false;
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
