package hooklatch.dao;

import hooklatch.domain.EventKey;
import hooklatch.domain.Payload;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;

/** The table {@code webhook_bodies}. Stateless. */
public final class WebhookBodyDao {
    /**
     * Primary key. Two deliveries of one body under two ids meet here: the second waits for the first and then breaks the
     * key, or inserts when the first rolled back.
     */
    private static final String INSERT =
            "INSERT INTO webhook_bodies (provider, body_sha256, event_id) VALUES (:provider, :sha256, :eventId)";

    /** Primary key. */
    private static final String FIND =
            "SELECT event_id FROM webhook_bodies WHERE provider = :provider AND body_sha256 = :sha256";

    /**
     * Binds the body to the event. Called under the event's claim, after it and before any payment: that is this table's
     * place in the lock order.
     *
     * @return the event that the body belongs to already, when it is another one; then nothing was bound
     */
    public Optional<EventKey> bind(Handle handle, EventKey key, Payload body) {
        byte[] sha256 = body.sha256();
        try {
            handle.createUpdate(INSERT)
                    .bind("provider", key.provider())
                    .bind("sha256", sha256)
                    .bind("eventId", key.eventId())
                    .execute();
            return Optional.empty();
        } catch (UnableToExecuteStatementException e) {
            if (!StorageFailures.isDuplicateKey(e)) {
                throw e;
            }
            String first = handle.createQuery(FIND)
                    .bind("provider", key.provider())
                    .bind("sha256", sha256)
                    .mapTo(String.class)
                    .one();
            return first.equals(key.eventId()) ? Optional.empty() : Optional.of(new EventKey(key.provider(), first));
        }
    }
}
