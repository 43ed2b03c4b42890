package hooklatch.web.dashboard;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A request for a page by somebody who may see it. */
public final class PageRequest {
    private static final Instant EARLIEST = Instant.EPOCH;
    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    private final HttpServletRequest request;
    private final Visitor visitor;
    private final boolean json;
    private final boolean fromElsewhere;

    PageRequest(HttpServletRequest request, Visitor visitor, boolean json, boolean fromElsewhere) {
        this.request = request;
        this.visitor = visitor;
        this.json = json;
        this.fromElsewhere = fromElsewhere;
    }

    public Visitor visitor() {
        return visitor;
    }

    /** The raw path below the context path, such as {@code /dashboard/events/stripe/evt_1}; see {@code PercentEncoding}. */
    public String path() {
        return request.getRequestURI().substring(request.getContextPath().length());
    }

    /** Whether the {@code .json} twin is asked for. */
    public boolean isJson() {
        return json;
    }

    /** Whether the browser says that another site made it ask. */
    boolean isFromElsewhere() {
        return fromElsewhere;
    }

    /** The context path, which every link in a view record begins with. */
    public String root() {
        return request.getContextPath();
    }

    /** A parameter, trimmed; a blank one is not there. */
    public Optional<String> parameter(String name) {
        return Optional.ofNullable(request.getParameter(name)).map(String::trim).filter(value -> !value.isEmpty());
    }

    /** All values of a parameter that may be there several times, trimmed; blank ones are left out. */
    public List<String> all(String name) {
        String[] values = request.getParameterValues(name);
        return values == null
                ? List.of()
                : Arrays.stream(values)
                        .map(String::trim)
                        .filter(value -> !value.isEmpty())
                        .toList();
    }

    /** Names of all parameters. */
    public Set<String> names() {
        return request.getParameterMap().keySet();
    }

    /** Names of the parameters that are there more than once. */
    List<String> repeated() {
        return request.getParameterMap().entrySet().stream()
                .filter(parameter -> parameter.getValue().length > 1)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** A parameter as it was typed, such as a password; empty when it is not there. */
    public String verbatim(String name) {
        String value = request.getParameter(name);
        return value == null ? "" : value;
    }

    /**
     * A time in UTC: {@code 2026-11-24}, {@code 2026-11-24T10:00} as browsers' fields write it, or with a zone.
     *
     * @throws UnusableParameterException when it is none; the message names the parameter
     */
    public Optional<Instant> time(String name) {
        return parameter(name).map(text -> bounded(name, parsed(name, text)));
    }

    /** MySQL's times are of four-digit years. */
    private static Instant bounded(String name, Instant time) {
        if (time.isBefore(EARLIEST) || !time.isBefore(LATEST)) {
            throw new UnusableParameterException("\"" + name + "\" must be a time from 1970 to 9999.");
        }
        return time;
    }

    private static Instant parsed(String name, String text) {
        try {
            if (text.length() == "2026-11-24".length()) {
                return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
            }
            return text.endsWith("Z")
                    ? Instant.parse(text)
                    : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
        } catch (DateTimeParseException e) {
            throw new UnusableParameterException("\"" + name + "\" must be a time such as 2026-11-24T10:00.");
        }
    }
}
