package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.AuditDao;
import hooklatch.domain.Actor;
import hooklatch.domain.AuditEntry;
import hooklatch.domain.Json;
import hooklatch.domain.Role;
import hooklatch.service.AuditQuery;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code /dashboard/audit}: who did what, when and why. Admins only. Thread-safe. */
final class AuditServlet extends PageServlet {
    static final String PATH = "/dashboard/audit";

    private static final long serialVersionUID = 1L;
    private static final int PAGE_SIZE = 50;
    private static final Pattern ACTION = Pattern.compile("[a-z_.]{1,64}");
    private static final Pattern CURSOR = Pattern.compile("(\\d{1,17})\\.(\\d{1,18})");

    private final transient AuditQuery audit;
    private final transient Clock clock;

    AuditServlet(Surroundings surroundings, AuditQuery audit, Clock clock) {
        super(surroundings, Role.ADMIN);
        this.audit = audit;
        this.clock = clock;
    }

    @Override
    protected boolean isReadWithToken() {
        return false;
    }

    @Override
    protected View get(PageRequest request) {
        AuditDao.Filter filter = new AuditDao.Filter(
                request.parameter("user").orElse(null),
                // The column is ASCII, and MySQL refuses to compare it with anything else; no action is named "-".
                request.parameter("action")
                        .map(action -> ACTION.matcher(action).matches() ? action : "-")
                        .orElse(null),
                request.parameter("target").orElse(null),
                request.time("from").orElse(null),
                request.time("to").orElse(null));
        Optional<AuditDao.Cursor> after = request.parameter("cursor").map(AuditServlet::cursor);
        AuditQuery.Page page = audit.page(filter, after.orElse(null), PAGE_SIZE);
        AuditView.Filter fields = new AuditView.Filter(
                request.parameter("user").orElse(""),
                request.parameter("action").orElse(""),
                request.parameter("target").orElse(""),
                request.parameter("from").orElse(""),
                request.parameter("to").orElse(""));
        Instant now = clock.instant();
        List<AuditView.Row> rows =
                page.entries().stream().map(entry -> row(entry, now)).toList();
        Link link = Link.to(request.root() + PATH)
                .with("user", fields.user())
                .with("action", fields.action())
                .with("target", fields.target())
                .with("from", fields.from())
                .with("to", fields.to());
        boolean filtered = !link.toString().equals(request.root() + PATH);
        AuditDao.@Nullable Cursor next = page.next();
        AuditView view = new AuditView(
                fields,
                filtered,
                rows,
                after.isPresent() ? link.toString() : null,
                next == null ? null : link.with("cursor", text(next)).toString());
        return View.of("audit", view).withJson(() -> json(page));
    }

    private static AuditView.Row row(AuditEntry entry, Instant now) {
        Role role = entry.actor().role();
        return new AuditView.Row(
                entry.id(),
                Moment.of(entry.at(), now),
                who(entry.actor()),
                role == null ? "" : role.column(),
                entry.action(),
                text(entry.target()),
                text(entry.reason()),
                inWords(entry.detailsJson()),
                text(entry.actor().sourceAddress()),
                entry.node());
    }

    /** Entries without a user are by somebody who was not signed in, or by nobody. */
    private static String who(Actor actor) {
        if (actor.username() != null) {
            return actor.username();
        }
        return actor.sourceAddress() == null ? "Hooklatch itself" : "not signed in";
    }

    private static String inWords(@Nullable String detailsJson) {
        if (detailsJson == null) {
            return "";
        }
        return Json.read(detailsJson).properties().stream()
                .map(detail -> detail.getKey().replace('_', ' ') + ": "
                        + (detail.getValue().isValueNode()
                                ? detail.getValue().asText()
                                : detail.getValue().toString()))
                .collect(Collectors.joining(", "));
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static JsonNode json(AuditQuery.Page page) {
        ObjectNode answer = Json.object();
        ArrayNode entries = answer.putArray("entries");
        for (AuditEntry entry : page.entries()) {
            Role role = entry.actor().role();
            ObjectNode node = entries.addObject()
                    .put("id", entry.id())
                    .put("at", Moment.of(entry.at(), entry.at()).iso())
                    .put("user", entry.actor().username())
                    .put("role", role == null ? null : role.column())
                    .put("action", entry.action())
                    .put("target", entry.target())
                    .put("reason", entry.reason());
            String details = entry.detailsJson();
            node.set("details", details == null ? node.nullNode() : Json.read(details));
            node.put("source_address", entry.actor().sourceAddress()).put("node", entry.node());
        }
        AuditDao.@Nullable Cursor next = page.next();
        return answer.put("next", next == null ? null : text(next));
    }

    /** Microseconds and id, so that entries of the same moment are told apart. */
    private static String text(AuditDao.Cursor cursor) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, cursor.at()) + "." + cursor.id();
    }

    private static AuditDao.Cursor cursor(String text) {
        Matcher parts = CURSOR.matcher(text);
        if (!parts.matches()) {
            throw new UnusableParameterException("This is no place in the list. Begin at its top.");
        }
        Instant at = Instant.EPOCH.plus(Long.parseLong(parts.group(1)), ChronoUnit.MICROS);
        return new AuditDao.Cursor(at, Long.parseLong(parts.group(2)));
    }
}
