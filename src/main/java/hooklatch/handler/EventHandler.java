package hooklatch.handler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.WebhookEvent;

/**
 * Gives events an effect. The extension point of Hooklatch: a jar in {@code WEB-INF/lib} with a
 * {@link java.util.ServiceLoader} entry for this interface adds a handler.
 *
 * <p>A handler runs inside the one transaction that claims the event and keeps its result: everything it writes through
 * {@link EventContext#handle()} is committed exactly once together with them, or not at all. It may be called several
 * times for one event (after a deadlock, a refusal, a crash), so it must not touch anything outside that transaction; what
 * must happen outside is registered with {@link EventContext#afterCommit}. Implementations are thread-safe and have a
 * public constructor without parameters.
 *
 * <p>An event may match several handlers: the built-in ones run first, then the others by class name, all in the same
 * transaction. A provider may announce one change under two event ids: a handler whose effect is not naturally idempotent
 * looks at {@code changed} in {@link EventContext#resultSoFar()}.
 */
public interface EventHandler {
    /** A short name in snake_case, unique among handlers: the key under which its result is added to a built-in one. */
    String name();

    /** Whether this handler wants the event. Must be quick and depend on nothing but the event. */
    boolean handles(WebhookEvent event);

    /**
     * Applies the event.
     *
     * @return the result that is kept and answered, for every further delivery too
     * @throws RefusedException when the event cannot have its effect now; it is kept as failed and tried again
     * @throws Exception any other failure is treated like a refusal
     */
    ObjectNode handle(EventContext context) throws Exception;
}
