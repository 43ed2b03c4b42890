package hooklatch.acceptance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.Json;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventContext;
import hooklatch.handler.EventHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** Waits where no interrupt reaches, until the file that {@code DEAF_UNTIL_GONE} names is gone. */
public final class DeafHandler implements EventHandler {
    /** The only type that it wants. */
    static final String TYPE = "customer.deaf";

    private static final long LOOK_NANOS = 5_000_000;

    @Override
    public String name() {
        return "deaf";
    }

    @Override
    public boolean handles(WebhookEvent event) {
        return event.type().equals(TYPE);
    }

    @Override
    public ObjectNode handle(EventContext context) {
        Path file = Path.of(System.getenv("DEAF_UNTIL_GONE"));
        while (Files.exists(file)) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return Json.object().put("heard", true);
    }
}
