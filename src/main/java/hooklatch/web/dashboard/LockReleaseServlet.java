package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.EventKey;
import hooklatch.domain.Json;
import hooklatch.domain.Role;
import hooklatch.lock.HeldLock;
import hooklatch.service.LockQuery;
import hooklatch.service.LockRelease;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code /dashboard/locks/release}: explains what a release does, asks why, and does it. Operators only. Thread-safe. */
final class LockReleaseServlet extends PageServlet {
    static final String PATH = LocksServlet.PATH + "/release";

    private static final long serialVersionUID = 1L;
    private static final int LEAST_REASON = 3;
    private static final int LONGEST_REASON = 1_000;
    private static final Pattern PROVIDER = Pattern.compile("[a-z0-9_-]{1,64}");
    private static final Pattern HOLDER = Pattern.compile("[\\x21-\\x7E]{1,128}");

    private final transient LockQuery locks;
    private final transient LockRelease release;

    LockReleaseServlet(Surroundings surroundings, LockQuery locks, LockRelease release) {
        super(surroundings, Role.OPERATOR);
        this.locks = locks;
        this.release = release;
    }

    @Override
    protected Role actors() {
        return Role.OPERATOR;
    }

    @Override
    protected List<String> placeFields() {
        return List.of("provider", "event_id", "holder");
    }

    @Override
    protected Trace trace(PageRequest request, String form) {
        return new Trace(LocksServlet.PATH, "Look at the held locks");
    }

    @Override
    protected View get(PageRequest request) {
        return question(request, null);
    }

    @Override
    protected Reply post(PageRequest request) {
        String reason = request.parameter("reason").orElse("");
        if (reason.length() < LEAST_REASON) {
            return question(request, "Say in a few words why you release the lock: it is kept in the audit log.")
                    .withStatus(400);
        }
        if (reason.length() > LONGEST_REASON) {
            return question(request, "The reason is too long: at most 1,000 characters.")
                    .withStatus(400);
        }
        EventKey key = key(request);
        return LocksServlet.after(key, release.release(request.visitor().actor(), key, holder(request), reason));
    }

    private View question(PageRequest request, @Nullable String problem) {
        EventKey key = key(request);
        String holder = holder(request);
        LockQuery.Found found = locks.find(key);
        Optional<HeldLock> held = found.entry()
                .map(LockQuery.Entry::lock)
                .filter(lock -> lock.holder().equals(holder));
        LockReleaseView view = new LockReleaseView(
                found.redisAnswers(),
                held.isPresent(),
                LocksServlet.releaseHref(request.root(), key, holder),
                key.provider(),
                key.eventId(),
                found.entry()
                        .map(entry -> LocksServlet.eventHref(request.root(), entry))
                        .orElse(null),
                holder,
                held.map(LocksServlet::node).orElse(""),
                held.map(LocksServlet::thread).orElse(""),
                held.map(HeldLock::alive).orElse(false),
                held.map(lock -> lasting(lock.heldFor())).orElse(""),
                held.map(lock -> lasting(lock.expiresIn())).orElse(""),
                request.verbatim("reason"),
                problem);
        return View.of("lock-release", view).withJson(() -> json(found, key, holder));
    }

    /** As long as Redis does not answer, whether it is held is null: not known. */
    private static JsonNode json(LockQuery.Found found, EventKey key, String holder) {
        ObjectNode answer = Json.object()
                .put("redis", found.redisAnswers())
                .put("provider", key.provider())
                .put("event_id", key.eventId())
                .put("holder", holder);
        Optional<LockQuery.Entry> held = found.redisAnswers()
                ? found.entry().filter(entry -> entry.lock().holder().equals(holder))
                : Optional.empty();
        answer.put("held", found.redisAnswers() ? Boolean.valueOf(held.isPresent()) : null);
        answer.set("lock", held.map(LocksServlet::json).orElse(null));
        return answer;
    }

    private static String lasting(@Nullable Duration duration) {
        return duration == null ? "unknown" : Amounts.lasting(duration);
    }

    private static EventKey key(PageRequest request) {
        String provider = request.parameter("provider").orElse("");
        String eventId = request.parameter("event_id").orElse("");
        if (!PROVIDER.matcher(provider).matches() || !EventKey.isValidId(eventId)) {
            throw new UnusableParameterException("This names no event. Choose a lock from the list.");
        }
        return new EventKey(provider, eventId);
    }

    private static String holder(PageRequest request) {
        String holder = request.parameter("holder").orElse("");
        if (!HOLDER.matcher(holder).matches()) {
            throw new UnusableParameterException("This names no holder of a lock. Choose a lock from the list.");
        }
        return holder;
    }
}
