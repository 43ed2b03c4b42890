package hooklatch.testing;

import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.util.concurrent.CountDownLatch;

/**
 * All that an application must not do: it leaves a thread and a thread-local value behind, and fails when it is stopped.
 * It is deployed to see that containers complain and that we hear them.
 */
public final class LeakyListener implements ServletContextListener {

    private static final ThreadLocal<LeakyListener> LEFT = new ThreadLocal<>();
    private final CountDownLatch never = new CountDownLatch(1);

    @Override
    public void contextInitialized(ServletContextEvent event) {
        LEFT.set(this);
        Thread thread = new Thread(this::stay, "left behind");
        thread.setDaemon(true);
        thread.start();
    }

    private void stay() {
        try {
            never.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void contextDestroyed(ServletContextEvent event) {
        throw new IllegalStateException("failed on purpose");
    }
}
