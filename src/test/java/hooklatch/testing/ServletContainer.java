package hooklatch.testing;

import java.net.URI;
import java.util.List;

/**
 * A servlet container as its makers ship it, in a process of its own on a free port of 127.0.0.1, with one WAR deployed.
 *
 * <p>Thread-safe.
 */
public interface ServletContainer extends AutoCloseable {

    /** Where the application is, with a slash at the end. */
    URI application();

    /** The process number of the container. */
    long pid();

    /** Whether the container runs. */
    boolean isRunning();

    /**
     * Asks the container to stop the way an operator does, and waits until its process has ended by itself.
     *
     * @throws IllegalStateException when it has not ended after 30 seconds; the message says what every thread did
     */
    void stop();

    /** Sends SIGTERM, as service managers do, and returns at once. */
    void terminate();

    /**
     * Waits until the process has ended by itself.
     *
     * @throws IllegalStateException when it has not ended after 30 seconds; the message says what every thread did
     */
    void awaitEnd();

    /** The lines that the application and everything it carries wrote to standard output. */
    List<String> output();

    /** What the container logged as a warning or worse: leaks that it found, failures, bad configuration. */
    List<String> complaints();

    /** Kills the container if it still runs. Its logs stay where they are until the next start. */
    @Override
    void close();
}
