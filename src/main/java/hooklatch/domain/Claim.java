package hooklatch.domain;

/**
 * What the database says of an event to the transaction that holds its row.
 *
 * @param rowId primary key of the event's row
 * @param event what is known of it; its status means nothing when {@code fresh}
 * @param fresh true when this transaction has just made the row
 */
public record Claim(long rowId, EventRecord event, boolean fresh) {
    /** Whether the event had its effect, or the decision that it has none, before. */
    public boolean isDuplicate() {
        return !fresh && event.status().isFinal();
    }
}
