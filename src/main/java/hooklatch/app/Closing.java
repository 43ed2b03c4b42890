package hooklatch.app;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was opened, closed in reverse. One that fails to close does not keep the others open. Not thread-safe.
 */
final class Closing implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Closing.class);

    private record Step(String name, AutoCloseable resource) {}

    private final Deque<Step> opened = new ArrayDeque<>();

    /** Notes the resource and returns it. */
    <T extends AutoCloseable> T add(String name, T resource) {
        opened.push(new Step(name, resource));
        return resource;
    }

    /** Notes an action that closes something. */
    void action(String name, AutoCloseable closing) {
        opened.push(new Step(name, closing));
    }

    @Override
    public void close() {
        boolean interrupted = false;
        while (!opened.isEmpty()) {
            Step step = opened.pop();
            try {
                step.resource().close();
            } catch (InterruptedException e) {
                // Not yet: the steps that follow wait for something too.
                interrupted = true;
                log.warn("interrupted while closing {}", step.name());
            } catch (Exception e) {
                log.warn("{} did not close cleanly: {}", step.name(), e.toString());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
