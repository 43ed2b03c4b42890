package hooklatch.service;

import hooklatch.domain.Delivery;
import hooklatch.domain.Rejection;

/** What happened, written behind and never waited for. Thread-safe. */
public final class DeliveryLog {
    /** Notes a delivery; returns at once. */
    public void add(Delivery delivery) {}

    /** Notes a refused delivery; returns at once. */
    public void add(Rejection rejection) {}
}
