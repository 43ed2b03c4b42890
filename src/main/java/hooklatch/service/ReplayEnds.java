package hooklatch.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.ReplayDao;
import hooklatch.domain.AuditEntry;
import hooklatch.domain.Json;
import hooklatch.domain.ReplayOutcome;
import hooklatch.service.events.ShownReason;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Tells with the audit log's entries of single replays how those ended. An entry is written before its replay and never
 * changed, so the end stands with the replay: there is none when the node died before it was noted, or when the replay was
 * forgotten after {@code RETENTION_DAYS}. Thread-safe.
 */
public final class ReplayEnds {
    /** The audit log's word for a single replay. */
    public static final String ACTION = "event_replayed";
    /** The detail that has the replay's number. */
    public static final String REPLAY = "replay";

    private final ReplayDao replays = new ReplayDao();

    /** The same entries in the same order; those of replays that have ended say in their details how. */
    List<AuditEntry> with(Handle handle, List<AuditEntry> entries) {
        List<Long> ids = entries.stream()
                .map(ReplayEnds::replayOf)
                .flatMap(Optional::stream)
                .toList();
        Map<Long, ReplayOutcome> ends = replays.ends(handle, ids);
        return entries.stream()
                .map(entry -> replayOf(entry)
                        .map(ends::get)
                        .map(end -> with(entry, end))
                        .orElse(entry))
                .toList();
    }

    private static Optional<Long> replayOf(AuditEntry entry) {
        return entry.action().equals(ACTION) && entry.detailsJson() != null
                ? Optional.of(Json.read(entry.detailsJson()).path(REPLAY))
                        .filter(JsonNode::canConvertToLong)
                        .map(JsonNode::longValue)
                : Optional.empty();
    }

    private static AuditEntry with(AuditEntry entry, ReplayOutcome end) {
        ObjectNode details = Json.object();
        replayOf(entry).ifPresent(id -> details.put(REPLAY, id));
        details.put("outcome", end.kind().column());
        if (end.message() != null) {
            details.put("message", ShownReason.of(end.message()));
        }
        return new AuditEntry(
                entry.id(),
                entry.at(),
                entry.actor(),
                entry.action(),
                entry.target(),
                entry.reason(),
                Json.write(details),
                entry.node());
    }
}
