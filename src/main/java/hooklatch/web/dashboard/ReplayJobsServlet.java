package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.ReplayDao;
import hooklatch.domain.EventKey;
import hooklatch.domain.Json;
import hooklatch.domain.ReplayJob;
import hooklatch.domain.ReplayOutcome;
import hooklatch.domain.Role;
import hooklatch.domain.StatusAnswer;
import hooklatch.service.events.ShownReason;
import hooklatch.service.replay.GroupReplay;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code /dashboard/replays}: group replays; {@code /dashboard/replays/{id}}: one of them and how far it is, with the button
 * that stops it. The progress is read from MySQL, so the page may be left and loaded again. Thread-safe.
 */
final class ReplayJobsServlet extends PageServlet {
    static final String PATH = "/dashboard/replays";

    private static final long serialVersionUID = 1L;
    private static final Pattern JOB = Pattern.compile(PATH + "/(\\d{1,18})(?:\\.json)?");
    private static final int JOBS = 50;
    private static final int REFUSED = 50;
    /** A node that works notes it several times in this time, but for the slowest events. */
    private static final Duration SILENT = Duration.ofSeconds(10);

    private final transient GroupReplay groups;
    private final transient Clock clock;

    ReplayJobsServlet(Surroundings surroundings, GroupReplay groups, Clock clock) {
        super(surroundings, Role.VIEWER);
        this.groups = groups;
        this.clock = clock;
    }

    static String href(String root, long job) {
        return root + PATH + "/" + job;
    }

    @Override
    protected Role actors() {
        return Role.OPERATOR;
    }

    @Override
    protected Trace trace(PageRequest request, String form) {
        return new Trace(form, "Look at the group replay");
    }

    @Override
    protected View get(PageRequest request) {
        if (request.path().equals(PATH) || request.path().equals(PATH + ".json")) {
            return list(request);
        }
        return job(request)
                .flatMap(groups::status)
                .map(status -> one(request, status, ""))
                .orElseGet(() -> View.notFound("There is no such replay."));
    }

    @Override
    protected Reply post(PageRequest request) {
        Optional<GroupReplay.Status> status = job(request).flatMap(groups::status);
        if (status.isEmpty()) {
            return View.notFound("There is no such replay.");
        }
        Reason reason = Reason.of(request, "Say why you stop the replay: it is kept in the audit log.");
        if (reason.problem() != null) {
            return one(request, status.get(), reason.problem()).withStatus(400);
        }
        long job = status.get().job().id();
        boolean canceled = groups.cancel(job, request.visitor().actor(), reason.text());
        return new Redirect(href("", job))
                .saying(
                        canceled
                                ? "The replay was stopped. What it had done stays done; the rest was left as it was."
                                : "The replay was over already.");
    }

    private static Optional<Long> job(PageRequest request) {
        Matcher path = JOB.matcher(request.path());
        return path.matches() ? Optional.of(Long.valueOf(path.group(1))) : Optional.empty();
    }

    private View list(PageRequest request) {
        List<ReplayJob> jobs = groups.jobs(JOBS);
        Instant now = clock.instant();
        List<ReplayJobsView.Row> rows = jobs.stream()
                .map(job -> new ReplayJobsView.Row(
                        Long.toString(job.id()),
                        href(request.root(), job.id()),
                        ReplayWords.stateKind(job.state()),
                        ReplayWords.state(job.state()),
                        String.join(", ", ReplayWords.filter(job.filter())),
                        ReplayWords.count(job.events()),
                        job.username(),
                        job.reason(),
                        Moment.of(job.createdAt(), now)))
                .toList();
        return View.of("replays", new ReplayJobsView(rows)).withJson(() -> {
            ObjectNode answer = Json.object();
            ArrayNode all = answer.putArray("replays");
            jobs.forEach(job -> all.add(json(job, request.visitor())));
            return answer;
        });
    }

    /** @param problem what is wrong with the form that stops it; empty = nothing */
    private View one(PageRequest request, GroupReplay.Status status, String problem) {
        ReplayJob job = status.job();
        ReplayJob.Progress progress = status.progress();
        Instant now = clock.instant();
        boolean running = job.state() == ReplayJob.State.RUNNING;
        List<ReplayDao.Entry> refused = progress.count(ReplayOutcome.Kind.REFUSED) == 0
                ? List.of()
                : groups.endedSo(job.id(), ReplayOutcome.Kind.REFUSED, REFUSED);
        ReplayJobView view = new ReplayJobView(
                Long.toString(job.id()),
                ReplayWords.stateKind(job.state()),
                ReplayWords.state(job.state()),
                ReplayWords.filter(job.filter()),
                job.username(),
                job.reason(),
                Moment.of(job.createdAt(), now),
                finished(job, now),
                node(job),
                silent(status, now),
                ReplayWords.count(job.events()),
                Math.max(1, job.events()),
                progress.done(),
                ReplayWords.count(progress.done()),
                ReplayWords.count(progress.left()),
                status.timeLeft(now).map(ReplayWords::about).orElse(""),
                running,
                running && request.visitor().may(Role.OPERATOR),
                request.verbatim("reason"),
                problem,
                progress.ended().entrySet().stream()
                        .map(end -> new ReplayJobView.Ended(
                                ReplayWords.outcomeKind(end.getKey()),
                                ReplayWords.outcome(end.getKey()),
                                ReplayWords.count(end.getValue())))
                        .toList(),
                refused.stream().map(entry -> event(request.root(), entry)).toList());
        return View.of("replay-job", view).withJson(() -> json(status, refused, now, request.visitor()));
    }

    private static String finished(ReplayJob job, Instant now) {
        Instant at = job.finishedAt();
        if (at == null) {
            return "";
        }
        String by = job.canceledBy() == null ? "" : " by " + job.canceledBy();
        return Moment.of(at, now).exact() + by;
    }

    private static String node(ReplayJob job) {
        if (job.state() == ReplayJob.State.RUNNING && !job.taken()) {
            return "none at the moment, the first that is free takes it within a second or two";
        }
        return job.node() == null ? "" : job.node();
    }

    /** Empty while its node is heard of, or none has it. */
    private static String silent(GroupReplay.Status status, Instant now) {
        Instant heard = status.heardAt().orElse(now);
        if (!heard.plus(SILENT).isBefore(now)) {
            return "";
        }
        ReplayJob job = status.job();
        Moment since = Moment.of(heard, now);
        String silent = "The node that runs it, " + job.node() + ", has not been heard of since " + since.exact() + " ("
                + since.relative() + "). ";
        return now.isBefore(job.leaseUntil())
                ? silent + "If it does not come back, another node takes over by itself "
                        + Moment.of(job.leaseUntil(), now).relative() + "."
                : silent + "Another node takes over by itself, the first that is free.";
    }

    private static ReplayJobView.Event event(String root, ReplayDao.Entry entry) {
        EventKey key = entry.event();
        return new ReplayJobView.Event(
                entry.id(),
                key == null ? "" : key.provider(),
                key == null ? "(forgotten)" : key.eventId(),
                key == null ? "" : EventWords.href(root, key),
                entry.type() == null ? "" : entry.type(),
                entry.message() == null ? "" : ShownReason.of(entry.message()));
    }

    private static ObjectNode json(ReplayJob job, Visitor visitor) {
        ObjectNode answer =
                Json.object().put("id", job.id()).put("state", job.state().column());
        answer.set("filter", Json.read(job.filter().toJson()));
        Instant finished = job.finishedAt();
        answer.put("events", job.events())
                .put("created_at", StatusAnswer.time(job.createdAt()))
                .put("finished_at", finished == null ? null : StatusAnswer.time(finished));
        if (visitor.maySeePeople()) {
            answer.put("user", job.username()).put("reason", job.reason()).put("canceled_by", job.canceledBy());
        }
        return answer.put("node", job.node());
    }

    private static ObjectNode json(
            GroupReplay.Status status, List<ReplayDao.Entry> refused, Instant now, Visitor visitor) {
        ObjectNode answer = json(status.job(), visitor);
        ObjectNode ended = answer.putObject("ended");
        for (Map.Entry<ReplayOutcome.Kind, Integer> end :
                status.progress().ended().entrySet()) {
            ended.put(end.getKey().column(), end.getValue());
        }
        answer.put("left", status.progress().left())
                .put(
                        "seconds_left",
                        status.timeLeft(now).map(Duration::toSeconds).orElse(null))
                .put("heard_at", status.heardAt().map(StatusAnswer::time).orElse(null));
        ArrayNode events = answer.putArray("refused");
        for (ReplayDao.Entry entry : refused) {
            EventKey key = entry.event();
            events.addObject()
                    .put("provider", key == null ? null : key.provider())
                    .put("event_id", key == null ? null : key.eventId())
                    .put("event_type", entry.type())
                    .put("message", ShownReason.ofNullable(entry.message()));
        }
        return answer;
    }
}
