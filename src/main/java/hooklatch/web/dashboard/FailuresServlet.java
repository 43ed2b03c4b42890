package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.FailureDao;
import hooklatch.domain.Json;
import hooklatch.domain.ReplayFilter;
import hooklatch.domain.Role;
import hooklatch.domain.StatusAnswer;
import hooklatch.service.events.ShownReason;
import hooklatch.service.replay.Failures;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** {@code /dashboard/failures}: failed and dead-lettered events by cause, and what to do about them. Thread-safe. */
final class FailuresServlet extends PageServlet {
    static final String PATH = "/dashboard/failures";

    private static final long serialVersionUID = 1L;
    private static final int SAMPLES = 5;

    private final transient Failures failures;
    private final transient Clock clock;

    FailuresServlet(Surroundings surroundings, Failures failures, Clock clock) {
        super(surroundings, Role.VIEWER);
        this.failures = failures;
        this.clock = clock;
    }

    @Override
    protected View get(PageRequest request) {
        Failures.Overview overview = failures.overview();
        Instant now = clock.instant();
        List<FailuresView.Group> groups = IntStream.range(0, overview.groups().size())
                .mapToObj(i -> group(request.root(), i, overview.groups().get(i), now))
                .toList();
        return View.of("failures", new FailuresView(groups, overview.all(), request.root() + ReplayJobsServlet.PATH))
                .withJson(() -> json(overview));
    }

    private static FailuresView.Group group(String root, int position, Failures.Group group, Instant now) {
        FailureWords words = FailureWords.of(group.cause());
        Instant next = group.nextAttempt();
        ReplayFilter filter = ReplayFilter.ofCause(group.cause());
        return new FailuresView.Group(
                "cause-" + position,
                group.cause(),
                ReplayWords.count(group.count(), Failures.CAP),
                group.deadLettered() == 0 ? "" : ReplayWords.count((int) group.deadLettered()),
                Moment.of(group.firstSeen(), now),
                Moment.of(group.lastSeen(), now),
                String.join(", ", group.providers()),
                String.join(", ", group.types()),
                group.isWhole() ? "" : "of the newest " + group.sample().size(),
                next == null ? null : Moment.of(next, now),
                words.meaning(),
                words.whatToDo(),
                group.sample().stream()
                        .limit(SAMPLES)
                        .map(failure -> sample(root, failure, now))
                        .toList(),
                ReplayWords.with(Link.to(root + GroupReplayServlet.PATH), filter)
                        .toString());
    }

    private static FailuresView.Sample sample(String root, FailureDao.Failure failure, Instant now) {
        return new FailuresView.Sample(
                failure.key().provider(),
                failure.key().eventId(),
                EventWords.href(root, failure.key()),
                failure.type(),
                EventWords.statusKind(failure.status()),
                EventWords.status(failure.status()),
                Integer.toString(failure.attempts()),
                Moment.of(failure.receivedAt(), now),
                ShownReason.of(failure.error()),
                failure.orderId() == null ? "" : failure.orderId().toString(),
                EventWords.orderHref(root, failure.orderId()),
                ReplayServlet.href(root, failure.key()));
    }

    private static JsonNode json(Failures.Overview overview) {
        ObjectNode answer = Json.object();
        ArrayNode causes = answer.putArray("causes");
        for (Failures.Group group : overview.groups()) {
            ObjectNode node = causes.addObject()
                    .put("cause", group.cause())
                    .put("count", Math.min(group.count(), Failures.CAP))
                    .put("more", group.isCapped())
                    .put("first_seen", StatusAnswer.time(group.firstSeen()))
                    .put("last_seen", StatusAnswer.time(group.lastSeen()))
                    .put("next_attempt_at", time(group.nextAttempt()));
            group.providers().forEach(node.putArray("providers")::add);
            group.types().forEach(node.putArray("types")::add);
            ArrayNode events = node.putArray("events");
            group.sample().stream()
                    .limit(SAMPLES)
                    .forEach(failure -> events.addObject()
                            .put("provider", failure.key().provider())
                            .put("event_id", failure.key().eventId())
                            .put("event_type", failure.type())
                            .put("status", failure.status().column())
                            .put("order_id", failure.orderId())
                            .put("error", ShownReason.of(failure.error()))
                            .put("attempts", failure.attempts())
                            .put("received_at", StatusAnswer.time(failure.receivedAt()))
                            .put("next_attempt_at", time(failure.nextAttemptAt())));
        }
        return answer.put("all", overview.all());
    }

    private static @Nullable String time(@Nullable Instant at) {
        return at == null ? null : StatusAnswer.time(at);
    }
}
