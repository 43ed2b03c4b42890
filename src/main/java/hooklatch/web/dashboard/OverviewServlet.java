package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.StorageException;
import hooklatch.domain.CheckRun;
import hooklatch.domain.InvariantCheck;
import hooklatch.domain.Json;
import hooklatch.domain.LatencyHistogram;
import hooklatch.domain.Role;
import hooklatch.domain.StatusAnswer;
import hooklatch.lock.LockBoard;
import hooklatch.lock.LockDirectory;
import hooklatch.lock.NodeReport;
import hooklatch.service.Checks;
import hooklatch.service.LockQuery;
import hooklatch.service.OverviewQuery;
import hooklatch.web.Readiness;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /dashboard/overview}: how it goes, and what needs somebody now. Thread-safe. */
final class OverviewServlet extends PageServlet {
    static final String PATH = "/dashboard/overview";

    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(OverviewServlet.class);

    private final transient Sources sources;
    private final transient Clock clock;

    /**
     * Whom it asks.
     *
     * @param providers names of all providers that have an endpoint
     */
    record Sources(
            OverviewQuery overview,
            LockQuery locks,
            LockDirectory directory,
            LockBoard board,
            Readiness readiness,
            Checks checks,
            Iterable<String> providers) {}

    OverviewServlet(Surroundings surroundings, Sources sources, Clock clock) {
        super(surroundings, Role.VIEWER);
        this.sources = sources;
        this.clock = clock;
    }

    /** What was found, before it is put into words. */
    private record Found(
            OverviewQuery.Range range,
            OverviewQuery.@Nullable Traffic traffic,
            OverviewQuery.@Nullable Waiting waiting,
            @Nullable CheckRun checked,
            LockQuery.Listing locks,
            LockDirectory.Nodes nodes,
            Readiness.Report health) {}

    @Override
    protected View get(PageRequest request) {
        OverviewQuery.Range range =
                request.parameter("range").map(OverviewServlet::range).orElse(OverviewQuery.Range.HOUR);
        Found found = find(range);
        Instant now = clock.instant();
        String root = request.root();
        TreeSet<String> providers = new TreeSet<>();
        sources.providers().forEach(providers::add);
        OverviewView view = new OverviewView(
                ranges(root, range),
                found.traffic() == null ? null : traffic(found.traffic(), now, root),
                attention(found, root),
                health(found.health(), sources.board().eventsWithoutLock(), now),
                found.nodes().reports().stream().map(node -> node(node, now)).toList(),
                found.nodes().redisAnswers(),
                providers.stream().map(name -> root + "/webhooks/" + name).toList(),
                link(root, range));
        return View.of("overview", view).withJson(() -> json(found));
    }

    private static OverviewQuery.Range range(String word) {
        return Arrays.stream(OverviewQuery.Range.values())
                .filter(range -> word(range).equals(word))
                .findFirst()
                .orElseThrow(() -> new UnusableParameterException("\"range\" must be hour, day or week."));
    }

    private static String word(OverviewQuery.Range range) {
        return range.name().toLowerCase(Locale.ROOT);
    }

    private static String link(String root, OverviewQuery.Range range) {
        return Link.to(root + PATH).with("range", word(range)).toString();
    }

    /** Without MySQL, what needs none of it is still told. */
    private Found find(OverviewQuery.Range range) {
        OverviewQuery.Traffic traffic = null;
        OverviewQuery.Waiting waiting = null;
        CheckRun checked = null;
        try {
            traffic = sources.overview().traffic(range);
            waiting = sources.overview().waiting();
            checked = sources.checks().board().last().orElse(null);
        } catch (StorageException e) {
            log.warn("an overview without numbers: {}", e.getMessage());
        }
        return new Found(
                range,
                traffic,
                waiting,
                checked,
                sources.locks().list(),
                sources.directory().nodes(),
                sources.readiness().report());
    }

    private static List<OverviewView.Range> ranges(String root, OverviewQuery.Range chosen) {
        return Arrays.stream(OverviewQuery.Range.values())
                .map(range -> new OverviewView.Range(link(root, range), DeliveryChart.words(range), range == chosen))
                .toList();
    }

    private static OverviewView.Traffic traffic(OverviewQuery.Traffic traffic, Instant now, String root) {
        LatencyHistogram latency = traffic.latency();
        long failures = traffic.failures();
        double perMinute = (double) traffic.total() / traffic.range().length().toMinutes();
        List<OverviewView.Figure> figures = List.of(
                new OverviewView.Figure(
                        "Deliveries", Amounts.count(traffic.total()), DeliveryChart.rate(perMinute) + " a minute", ""),
                new OverviewView.Figure(
                        "Failure rate",
                        Amounts.percent(failures, traffic.total()),
                        Amounts.count(failures) + " of " + Amounts.count(traffic.total()) + " deliveries",
                        failures == 0 ? null : root + "/dashboard/failures"),
                new OverviewView.Figure(
                        "Answered within",
                        traffic.total() == 0 ? "–" : Amounts.took(latency.percentile(0.5)),
                        "the median",
                        null),
                new OverviewView.Figure(
                        "95 % within",
                        traffic.total() == 0 ? "–" : Amounts.took(latency.percentile(0.95)),
                        "99 % within " + (traffic.total() == 0 ? "–" : Amounts.took(latency.percentile(0.99))),
                        null),
                new OverviewView.Figure(
                        "Slowest",
                        traffic.total() == 0 ? "–" : Amounts.took(latency.slowest()),
                        "4.5 s are promised",
                        null),
                new OverviewView.Figure(
                        "Rejected",
                        Amounts.count(traffic.refused()),
                        traffic.causes().isEmpty()
                                ? "before processing"
                                : "mostly: "
                                        + RejectionCause.titleOf(
                                                        traffic.causes().get(0).cause())
                                                .toLowerCase(Locale.ROOT),
                        root + RejectedServlet.PATH));
        return new OverviewView.Traffic(
                traffic.anyEver(), DeliveryChart.words(traffic.range()), figures, DeliveryChart.of(traffic, now));
    }

    private List<OverviewView.Attention> attention(Found found, String root) {
        List<OverviewView.Attention> all = new ArrayList<>();
        if (found.traffic() == null || found.waiting() == null) {
            all.add(new OverviewView.Attention(
                    "bad",
                    "not known",
                    "MySQL did not answer: whether events wait for somebody is not known, and deliveries may be answered"
                            + " 503. Their providers send them again.",
                    root + "/health/ready",
                    "Health"));
        }
        sources.board()
                .degraded()
                .ifPresent(degraded -> all.add(new OverviewView.Attention(
                        "warn",
                        "degraded",
                        "This node has processed " + Amounts.count(degraded.events())
                                + " events without Redis. They count exactly once, by MySQL alone; they take longer.",
                        root + "/health/ready",
                        "Health")));
        CheckRun checked = found.checked();
        long violations = checked == null ? 0 : checked.found(InvariantCheck.Severity.VIOLATION);
        if (violations > 0) {
            all.add(new OverviewView.Attention(
                    "bad",
                    "checks",
                    Amounts.countOf(violations, "violation was", "violations were")
                            + " found by the last run of the checks: an effect may be doubled or missing.",
                    root + ChecksServlet.PATH,
                    "Checks"));
        }
        OverviewQuery.Waiting waiting = found.waiting();
        if (waiting != null && waiting.deadLettered() > 0) {
            all.add(new OverviewView.Attention(
                    "bad",
                    "dead-lettered",
                    Amounts.countedUpTo(waiting.deadLettered(), OverviewQuery.COUNTED_UP_TO)
                            + (waiting.deadLettered() == 1
                                    ? " event has been refused often and for long, and is tried again by itself once an"
                                            + " hour, for three days."
                                    : " events have been refused often and for long, and are tried again by themselves once"
                                            + " an hour, for three days.")
                            + " Somebody must remove the cause.",
                    root + "/dashboard/failures",
                    "Failures"));
        }
        if (waiting != null && waiting.failed() > 0) {
            all.add(new OverviewView.Attention(
                    "warn",
                    "failed",
                    Amounts.countedUpTo(waiting.failed(), OverviewQuery.COUNTED_UP_TO)
                            + (waiting.failed() == 1
                                    ? " event was refused and is tried again by itself."
                                    : " events were refused and are tried again by themselves."),
                    root + "/dashboard/failures",
                    "Failures"));
        }
        long dead = found.locks().entries().stream()
                .filter(entry -> !entry.lock().alive())
                .count();
        if (dead > 0) {
            all.add(new OverviewView.Attention(
                    "warn",
                    "locks",
                    Amounts.countOf(dead, "lock is", "locks are")
                            + " held by a node that does not report. Each frees itself when it expires.",
                    root + LocksServlet.PATH,
                    "Held locks"));
        }
        long longHeld = found.locks().entries().stream()
                .filter(entry -> entry.lock().alive())
                .filter(entry -> LockQuery.isLongHeld(entry.lock()))
                .count();
        if (longHeld > 0) {
            all.add(new OverviewView.Attention(
                    "warn",
                    "locks",
                    Amounts.countOf(longHeld, "lock is", "locks are") + " held for longer than any delivery may take.",
                    root + LocksServlet.PATH,
                    "Held locks"));
        }
        return all;
    }

    private static List<OverviewView.Health> health(Readiness.Report report, long withoutRedis, Instant now) {
        OverviewView.Health redis =
                health("Redis", report.redis(), now, "Events are processed without it, exactly once by MySQL alone.");
        if (report.redis().up() && withoutRedis > 0) {
            // It may have been too slow for some of them while it answered whoever asked for its health.
            redis = new OverviewView.Health(
                    "Redis",
                    "ok",
                    "up",
                    "now; " + Amounts.countOf(withoutRedis, "event has", "events have")
                            + " gone without it since this node started");
        }
        return List.of(
                health("MySQL", report.mysql(), now, "Deliveries are answered 503, and providers send them again."),
                redis);
    }

    private static OverviewView.Health health(
            String name, Readiness.Dependency state, Instant now, String consequence) {
        String since = "since " + Moment.of(state.since(), now).exact();
        return state.up()
                ? new OverviewView.Health(name, "ok", "up", since)
                : new OverviewView.Health(
                        name,
                        "bad",
                        "down",
                        since + " (" + (state.reason() == null ? "no answer" : state.reason()) + "). " + consequence);
    }

    private static OverviewView.Node node(NodeReport report, Instant now) {
        return new OverviewView.Node(
                report.node(),
                report.isAlive(),
                report.isAlive() ? "alive" : report.left() ? "stopped" : "silent",
                report.version(),
                Amounts.lasting(Duration.between(report.startedAt(), now).abs()),
                Amounts.count(report.inFlight()),
                Amounts.count(report.eventsWithoutLock()),
                report.isAlive() ? "now" : Amounts.lasting(report.silentFor()) + " ago");
    }

    private JsonNode json(Found found) {
        ObjectNode answer = Json.object();
        answer.put("range", word(found.range()));
        OverviewQuery.Traffic traffic = found.traffic();
        if (traffic == null) {
            answer.putNull("traffic");
        } else {
            json(traffic, answer.putObject("traffic"));
        }
        OverviewQuery.Waiting waiting = found.waiting();
        answer.put("failed", waiting == null ? null : Long.valueOf(waiting.failed()));
        answer.put("dead_lettered", waiting == null ? null : Long.valueOf(waiting.deadLettered()));
        answer.put("counted_up_to", OverviewQuery.COUNTED_UP_TO);
        answer.put("locks", found.locks().entries().size());
        answer.put("mysql", found.health().mysql().up() ? "up" : "down");
        answer.put("redis", found.health().redis().up() ? "up" : "down");
        Optional<LockBoard.Degraded> degraded = sources.board().degraded();
        answer.put(
                "degraded_since",
                degraded.map(away -> StatusAnswer.time(away.since())).orElse(null));
        answer.put(
                "events_without_redis", degraded.map(LockBoard.Degraded::events).orElse(null));
        ArrayNode nodes = answer.putArray("nodes");
        for (NodeReport report : found.nodes().reports()) {
            nodes.addObject()
                    .put("node", report.node())
                    .put("alive", report.isAlive())
                    .put("version", report.version())
                    .put("started_at", StatusAnswer.time(report.startedAt()))
                    .put("in_flight", report.inFlight())
                    .put("events_without_redis", report.eventsWithoutLock())
                    .put("silent_ms", report.silentFor().toMillis());
        }
        return answer;
    }

    private static void json(OverviewQuery.Traffic traffic, ObjectNode node) {
        LatencyHistogram latency = traffic.latency();
        node.put("deliveries", traffic.total())
                .put("failures", traffic.failures())
                .put("rejected", traffic.refused())
                .put("p50_ms", millis(latency.percentile(0.5)))
                .put("p95_ms", millis(latency.percentile(0.95)))
                .put("p99_ms", millis(latency.percentile(0.99)))
                .put("slowest_ms", millis(latency.slowest()))
                .put("bar_seconds", traffic.range().barWidth().toSeconds());
        ArrayNode bars = node.putArray("bars");
        for (OverviewQuery.Bar bar : traffic.bars()) {
            ObjectNode one = bars.addObject().put("from", StatusAnswer.time(bar.from()));
            bar.deliveries().forEach(one::put);
        }
    }

    private static double millis(Duration duration) {
        return Math.round(duration.toNanos() / 10_000.0) / 100.0;
    }
}
