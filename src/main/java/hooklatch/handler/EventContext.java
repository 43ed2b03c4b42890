package hooklatch.handler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.WebhookEvent;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** What a handler is given for one run. Valid only during {@link EventHandler#handle}, on the calling thread. */
public interface EventContext {
    WebhookEvent event();

    /**
     * The open transaction, READ COMMITTED. Do not commit, roll back or close it, and do not keep it.
     */
    Handle handle();

    /** The result of the handlers that ran before this one for the same event. */
    Optional<ObjectNode> resultSoFar();

    /**
     * Runs the action once the transaction is committed, on another thread, at most once: it is lost when the process
     * dies in between. The answer does not wait for it; its failure is logged and changes nothing.
     */
    void afterCommit(Runnable action);
}
