package hooklatch.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.AuditDao;
import hooklatch.domain.Actor;
import hooklatch.domain.AuditEntry;
import hooklatch.domain.Json;
import java.time.Clock;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Writes down who did what, when and why. Every action of the dashboard calls {@link #record} in the transaction that does
 * it: then there is neither an action without its line nor a line without its action. What is done outside MySQL (releasing
 * a lock in Redis) is written down first, in a transaction of its own, and done after its commit.
 *
 * <p>{@code action} is a short stable word (at most 64 of {@code a-z} and {@code _}), {@code target} what it was done to in
 * the way a person would search for it ({@code stripe/evt_1}, a user's name). Longer texts are cut. Details hold no personal
 * data and no secret. Thread-safe.
 */
public final class Audit {
    private static final int MAX_USERNAME = 64;
    private static final int MAX_TARGET = 300;
    private static final int MAX_REASON = 1000;
    private static final int MAX_ADDRESS = 64;
    private static final String NOT_ASCII = "[^\\x20-\\x7E]";

    private final String node;
    private final Clock clock;
    private final AuditDao dao = new AuditDao();

    /** @param node what this node calls itself */
    public Audit(String node, Clock clock) {
        this.node = node;
        this.clock = clock;
    }

    /** Writes down an action without details. */
    public void record(Handle handle, Actor actor, String action, @Nullable String target, @Nullable String reason) {
        record(handle, actor, action, target, reason, null);
    }

    /**
     * Writes down an action.
     *
     * @param handle the transaction of the action itself
     * @param details what else is worth keeping, for example counts
     */
    public void record(
            Handle handle,
            Actor actor,
            String action,
            @Nullable String target,
            @Nullable String reason,
            @Nullable ObjectNode details) {
        String address = cut(actor.sourceAddress(), MAX_ADDRESS);
        Actor stored = new Actor(
                cut(actor.username(), MAX_USERNAME),
                actor.role(),
                address == null ? null : address.replaceAll(NOT_ASCII, "?"));
        dao.insert(
                handle,
                new AuditEntry(
                        0,
                        clock.instant(),
                        stored,
                        action,
                        cut(target, MAX_TARGET),
                        cut(reason, MAX_REASON),
                        details == null ? null : Json.write(details),
                        node));
    }

    /** Never through the middle of a character that takes two. */
    private static @Nullable String cut(@Nullable String text, int length) {
        if (text == null || text.length() <= length) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length);
    }
}
