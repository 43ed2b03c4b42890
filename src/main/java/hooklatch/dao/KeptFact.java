package hooklatch.dao;

/**
 * The row of a refund or dispute, or of what a charge gave back, after an event was written into it.
 *
 * @param paymentId the payment that it was first told of, or the charge at which it waits for one
 * @param changed whether the event added something
 */
public record KeptFact(long rowId, String paymentId, boolean changed) {}
