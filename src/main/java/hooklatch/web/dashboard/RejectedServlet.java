package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.RejectionDao;
import hooklatch.domain.Json;
import hooklatch.domain.Role;
import hooklatch.service.RejectionQuery;
import hooklatch.service.SumRetention;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** {@code /dashboard/rejected}: deliveries that were refused before processing, without their bodies. Thread-safe. */
final class RejectedServlet extends PageServlet {
    static final String PATH = "/dashboard/rejected";

    private static final long serialVersionUID = 1L;
    private static final Pattern CURSOR = Pattern.compile("(\\d{1,17})\\.(\\d{1,18})");
    private static final Pattern CAUSE = Pattern.compile("[a-z0-9_]{1,64}");
    private static final int LONGEST_PROVIDER = 64;

    private final transient RejectionQuery rejections;
    private final transient Set<String> providers;
    private final transient Clock clock;

    /** @param providers names to choose from */
    RejectedServlet(Surroundings surroundings, RejectionQuery rejections, Set<String> providers, Clock clock) {
        super(surroundings, Role.VIEWER);
        this.rejections = rejections;
        this.providers = new TreeSet<>(providers);
        this.clock = clock;
    }

    /** The page, filtered. */
    static Link link(String root) {
        return Link.to(root + PATH);
    }

    @Override
    protected View get(PageRequest request) {
        RejectionDao.Filter filter = filter(request);
        Optional<RejectionDao.Cursor> after = request.parameter("cursor").map(RejectedServlet::cursor);
        RejectionQuery.Page page = rejections.page(filter, after.orElse(null));
        RejectedView.Filter fields = new RejectedView.Filter(
                request.parameter("cause").orElse(""),
                request.parameter("provider").orElse(""),
                request.parameter("from").orElse(""),
                request.parameter("to").orElse(""));
        Link link = link(request.root())
                .with("cause", fields.cause())
                .with("provider", fields.provider())
                .with("from", fields.from())
                .with("to", fields.to());
        Instant now = clock.instant();
        RejectedView view = new RejectedView(
                fields,
                causes(fields.cause()),
                providers(fields.provider()),
                !link.toString().equals(link(request.root()).toString()),
                page.entries().stream().map(entry -> row(entry, now)).toList(),
                advice(page),
                Amounts.count(SumRetention.REJECTIONS),
                after.isPresent() ? link.toString() : null,
                page.next()
                        .map(cursor -> link.with("cursor", text(cursor)).toString())
                        .orElse(null));
        return View.of("rejected", view).withJson(() -> json(page));
    }

    private static RejectionDao.Filter filter(PageRequest request) {
        Optional<String> cause = request.parameter("cause");
        if (cause.isPresent() && !CAUSE.matcher(cause.get()).matches()) {
            throw new UnusableParameterException("\"cause\" must be a word such as signature_mismatch.");
        }
        Optional<String> provider = request.parameter("provider");
        if (provider.isPresent() && provider.get().length() > LONGEST_PROVIDER) {
            throw new UnusableParameterException("\"provider\" must have at most 64 characters.");
        }
        return new RejectionDao.Filter(
                cause.orElse(null),
                provider.orElse(null),
                request.time("from").orElse(null),
                request.time("to").orElse(null));
    }

    private static List<RejectedView.Option> causes(String chosen) {
        boolean isNew = !chosen.isEmpty() && RejectionCause.of(chosen).isEmpty();
        Stream<RejectedView.Option> known = Arrays.stream(RejectionCause.values())
                .map(cause -> new RejectedView.Option(
                        cause.word(), cause.title(), cause.word().equals(chosen)));
        return isNew
                ? Stream.concat(known, Stream.of(new RejectedView.Option(chosen, chosen, true)))
                        .toList()
                : known.toList();
    }

    private List<RejectedView.Option> providers(String chosen) {
        Set<String> names = new TreeSet<>(providers);
        if (!chosen.isEmpty()) {
            names.add(chosen);
        }
        return names.stream()
                .map(name -> new RejectedView.Option(name, name, name.equals(chosen)))
                .toList();
    }

    private static RejectedView.Row row(RejectionQuery.Entry entry, Instant now) {
        RejectionDao.Row row = entry.row();
        return new RejectedView.Row(
                row.id(),
                Moment.of(row.receivedAt(), now),
                RejectionCause.titleOf(row.cause()),
                row.cause(),
                row.provider(),
                row.httpStatus(),
                Amounts.size(Optional.ofNullable(row.bodyBytes())).orElse("–"),
                row.sourceAddress() == null ? "–" : row.sourceAddress(),
                row.node(),
                entry.more() > 0 ? "and " + Amounts.count(entry.more()) + " more of this kind in this minute" : null);
    }

    private static List<RejectedView.Advice> advice(RejectionQuery.Page page) {
        return page.entries().stream()
                .map(entry -> entry.row().cause())
                .distinct()
                .flatMap(word -> RejectionCause.of(word).stream())
                .map(cause -> new RejectedView.Advice(cause.title(), cause.advice()))
                .toList();
    }

    private static JsonNode json(RejectionQuery.Page page) {
        ObjectNode answer = Json.object();
        ArrayNode all = answer.putArray("rejections");
        for (RejectionQuery.Entry entry : page.entries()) {
            RejectionDao.Row row = entry.row();
            all.addObject()
                    .put(
                            "received_at",
                            Moment.of(row.receivedAt(), row.receivedAt()).iso())
                    .put("provider", row.provider())
                    .put("cause", row.cause())
                    .put("http_status", row.httpStatus())
                    .put("body_bytes", row.bodyBytes())
                    .put("source_address", row.sourceAddress())
                    .put("node", row.node())
                    .put("more", entry.more());
        }
        return answer.put("next", page.next().map(RejectedServlet::text).orElse(null));
    }

    /** Microseconds and id, so that rows of the same moment are told apart. */
    private static String text(RejectionDao.Cursor cursor) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, cursor.receivedAt()) + "." + cursor.id();
    }

    private static RejectionDao.Cursor cursor(String text) {
        Matcher parts = CURSOR.matcher(text);
        if (!parts.matches()) {
            throw new UnusableParameterException("This is no place in the list. Begin at its top.");
        }
        Instant at = Instant.EPOCH.plus(Long.parseLong(parts.group(1)), ChronoUnit.MICROS);
        return new RejectionDao.Cursor(at, Long.parseLong(parts.group(2)));
    }
}
