package hooklatch.domain;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One line of the audit log.
 *
 * @param id grows with time; 0 before it is stored
 * @param action a short stable word, for example {@code sign_in} or {@code replay}
 * @param target what it was done to, for example {@code stripe/evt_1}
 * @param reason in the words of who did it
 * @param detailsJson a JSON object
 */
public record AuditEntry(
        long id,
        Instant at,
        Actor actor,
        String action,
        @Nullable String target,
        @Nullable String reason,
        @Nullable String detailsJson,
        String node) {}
