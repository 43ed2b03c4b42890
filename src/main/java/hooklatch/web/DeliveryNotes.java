package hooklatch.web;

import hooklatch.domain.Delivery;
import hooklatch.domain.Rejection;

/** Where the endpoint notes how each request ended. Thread-safe; returns at once and never throws. */
public interface DeliveryNotes {
    /** An event that was processed, whatever the outcome. */
    void delivered(Delivery delivery);

    /**
     * A request that was turned away before processing.
     *
     * @return whether it is worth a line of its own: anybody can have any number of requests turned away
     */
    boolean rejected(Rejection rejection);
}
