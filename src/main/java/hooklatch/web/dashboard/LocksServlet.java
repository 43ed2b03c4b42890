package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.EventKey;
import hooklatch.domain.Json;
import hooklatch.domain.Role;
import hooklatch.lock.HeldLock;
import hooklatch.lock.LockDirectory;
import hooklatch.service.LockQuery;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** {@code /dashboard/locks}: which events are being processed right now, and by whom. Thread-safe. */
final class LocksServlet extends PageServlet {
    static final String PATH = "/dashboard/locks";

    private static final long serialVersionUID = 1L;
    private final transient LockQuery locks;
    private final String node;

    /** @param node name of this node */
    LocksServlet(Surroundings surroundings, LockQuery locks, String node) {
        super(surroundings, Role.VIEWER);
        this.locks = locks;
        this.node = node;
    }

    /** Where a release ends: with a sentence of what came of it. */
    static Redirect after(EventKey key, LockDirectory.Release result) {
        return new Redirect(PATH).saying(sentence(key, result));
    }

    private static String sentence(EventKey key, LockDirectory.Release result) {
        return switch (result) {
            case RELEASED -> "The lock of " + key + " is released.";
            case NOT_HELD -> "Nothing was released: the holder had given back the lock of " + key + " already.";
            case UNKNOWN ->
                "Redis did not answer: whether the lock of " + key
                        + " is released is not known. It frees itself when it expires.";
        };
    }

    @Override
    protected View get(PageRequest request) {
        LockQuery.Listing listing = locks.list();
        boolean releasable = request.visitor().may(Role.OPERATOR) && listing.redisAnswers();
        LocksView view = new LocksView(
                listing.redisAnswers(),
                node,
                releasable,
                listing.entries().stream()
                        .map(entry -> row(entry, request.root(), releasable))
                        .toList(),
                listing.overlooked() == 0
                        ? null
                        : Amounts.countOf(
                                listing.overlooked(), "further lock is not shown", "further locks are not shown"));
        return View.of("locks", view).withJson(() -> json(listing));
    }

    private static LocksView.Row row(LockQuery.Entry entry, String root, boolean releasable) {
        HeldLock lock = entry.lock();
        Duration heldFor = lock.heldFor();
        Duration expiresIn = lock.expiresIn();
        Long orderId = entry.orderId();
        return new LocksView.Row(
                lock.key().toString(),
                lock.key().provider(),
                lock.key().eventId(),
                eventHref(root, entry),
                entry.type() == null ? "not known yet" : entry.type(),
                orderId == null ? "" : orderId.toString(),
                orderId == null ? null : root + "/dashboard/orders/" + orderId,
                node(lock),
                thread(lock),
                lock.alive(),
                LockQuery.isLongHeld(lock),
                heldFor == null ? "unknown" : Amounts.lasting(heldFor),
                expiresIn == null ? "unknown" : Amounts.lasting(expiresIn),
                releasable ? releaseHref(root, lock.key(), lock.holder()) : null);
    }

    /** Null when nothing of the event is stored yet: then it has no page. */
    static @Nullable String eventHref(String root, LockQuery.Entry entry) {
        return Boolean.FALSE.equals(entry.stored())
                ? null
                : EventWords.href(root, entry.lock().key());
    }

    static String releaseHref(String root, EventKey key, String holder) {
        return Link.to(root + LockReleaseServlet.PATH)
                .with("provider", key.provider())
                .with("event_id", key.eventId())
                .with("holder", holder)
                .toString();
    }

    /** The holder's node, or what is known instead. */
    static String node(HeldLock lock) {
        return lock.node() == null ? "unknown process " + lock.holder().replaceFirst(":[^:]*$", "") : lock.node();
    }

    /** The holder's thread: its name where it was told, and its number. */
    static String thread(HeldLock lock) {
        if (lock.threadId() == null) {
            return "unknown";
        }
        return lock.threadName() == null
                ? "thread " + lock.threadId()
                : lock.threadName() + " (" + lock.threadId() + ")";
    }

    private static JsonNode json(LockQuery.Listing listing) {
        ObjectNode answer = Json.object();
        answer.put("redis", listing.redisAnswers());
        ArrayNode all = answer.putArray("locks");
        listing.entries().forEach(entry -> all.add(json(entry)));
        return answer.put("overlooked", listing.overlooked());
    }

    static JsonNode json(LockQuery.Entry entry) {
        HeldLock lock = entry.lock();
        return Json.object()
                .put("provider", lock.key().provider())
                .put("event_id", lock.key().eventId())
                .put("event_type", entry.type())
                .put("order_id", entry.orderId())
                .put("stored", entry.stored())
                .put("node", lock.node())
                .put("thread", lock.threadId())
                .put("thread_name", lock.threadName())
                .put("holder", lock.holder())
                .put("alive", lock.alive())
                .put("held_ms", millis(lock.heldFor()))
                .put("ttl_ms", millis(lock.expiresIn()));
    }

    private static @Nullable Long millis(@Nullable Duration duration) {
        return duration == null ? null : Long.valueOf(duration.toMillis());
    }
}
