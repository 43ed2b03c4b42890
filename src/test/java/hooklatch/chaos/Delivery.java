package hooklatch.chaos;

import java.time.Duration;

/**
 * One attempt of the provider to tell an event.
 *
 * @param phase during which part of the plan it was sent
 * @param status of the answer; 0 = none came
 * @param took from the last byte of the body to the answer, or to giving up
 * @param undisturbed whether the node's process was there and running all the time
 * @param result the event's result as the answer gives it, byte for byte; empty unless the status is 200
 */
record Delivery(
        ToldEvent event, int phase, String node, int status, Duration took, boolean undisturbed, String result) {

    boolean isDone() {
        return status >= 200 && status < 300;
    }
}
