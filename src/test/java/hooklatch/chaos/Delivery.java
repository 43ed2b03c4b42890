package hooklatch.chaos;

import java.time.Duration;

/**
 * One attempt of the provider to tell an event.
 *
 * @param phase during which part of the plan it was sent
 * @param sentAt {@link System#nanoTime} when the last byte of the body had been sent
 * @param status of the answer; 0 = none came
 * @param took from the last byte of the body to the answer, or to giving up
 * @param undisturbed whether the node's process was there and running all the time
 * @param result the event's result as the answer gives it, byte for byte; empty unless the status is 200
 * @param didIt whether the answer says that this delivery had the effect, and not one before it
 */
record Delivery(
        ToldEvent event,
        int phase,
        String node,
        long sentAt,
        int status,
        Duration took,
        boolean undisturbed,
        String result,
        boolean didIt) {

    boolean isDone() {
        return status >= 200 && status < 300;
    }

    /** Whether there was a moment at which another node had the same event in work, too. */
    boolean meets(Delivery other) {
        return event.equals(other.event)
                && !node.equals(other.node)
                && sentAt - (other.sentAt + other.took.toNanos()) < 0
                && other.sentAt - (sentAt + took.toNanos()) < 0;
    }
}
