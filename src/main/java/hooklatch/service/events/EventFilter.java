package hooklatch.service.events;

import hooklatch.domain.EventKey;
import hooklatch.domain.EventStatus;
import hooklatch.domain.EventSummary;
import hooklatch.domain.OrderRef;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a person wants to see, as the query string says it: the search box with its qualifiers, the fields beside it, a
 * time. What cannot be understood is not guessed: it is among the problems, and nothing is searched then.
 *
 * @param id what to look for by its id, or null
 * @param orderId only events of this order, or null
 * @param type a type, or the beginning of one of its parts: {@code refund} is {@code refund.created} and {@code
 *     charge.refunded}; null for any
 * @param duplicatesOnly only events that were delivered again after they were done
 * @param from inclusive
 * @param to exclusive, or null for now
 * @param cursor where the page begins, or null for the first
 * @param problems what is wrong, each a sentence for the person who typed it
 */
public record EventFilter(
        @Nullable String id,
        @Nullable Long orderId,
        @Nullable String provider,
        @Nullable EventStatus status,
        @Nullable String type,
        boolean duplicatesOnly,
        Range range,
        Instant from,
        @Nullable Instant to,
        @Nullable EventCursor cursor,
        List<String> problems) {
    /** A stretch of time with a name. */
    public enum Range {
        HOUR(Duration.ofHours(1)),
        DAY(Duration.ofDays(1)),
        WEEK(Duration.ofDays(7)),
        ALL(null),
        CUSTOM(null);

        private final @Nullable Duration length;

        Range(@Nullable Duration length) {
            this.length = length;
        }

        /** As in the query string. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** No event is later. */
    static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    private static final int MAX_LENGTH = 300;
    private static final Pattern PROVIDER = Pattern.compile("[a-z0-9_-]{1,32}");

    public EventFilter {
        problems = List.copyOf(problems);
    }

    /** Whether the events are those of one id or one order, however old: then they are few. */
    public boolean isLookup() {
        return id != null || orderId != null;
    }

    /** Whether anything but the time restricts what is shown. */
    public boolean isRestricted() {
        return isLookup() || provider != null || status != null || type != null || duplicatesOnly;
    }

    /** The same from the newest event on. */
    EventFilter atFirstPage() {
        return new EventFilter(id, orderId, provider, status, type, duplicatesOnly, range, from, to, null, problems);
    }

    /** The end of the time, exclusive. */
    Instant end() {
        return to == null ? LATEST : to;
    }

    boolean isInTime(Instant time) {
        return !time.isBefore(from) && time.isBefore(end());
    }

    /**
     * Whether an event is one of those asked for, its id and time aside.
     *
     * @param types what {@link #type} means; empty for any
     */
    boolean passes(EventSummary event, List<String> types) {
        return (provider == null || provider.equals(event.key().provider()))
                && (status == null || status == event.status())
                && (types.isEmpty() || types.contains(event.type()))
                && (orderId == null || orderId.equals(event.orderId()));
    }

    /**
     * Reads the query string.
     *
     * @param parameter the value of a parameter; null or blank = not given
     */
    public static EventFilter read(Function<String, @Nullable String> parameter, Instant now) {
        return new Reading(parameter).read(now);
    }

    /** One reading; its problems grow. */
    private static final class Reading {
        private final Function<String, @Nullable String> parameter;
        private final List<String> problems = new ArrayList<>();

        Reading(Function<String, @Nullable String> parameter) {
            this.parameter = parameter;
        }

        EventFilter read(Instant now) {
            String provider = given("provider");
            String status = given("status");
            String type = given("type");
            String order = null;
            List<String> ids = new ArrayList<>();
            for (String word : words(given("q"))) {
                int colon = word.indexOf(':');
                String name = colon < 0 ? "" : word.substring(0, colon).toLowerCase(Locale.ROOT);
                String value = word.substring(colon + 1);
                // An id may hold a colon too: only these four words before one are ours.
                switch (name) {
                    case "provider" -> provider = qualified(name, value, provider);
                    case "status" -> status = qualified(name, value, status);
                    case "type" -> type = qualified(name, value, type);
                    case "order" -> order = qualified(name, value, order);
                    default -> ids.add(word);
                }
            }
            if (ids.size() > 1) {
                problems.add("Search for one id at a time: there are " + ids.size() + " words beside the qualifiers.");
            }
            String id = ids.isEmpty() ? null : ids.get(0);
            if (id != null && !EventKey.isValidId(id)) {
                problems.add(
                        "“" + id + "” cannot be an id: ids are letters, digits and signs without accents or blanks.");
            }
            Long orderId = orderId(order);
            Range range = range(id != null || order != null);
            Instant from = time("from", false);
            Instant to = time("to", true);
            if (range == Range.CUSTOM && from != null && to != null && !from.isBefore(to)) {
                problems.add("The time range is empty: “from” is not before “to”.");
            }
            Instant beginning = range.length == null ? Instant.EPOCH : now.minus(range.length);
            return new EventFilter(
                    id,
                    orderId,
                    providerName(provider),
                    statusOf(status),
                    type,
                    duplicatesOnly(),
                    range,
                    from == null ? beginning : from,
                    to,
                    cursor(),
                    problems);
        }

        private @Nullable String given(String name) {
            String value = parameter.apply(name);
            if (value == null || value.isBlank()) {
                return null;
            }
            if (value.length() > MAX_LENGTH) {
                problems.add("“" + name + "” is longer than " + MAX_LENGTH + " characters.");
                return null;
            }
            return value.strip();
        }

        private static List<String> words(@Nullable String text) {
            return text == null ? List.of() : Arrays.asList(text.split("\\s+", -1));
        }

        private @Nullable String qualified(String name, String value, @Nullable String before) {
            if (value.isEmpty()) {
                problems.add("“" + name + ":” needs a value right after the colon.");
                return before;
            }
            if (before != null && !before.equalsIgnoreCase(value)) {
                problems.add("Two values for " + name + ": “" + before + "” and “" + value + "”.");
            }
            return value;
        }

        private @Nullable Long orderId(@Nullable String text) {
            Long id = OrderRef.of(text).id();
            if (text != null && id == null) {
                problems.add("“" + text + "” is not an order number.");
            }
            return id;
        }

        private @Nullable String providerName(@Nullable String text) {
            String name = text == null ? null : text.toLowerCase(Locale.ROOT);
            if (name != null && !PROVIDER.matcher(name).matches()) {
                problems.add("“" + text + "” is not the name of a provider.");
            }
            return name;
        }

        private @Nullable EventStatus statusOf(@Nullable String text) {
            if (text == null) {
                return null;
            }
            String wanted = text.toLowerCase(Locale.ROOT).replace('-', '_');
            Optional<EventStatus> status = Arrays.stream(EventStatus.values())
                    .filter(s -> s.column().equals(wanted))
                    .findFirst();
            if (status.isEmpty()) {
                problems.add("There is no status “" + text + "”: it is processed, skipped, failed or dead_lettered.");
            }
            return status.orElse(null);
        }

        private boolean duplicatesOnly() {
            String view = given("view");
            if (view != null && !view.equals("duplicates")) {
                problems.add("There is no view “" + view + "”.");
            }
            return "duplicates".equals(view);
        }

        private Range range(boolean lookup) {
            if (given("from") != null || given("to") != null) {
                return Range.CUSTOM;
            }
            String word = given("range");
            if (word == null || word.equals("custom")) {
                return lookup ? Range.ALL : Range.WEEK;
            }
            for (Range range : Range.values()) {
                if (range.word().equals(word)) {
                    return range;
                }
            }
            problems.add("There is no time range “" + word + "”: it is hour, day, week or all.");
            return Range.WEEK;
        }

        /** A day, a minute or more exactly; without an offset it is UTC. The end of a range that is a day includes it. */
        private @Nullable Instant time(String name, boolean end) {
            String text = given(name);
            if (text == null) {
                return null;
            }
            try {
                Instant time;
                if (text.indexOf('T') < 0) {
                    LocalDate day = LocalDate.parse(text);
                    time = (end ? day.plusDays(1) : day).atStartOfDay().toInstant(ZoneOffset.UTC);
                } else if (text.endsWith("Z") || text.indexOf('+') > 0 || text.lastIndexOf('-') > text.indexOf('T')) {
                    time = OffsetDateTime.parse(text).toInstant();
                } else {
                    time = LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
                }
                if (time.isBefore(Instant.EPOCH) || time.isAfter(LATEST)) {
                    problems.add("“" + text + "” is out of the range of times that events can have.");
                    return null;
                }
                return time;
            } catch (DateTimeException notATime) {
                problems.add("“" + text + "” is not a time: write 2026-01-31 or 2026-01-31T09:30 (UTC).");
                return null;
            }
        }

        private @Nullable EventCursor cursor() {
            String text = given("cursor");
            if (text == null) {
                return null;
            }
            Optional<EventCursor> cursor = EventCursor.read(text);
            if (cursor.isEmpty()) {
                problems.add("The link to this page is damaged: its cursor cannot be read. Begin at the first page.");
            }
            return cursor.orElse(null);
        }
    }
}
