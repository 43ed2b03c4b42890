package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.EventStatus;
import hooklatch.domain.Json;
import hooklatch.domain.ReplayFilter;
import hooklatch.domain.ReplayJob;
import hooklatch.domain.Role;
import hooklatch.domain.StatusAnswer;
import hooklatch.service.replay.GroupReplay;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code /dashboard/replay-group?cause=…} or with {@code provider}, {@code type}, {@code from}, {@code to} and any number of
 * {@code status}: how many events that is, and the form that makes it a job. A parameter that is not understood is refused and
 * never passed over: a set must not turn out larger than it looked. Operators act; viewers read. Thread-safe.
 */
final class GroupReplayServlet extends PageServlet {
    private static final Pattern PROVIDER = Pattern.compile("[a-z0-9_-]{1,32}");
    static final String PATH = "/dashboard/replay-group";

    private static final long serialVersionUID = 1L;
    private static final Set<String> PARAMETERS = Set.of(
            "status",
            "provider",
            "type",
            "cause",
            "from",
            "to",
            "newest",
            "request",
            "reason",
            Gate.CSRF_FIELD,
            Gate.USER_FIELD);
    private static final Pattern REQUEST = Pattern.compile("[0-9a-f-]{36}");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

    private final transient GroupReplay groups;

    GroupReplayServlet(Surroundings surroundings, GroupReplay groups) {
        super(surroundings, Role.VIEWER);
        this.groups = groups;
    }

    @Override
    protected Role actors() {
        return Role.OPERATOR;
    }

    @Override
    protected List<String> placeFields() {
        return List.of("status", "provider", "type", "cause", "from", "to");
    }

    @Override
    protected Set<String> repeatable() {
        return Set.of("status");
    }

    @Override
    protected Trace trace(PageRequest request, String form) {
        return new Trace(ReplayJobsServlet.PATH, "Look at the group replays");
    }

    @Override
    protected View get(PageRequest request) {
        return page(request, filter(request), "", null);
    }

    @Override
    protected Reply post(PageRequest request) {
        ReplayFilter filter = filter(request);
        Reason reason = Reason.of(request, "Say why: the reason is kept with the job and in the audit log.");
        String newest = request.parameter("newest").orElse("");
        String form = request.parameter("request").orElse("");
        if (!filter.isSet()
                || !NUMBER.matcher(newest).matches()
                || !REQUEST.matcher(form).matches()) {
            throw new UnusableParameterException("The form is incomplete. Begin again at the page of failures.");
        }
        if (reason.problem() != null) {
            return page(request, filter, reason.text(), reason.problem()).withStatus(400);
        }
        ReplayJob job = groups.confirm(
                form, filter, Long.parseLong(newest), request.visitor().actor(), reason.text());
        return new Redirect(ReplayJobsServlet.href("", job.id()));
    }

    private View page(PageRequest request, ReplayFilter filter, String reason, @Nullable String problem) {
        GroupReplay.Counted counted = filter.isSet() ? groups.count(filter) : new GroupReplay.Counted(0, 0);
        boolean tooMany = counted.events() > GroupReplay.MOST_EVENTS;
        String most = ReplayWords.count(GroupReplay.MOST_EVENTS);
        GroupReplayView view = new GroupReplayView(
                ReplayWords.filter(filter),
                ReplayWords.count(counted.events(), GroupReplay.MOST_EVENTS),
                counted.events() > 0,
                tooMany ? "One job takes " + most + " events; the oldest are taken. Make another for the rest." : "",
                filter.isSet()
                        ? ""
                        : "A group replay needs a filter besides the status: a cause, a provider, a type or a time.",
                fields(filter),
                Long.toString(counted.newestRow()),
                UUID.randomUUID().toString(),
                reason,
                problem,
                request.visitor().may(Role.OPERATOR));
        return View.of("replay-group", view).withJson(() -> {
            ObjectNode answer = Json.object();
            answer.set("filter", Json.read(filter.toJson()));
            // Without a filter nothing was counted.
            return answer.put(
                            "events",
                            filter.isSet()
                                    ? Integer.valueOf(Math.min(counted.events(), GroupReplay.MOST_EVENTS))
                                    : null)
                    .put("more", tooMany)
                    .put("possible", filter.isSet());
        });
    }

    private static List<GroupReplayView.Field> fields(ReplayFilter filter) {
        List<GroupReplayView.Field> fields = new ArrayList<>();
        filter.statuses().forEach(status -> add(fields, "status", status.column()));
        add(fields, "provider", filter.provider());
        add(fields, "type", filter.type());
        add(fields, "cause", filter.cause());
        add(fields, "from", filter.from() == null ? null : StatusAnswer.time(filter.from()));
        add(fields, "to", filter.to() == null ? null : StatusAnswer.time(filter.to()));
        return fields;
    }

    private static void add(List<GroupReplayView.Field> fields, String name, @Nullable String value) {
        if (value != null) {
            fields.add(new GroupReplayView.Field(name, value));
        }
    }

    private static ReplayFilter filter(PageRequest request) {
        for (String name : request.names()) {
            if (!PARAMETERS.contains(name) && request.parameter(name).isPresent()) {
                throw new UnusableParameterException("A group replay knows no filter \"" + name
                        + "\". Only status, provider, type, cause, from and to can be asked for.");
            }
        }
        Set<EventStatus> statuses = EnumSet.noneOf(EventStatus.class);
        for (String name : request.all("status")) {
            statuses.add(status(name));
        }
        Instant from = request.time("from").orElse(null);
        Instant to = request.time("to").orElse(null);
        return new ReplayFilter(
                statuses.isEmpty() ? ReplayFilter.REFUSED : statuses,
                request.parameter("provider").map(GroupReplayServlet::provider).orElse(null),
                request.parameter("type").orElse(null),
                request.parameter("cause").orElse(null),
                from,
                to);
    }

    private static String provider(String name) {
        if (!PROVIDER.matcher(name).matches()) {
            throw new UnusableParameterException("\"provider\" must be the name of a provider, such as stripe.");
        }
        return name;
    }

    private static EventStatus status(String name) {
        for (EventStatus status : ReplayFilter.REPLAYABLE) {
            if (status.column().equals(name.toLowerCase(Locale.ROOT))) {
                return status;
            }
        }
        throw new UnusableParameterException(
                "Only events that failed, were dead-lettered or skipped can be replayed: their effect was not had.");
    }
}
