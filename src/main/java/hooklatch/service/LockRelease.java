package hooklatch.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.Database;
import hooklatch.domain.Actor;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.Json;
import hooklatch.lock.LockDirectory;
import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a lock away from its holder on behalf of a person. The audit log is written first, so that no release is without
 * its line; what came of it is a second line when it is not what was asked for. The holder cannot have its effect twice:
 * that is decided by the unique key in MySQL, lock or no lock. Thread-safe.
 */
public final class LockRelease {
    private static final Logger log = LoggerFactory.getLogger(LockRelease.class);
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final LockDirectory directory;
    private final Database database;
    private final Audit audit;

    public LockRelease(LockDirectory directory, Database database, Audit audit) {
        this.directory = directory;
        this.database = database;
        this.audit = audit;
    }

    /**
     * Releases the lock if the given holder has it still.
     *
     * @throws hooklatch.dao.StorageException when it cannot be written down; then nothing was released
     */
    public LockDirectory.Release release(Actor actor, EventKey key, String holder, String reason) {
        write(actor, "lock_release", key, reason, Json.object().put("holder", holder));
        LockDirectory.Release result = directory.release(key, holder);
        switch (result) {
            case RELEASED -> log.warn("the lock of {} was taken from {} by {}", key, holder, actor.username());
            case NOT_HELD ->
                log.info(
                        "{} asked to take the lock of {} from {}, who does not have it any more: nothing was done",
                        actor.username(),
                        key,
                        holder);
            case UNKNOWN ->
                log.warn(
                        "{} asked to take the lock of {} from {}; Redis did not answer, so whether it was taken is not known",
                        actor.username(),
                        key,
                        holder);
        }
        if (result != LockDirectory.Release.RELEASED) {
            ObjectNode details = Json.object()
                    .put("holder", holder)
                    .put("result", result.name().toLowerCase(Locale.ROOT));
            write(actor, "lock_release_without_effect", key, reason, details);
        }
        return result;
    }

    private void write(Actor actor, String action, EventKey key, String reason, ObjectNode details) {
        database.inTransaction(Deadline.in(PATIENCE), handle -> {
            audit.record(handle, actor, action, key.provider() + "/" + key.eventId(), reason, details);
            return true;
        });
    }
}
