package hooklatch.handler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.Fact;
import hooklatch.domain.Json;
import hooklatch.domain.WebhookEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** All handlers, asked in a fixed order: the built-in ones, then the others by class name. Thread-safe. */
public final class EventHandlers {
    private final List<EventHandler> handlers;

    /**
     * @throws IllegalArgumentException when two handlers have the same name
     */
    public EventHandlers(List<EventHandler> handlers) {
        this.handlers = List.copyOf(handlers);
        Set<String> names = new HashSet<>();
        for (EventHandler handler : handlers) {
            if (!names.add(handler.name())) {
                throw new IllegalArgumentException("two event handlers are named " + handler.name());
            }
        }
    }

    /** The built-in handlers and those that the class path offers as services. */
    public static EventHandlers builtInAnd(ServiceLoader<EventHandler> services) {
        List<EventHandler> all =
                new ArrayList<>(List.of(new PaymentHandler(), new RefundHandler(), new DisputeHandler()));
        services.stream()
                .map(ServiceLoader.Provider::get)
                .sorted(Comparator.comparing(handler -> handler.getClass().getName()))
                .forEach(all::add);
        return new EventHandlers(all);
    }

    /** Names in the order in which they are asked. */
    public List<String> names() {
        return handlers.stream().map(EventHandler::name).toList();
    }

    /**
     * Gives the event its effect.
     *
     * @param afterCommit collects what the handlers want done after the commit
     * @return the result, or empty when no handler wants the event
     * @throws RefusedException when a handler refuses it
     * @throws Exception whatever else a handler throws
     */
    public Optional<ObjectNode> handle(Handle handle, WebhookEvent event, List<Runnable> afterCommit) throws Exception {
        if (event.fact() instanceof Fact.Unusable unusable) {
            throw new RefusedException(unusable.problem());
        }
        ObjectNode result = null;
        for (EventHandler handler : handlers) {
            if (handler.handles(event)) {
                ObjectNode own = handler.handle(new Run(handle, event, result, afterCommit));
                if (result == null) {
                    result = own.deepCopy();
                } else {
                    // With a second handler's effect beside it, the whole is no longer skipped.
                    result.remove("status");
                    result.set(handler.name(), own);
                }
            }
        }
        return Optional.ofNullable(result);
    }

    /** The result of an event that nobody handles. */
    public static ObjectNode skipped(String message) {
        return Json.object().put("status", "skipped").put("message", message);
    }

    private record Run(
            Handle handle, WebhookEvent event, @Nullable ObjectNode soFar, List<Runnable> actions)
            implements EventContext {
        @Override
        public Optional<ObjectNode> resultSoFar() {
            return Optional.ofNullable(soFar).map(ObjectNode::deepCopy);
        }

        @Override
        public void afterCommit(Runnable action) {
            actions.add(action);
        }
    }
}
