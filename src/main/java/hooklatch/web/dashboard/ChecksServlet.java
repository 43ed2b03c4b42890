package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.CheckRunDao;
import hooklatch.domain.CheckRun;
import hooklatch.domain.Finding;
import hooklatch.domain.InvariantCheck;
import hooklatch.domain.InvariantCheck.Severity;
import hooklatch.domain.Json;
import hooklatch.domain.Role;
import hooklatch.domain.StatusAnswer;
import hooklatch.service.Checks;
import java.text.NumberFormat;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code /dashboard/checks}: what the last run of the checks found, and a button that runs them now. Everybody may: it reads
 * only, and there is never more than one run. {@code /dashboard/checks.json?run=now} does the same for programs, and holds
 * no thread meanwhile. Thread-safe.
 */
final class ChecksServlet extends PageServlet {
    static final String PATH = "/dashboard/checks";

    private static final long serialVersionUID = 1L;
    private static final int PAGE_SIZE = 50;
    private static final Duration FORM_PATIENCE = Duration.ofSeconds(5);
    private static final Duration STALE = Duration.ofHours(1);

    private final transient Checks checks;
    private final transient Clock clock;

    ChecksServlet(Surroundings surroundings, Checks checks, Clock clock) {
        super(surroundings, Role.VIEWER);
        this.checks = checks;
        this.clock = clock;
    }

    @Override
    protected Role actors() {
        return Role.VIEWER;
    }

    @Override
    protected Reply post(PageRequest request) {
        boolean done = checks.runNow(request.visitor().actor(), FORM_PATIENCE).isPresent();
        return new Redirect(PATH)
                .saying(
                        done
                                ? "Everything was checked just now."
                                : "The checks are running; reload the page in a while.");
    }

    @Override
    protected View get(PageRequest request) {
        return view(request, checks.board());
    }

    @Override
    protected Optional<CompletableFuture<Supplier<View>>> later(PageRequest request) {
        if (request.parameter("run").filter("now"::equals).isEmpty()) {
            return Optional.empty();
        }
        // By GET, and so without a form's token: a link of another site must not put it into anybody's name.
        if (request.isFromElsewhere()) {
            throw new UnusableParameterException("Another site asked for a run of the checks. Nothing was done.");
        }
        asked(request);
        return Optional.of(checks.run(request.visitor().actor())
                .thenApply(run -> () -> view(request, new Checks.Board(Optional.of(run), Optional.empty()))));
    }

    private static Optional<InvariantCheck> asked(PageRequest request) {
        return request.parameter("check").map(ChecksServlet::named);
    }

    private View view(PageRequest request, Checks.Board board) {
        CheckRun run = board.last().orElse(null);
        Optional<InvariantCheck> asked = asked(request);
        Listing listing = asked.isEmpty() ? null : listing(request, run, asked.get());
        return View.of("checks", view(request, board, listing)).withJson(() -> json(board, listing));
    }

    /**
     * Findings of one check.
     *
     * @param after the place before the first of them
     * @param next the place of the last of them; null = there are no more
     */
    private record Listing(
            InvariantCheck check,
            int after,
            List<CheckRunDao.Placed> found,
            @Nullable Integer next) {}

    private Listing listing(PageRequest request, @Nullable CheckRun run, InvariantCheck check) {
        int after = request.parameter("after").map(ChecksServlet::place).orElse(0);
        List<CheckRunDao.Placed> found = run == null ? List.of() : checks.findings(run, check, after, PAGE_SIZE + 1);
        boolean more = found.size() > PAGE_SIZE;
        List<CheckRunDao.Placed> shown = more ? found.subList(0, PAGE_SIZE) : found;
        return new Listing(
                check, after, shown, more ? shown.get(shown.size() - 1).position() : null);
    }

    private static InvariantCheck named(String name) {
        return InvariantCheck.ofLabel(name)
                .orElseThrow(() -> new UnusableParameterException("There is no check of this name."));
    }

    /** Before the first run nothing is known to be in order: counts are null then, and not 0. */
    private JsonNode json(Checks.Board board, @Nullable Listing listing) {
        CheckRun run = board.last().orElse(null);
        Instant running = board.runningSince().orElse(null);
        ObjectNode answer = Json.object()
                .put("violations", run == null ? null : Long.valueOf(run.found(Severity.VIOLATION)))
                .put("notices", run == null ? null : Long.valueOf(run.found(Severity.NOTICE)));
        ArrayNode all = answer.putArray("checks");
        for (InvariantCheck check : InvariantCheck.values()) {
            put(all.addObject(), run, check);
        }
        answer.put("ran_at", run == null ? null : StatusAnswer.time(run.finishedAt()))
                .put("state", run == null ? "never_ran" : isStale(run, clock.instant()) ? "stale" : "ran")
                .put("running_since", running == null ? null : StatusAnswer.time(running));
        if (listing != null) {
            put(answer.putObject("check"), run, listing.check());
            ArrayNode found = answer.putArray("found");
            listing.found().forEach(placed -> put(found.addObject(), placed));
            answer.put("next", listing.next());
        }
        return answer;
    }

    private static void put(ObjectNode node, @Nullable CheckRun run, InvariantCheck check) {
        node.put("name", check.label())
                .put("severity", check.severity().label())
                .put("count", run == null ? null : Long.valueOf(run.found(check)));
    }

    private static void put(ObjectNode node, CheckRunDao.Placed placed) {
        Finding finding = placed.finding();
        node.put("detail", finding.detail())
                .put("provider", finding.provider())
                .put("event_id", finding.eventId())
                .put("order_id", finding.orderId())
                .put("payment_id", finding.paymentId())
                .put("fact_id", finding.factId());
    }

    private ChecksView view(PageRequest request, Checks.Board board, @Nullable Listing listing) {
        Instant now = clock.instant();
        CheckRun run = board.last().orElse(null);
        String root = request.root();
        List<ChecksView.Row> rows = Arrays.stream(InvariantCheck.values())
                .map(check -> row(root, check, run))
                .toList();
        long violations = run == null ? 0 : run.found(Severity.VIOLATION);
        long notices = run == null ? 0 : run.found(Severity.NOTICE);
        String kind = run == null ? "idle" : violations > 0 ? "bad" : notices > 0 ? "warn" : "ok";
        String title = run == null
                ? "The checks have not run yet"
                : violations == 0
                        ? "No violation: each processed event has had its effect exactly once"
                        : counted(violations, "violation") + " found";
        return new ChecksView(
                violations == 0 && run != null ? "ok" : kind,
                title,
                run == null ? null : Moment.of(run.finishedAt(), now),
                run == null ? "" : took(run, notices),
                board.runningSince().map(since -> Moment.of(since, now)).orElse(null),
                run != null && isStale(run, now),
                rows,
                listing == null || run == null ? null : detail(request, run, listing));
    }

    /** A large database is checked less often: after ten times the time that it took. */
    private static boolean isStale(CheckRun run, Instant now) {
        return run.finishedAt().plus(STALE).plus(run.took().multipliedBy(20)).isBefore(now);
    }

    private static String took(CheckRun run, long notices) {
        return counted(run.eventsSeen(), "event") + ", " + counted(run.ordersSeen(), "order") + " with payments and "
                + counted(run.factsSeen(), "payment, refund or dispute", "payments, refunds and disputes")
                + " were looked at in " + duration(run.took()) + " on node " + run.node() + ". "
                + (notices == 0
                        ? "No notices."
                        : counted(notices, "notice") + " below: nothing was doubled or lost, but"
                                + " somebody should look.");
    }

    private static String duration(Duration time) {
        return time.toMillis() < 1000
                ? time.toMillis() + " ms"
                : String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }

    private static String counted(long number, String one) {
        return counted(number, one, one + "s");
    }

    private static String counted(long number, String one, String several) {
        return number(number) + " " + (number == 1 ? one : several);
    }

    private static String number(long number) {
        return NumberFormat.getIntegerInstance(Locale.ENGLISH).format(number);
    }

    private static ChecksView.Row row(String root, InvariantCheck check, @Nullable CheckRun run) {
        long found = run == null ? 0 : run.found(check);
        String kind =
                run == null ? "idle" : found == 0 ? "ok" : check.severity() == Severity.VIOLATION ? "bad" : "warn";
        return new ChecksView.Row(
                check.label(),
                check.title(),
                check.severity().label(),
                kind,
                run == null ? "not run" : found == 0 ? "none" : number(found),
                check.meaning(),
                check.whatToDo(),
                found == 0
                        ? null
                        : Link.to(root + PATH).with("check", check.label()).toString());
    }

    private static ChecksView.Detail detail(PageRequest request, CheckRun run, Listing listing) {
        InvariantCheck check = listing.check();
        Link link = Link.to(request.root() + PATH).with("check", check.label());
        long all = run.found(check);
        return new ChecksView.Detail(
                row(request.root(), check, run),
                listing.found().stream()
                        .map(placed -> found(request.root(), placed))
                        .toList(),
                request.root() + PATH,
                listing.after() == 0 ? null : link.toString(),
                listing.next() == null
                        ? null
                        : link.with("after", listing.next()).toString(),
                all > Checks.LISTED
                        ? "Of " + number(all) + " the first " + number(Checks.LISTED) + " are listed."
                        : "");
    }

    private static int place(String text) {
        if (!text.matches("\\d{1,9}")) {
            throw new UnusableParameterException("This is no place in the list. Begin at its top.");
        }
        return Integer.parseInt(text);
    }

    private static ChecksView.Found found(String root, CheckRunDao.Placed placed) {
        Finding finding = placed.finding();
        String provider = finding.provider();
        String event = finding.eventId();
        Long order = finding.orderId();
        return new ChecksView.Found(
                placed.position(),
                finding.detail(),
                event == null ? "" : event,
                event == null || provider == null ? null : OrderWords.eventHref(root, provider, event),
                order == null ? "" : order.toString(),
                order == null ? null : root + OrderServlet.PATH + "/" + order,
                finding.paymentId() == null ? "" : finding.paymentId(),
                finding.factId() == null ? "" : finding.factId());
    }
}
