package hooklatch.chaos;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What shows that faults struck: by kind, what was counted and how often. For one thread. */
final class Evidence {

    private final Map<Fault, Map<String, Long>> counts = new EnumMap<>(Fault.class);
    private final List<String> missing = new ArrayList<>();

    /**
     * Notes what was seen, which may be nothing.
     *
     * @param what in the plural, such as "connections reset"
     */
    void note(Fault fault, String what, long count) {
        counts.computeIfAbsent(fault, f -> new LinkedHashMap<>()).merge(what, count, Long::sum);
    }

    /**
     * The same of what is always seen of such a fault.
     *
     * @param where in words that follow "at"; empty when it is nowhere in particular
     */
    void demand(Fault fault, String where, String what, long count) {
        note(fault, what, count);
        if (count <= 0) {
            miss(fault, where, "no " + what);
        }
    }

    /** Notes that a fault did not strike, or struck something else too. */
    void miss(Fault fault, String where, String why) {
        missing.add(fault.title() + (where.isEmpty() ? "" : ", at " + where) + ": " + why);
    }

    /** What was seen of all faults of a kind, such as "14 connections reset, 3 connections refused". */
    String of(Fault fault) {
        return counts.getOrDefault(fault, Map.of()).entrySet().stream()
                .filter(count -> count.getValue() > 0)
                .map(count -> count.getValue() + " " + (count.getValue() == 1 ? one(count.getKey()) : count.getKey()))
                .collect(Collectors.joining(", "));
    }

    /** What is counted is in the plural by its first word: "connections reset", "deliveries in work". */
    private static String one(String what) {
        return what.replaceFirst("ies\\b", "ys").replaceFirst("s\\b", "");
    }

    /** A sentence for each fault of which nothing shows that it struck what it was to strike, and nothing else. */
    List<String> missing() {
        return List.copyOf(missing);
    }
}
