package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.ReplayDao;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import hooklatch.domain.Json;
import hooklatch.domain.ReplayOutcome;
import hooklatch.domain.Role;
import hooklatch.domain.RowChange;
import hooklatch.domain.StatusAnswer;
import hooklatch.service.Rehearsal;
import hooklatch.service.events.PayloadMask;
import hooklatch.service.events.ShownReason;
import hooklatch.service.replay.Replay;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code /dashboard/replay?provider=…&event_id=…}: what a replay of this event would do (a dry run), and below what one has
 * shown, the button that does it. A form of a program's own making need not rehearse. The event is a parameter, since its id
 * may hold anything. Operators act; viewers read. Thread-safe.
 */
final class ReplayServlet extends PageServlet {
    static final String PATH = "/dashboard/replay";

    private static final long serialVersionUID = 1L;
    private static final Pattern PROVIDER = Pattern.compile("[a-z0-9_-]{1,32}");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

    private final transient Replay replay;
    private final transient Clock clock;

    ReplayServlet(Surroundings surroundings, Replay replay, Clock clock) {
        super(surroundings, Role.VIEWER);
        this.replay = replay;
        this.clock = clock;
    }

    /** Where an event is replayed. */
    static String href(String root, EventKey key) {
        return Link.to(root + PATH)
                .with("provider", key.provider())
                .with("event_id", key.eventId())
                .toString();
    }

    /** The same, with what one of its replays came to. */
    static String href(String root, EventKey key, long replay) {
        return Link.to(href(root, key)).with("done", Long.toString(replay)).toString();
    }

    @Override
    protected Role actors() {
        return Role.OPERATOR;
    }

    @Override
    protected List<String> placeFields() {
        return List.of("provider", "event_id");
    }

    @Override
    protected Trace trace(PageRequest request, String form) {
        return new Trace(form, "Look at the replays of the event");
    }

    @Override
    protected View get(PageRequest request) {
        EventKey key = key(request);
        Optional<Replay.Look> look = replay.look(key);
        if (look.isEmpty()) {
            return View.notFound("There is no such event, or it was forgotten.");
        }
        return page(request, look.get(), null, null)
                .withNotice(notice(request, key))
                .withJson(() -> json(look.get(), request.visitor()));
    }

    @Override
    protected Reply post(PageRequest request) {
        EventKey key = key(request);
        String action = request.parameter("action").orElse("");
        if (action.equals("dry-run")) {
            return rehearsed(request, key, null);
        }
        if (!action.equals("replay")) {
            throw new UnusableParameterException("There is no such action.");
        }
        Reason reason =
                Reason.of(request, "Say why you replay the event: it is kept with the replay and in the audit log.");
        if (reason.problem() != null) {
            // The form stands below a dry run, so that nobody sends it again without looking.
            return rehearsed(request, key, reason.problem()).withStatus(400);
        }
        Replay.Ended ended = replay.replay(key, request.visitor().actor(), reason.text());
        return new Redirect(Link.to(href("", key)).with("done", ended.id()).toString());
    }

    /** @param problem what is wrong with the form of the replay itself, or null */
    private View rehearsed(PageRequest request, EventKey key, @Nullable String problem) {
        Rehearsal.Ended ended = replay.rehearse(key, request.visitor().actor());
        return replay.look(key)
                .map(look -> page(request, look, ended, problem))
                .orElseGet(() -> View.notFound("There is no such event, or it was forgotten."));
    }

    private static EventKey key(PageRequest request) {
        String provider = request.parameter("provider").orElse("");
        String id = request.verbatim("event_id");
        if (!PROVIDER.matcher(provider).matches() || !EventKey.isValidId(id)) {
            throw new UnusableParameterException("\"provider\" and \"event_id\" must name an event.");
        }
        return new EventKey(provider, id);
    }

    /** What the replay that has just been done came to; only of this event, whatever number is asked for. */
    private @Nullable String notice(PageRequest request, EventKey key) {
        return request.parameter("done")
                .filter(id -> NUMBER.matcher(id).matches())
                .flatMap(id -> replay.find(Long.parseLong(id)))
                .filter(entry -> key.equals(entry.event()) && entry.outcome() != null)
                .map(entry -> ReplayWords.told(
                        entry.outcome() == null ? ReplayOutcome.Kind.UNAVAILABLE : entry.outcome(),
                        ShownReason.ofNullable(entry.message())))
                .orElse(null);
    }

    private View page(
            PageRequest request, Replay.Look look, Rehearsal.@Nullable Ended rehearsed, @Nullable String problem) {
        Instant now = clock.instant();
        EventRecord event = look.event();
        ReplayOutcome.Kind obstacle = look.obstacle();
        return View.of(
                "replay",
                new ReplayView(
                        event.key().provider(),
                        event.key().eventId(),
                        EventWords.href(request.root(), event.key()),
                        event.type(),
                        EventWords.statusKind(event.status()),
                        EventWords.status(event.status()),
                        event.error() == null ? "" : ShownReason.of(event.error()),
                        Integer.toString(event.attempts()),
                        Moment.of(event.receivedAt(), now),
                        obstacle == null ? "" : ReplayWords.obstacle(obstacle, event, now),
                        request.visitor().may(Role.OPERATOR),
                        rehearsed == null ? null : rehearsed(rehearsed),
                        request.verbatim("reason"),
                        problem == null ? "" : problem,
                        look.earlier().stream()
                                .map(entry -> earlier(request.root(), entry, now))
                                .toList()));
    }

    private static ReplayView.Rehearsed rehearsed(Rehearsal.Ended ended) {
        List<ReplayView.Row> rows = new ArrayList<>();
        for (RowChange row : ended.rows()) {
            boolean asItWas = row.kind() == RowChange.Kind.SAME;
            rows.add(new ReplayView.Row(
                    "row-" + rows.size(),
                    ReplayWords.table(row.table()),
                    row.key(),
                    ReplayWords.rowBadge(row.kind()),
                    ReplayWords.rowKind(row.kind()),
                    row.columns().stream()
                            .filter(column -> !column.counter() && (asItWas || column.isChanged()))
                            .map(column -> new ReplayView.Column(
                                    column.name(),
                                    text(column.name(), column.before()),
                                    text(column.name(), column.after()),
                                    column.isChanged()))
                            .toList()));
        }
        int actions = ended.afterCommit();
        return new ReplayView.Rehearsed(
                ReplayWords.outcomeKind(ended.outcome().kind()),
                ReplayWords.rehearsedOutcome(ended.outcome().kind()),
                ShownReason.of(ReplayWords.rehearsed(ended.outcome())),
                actions == 0
                        ? ""
                        : "After the commit, handlers would run " + actions
                                + (actions == 1 ? " action" : " actions")
                                + " outside the database (a message, for example). The dry run ran none.",
                rows);
    }

    /** What a provider said stands in two columns, and may tell of people. */
    private static String text(String column, @Nullable String value) {
        if (value == null) {
            return "–";
        }
        return switch (column) {
            case "error" -> ShownReason.of(value);
            case "result" ->
                PayloadMask.masked(value.getBytes(StandardCharsets.UTF_8)).orElse("");
            default -> value;
        };
    }

    static ReplayView.Earlier earlier(String root, ReplayDao.Entry entry, Instant now) {
        ReplayOutcome.Kind kind = entry.outcome();
        Instant finished = entry.finishedAt();
        return new ReplayView.Earlier(
                entry.id(),
                Moment.of(finished == null ? entry.requestedAt() : finished, now),
                kind == null ? "warn" : ReplayWords.outcomeKind(kind),
                kind == null ? "Not known how it ended" : ReplayWords.outcome(kind),
                entry.message() == null ? "" : ShownReason.of(entry.message()),
                entry.username() == null ? "" : entry.username(),
                entry.reason() == null ? "" : entry.reason(),
                entry.jobId() == null ? "" : ReplayJobsServlet.href(root, entry.jobId()));
    }

    private static JsonNode json(Replay.Look look, Visitor visitor) {
        EventRecord event = look.event();
        ReplayOutcome.Kind obstacle = look.obstacle();
        ObjectNode answer = Json.object()
                .put("provider", event.key().provider())
                .put("event_id", event.key().eventId())
                .put("status", event.status().column())
                .put("obstacle", obstacle == null ? null : obstacle.column());
        ArrayNode replays = answer.putArray("replays");
        for (ReplayDao.Entry entry : look.earlier()) {
            replays.add(json(entry, visitor));
        }
        return answer;
    }

    private static ObjectNode json(ReplayDao.Entry entry, Visitor visitor) {
        ReplayOutcome.Kind kind = entry.outcome();
        Instant finished = entry.finishedAt();
        EventKey key = entry.event();
        ObjectNode answer = Json.object()
                .put("provider", key == null ? null : key.provider())
                .put("event_id", key == null ? null : key.eventId())
                .put("outcome", kind == null ? null : kind.column())
                .put("message", ShownReason.ofNullable(entry.message()))
                .put("requested_at", StatusAnswer.time(entry.requestedAt()))
                .put("finished_at", finished == null ? null : StatusAnswer.time(finished));
        if (visitor.maySeePeople()) {
            answer.put("user", entry.username()).put("reason", entry.reason());
        }
        return answer.put("job", entry.jobId());
    }
}
