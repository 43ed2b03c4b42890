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

    /** When its answer came, or it was given up. */
    long endedAt() {
        return sentAt + took.toNanos();
    }

    /** Whether it was under way at some time from one moment of {@link System#nanoTime} to another. */
    boolean meets(long from, long to) {
        return sentAt - to <= 0 && from - endedAt() <= 0;
    }

    boolean meets(long moment) {
        return meets(moment, moment);
    }

    /** Whether there was a moment at which another node had the same event in work, too. */
    boolean meets(Delivery other) {
        return event.equals(other.event)
                && !node.equals(other.node)
                && sentAt - other.endedAt() < 0
                && other.sentAt - endedAt() < 0;
    }
}
