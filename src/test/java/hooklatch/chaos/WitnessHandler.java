package hooklatch.chaos;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.Json;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventContext;
import hooklatch.handler.EventHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Counts effects: a row for each run that is committed, in a table without any key that would hide a second one. It is
 * added to the WAR as anybody's handler is.
 *
 * <p>It also ends its JVM after the effect, as abruptly as {@code kill -9}, when it finds the file that
 * {@code CHAOS_HALT_FILE} names.
 */
public final class WitnessHandler implements EventHandler {

    /** The table that it writes to. */
    static final String TABLE = """
            CREATE TABLE chaos_effects (
                provider VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                event_id VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
            ) ENGINE = InnoDB""";

    /** A type that neither this handler nor a built-in one wants. */
    static final String UNHANDLED_TYPE = "customer.created";

    private static final int KILLED = 137;

    private final Path haltFile = Path.of(System.getenv().getOrDefault("CHAOS_HALT_FILE", "no such file"));

    @Override
    public String name() {
        return "witness";
    }

    @Override
    public boolean handles(WebhookEvent event) {
        return !event.type().equals(UNHANDLED_TYPE);
    }

    @Override
    public ObjectNode handle(EventContext context) throws IOException {
        context.handle()
                .createUpdate("INSERT INTO chaos_effects (provider, event_id) VALUES (:provider, :eventId)")
                .bind("provider", context.event().key().provider())
                .bind("eventId", context.event().key().eventId())
                .execute();
        if (Files.deleteIfExists(haltFile)) {
            Runtime.getRuntime().halt(KILLED);
        }
        return Json.object().put("seen", true);
    }
}
