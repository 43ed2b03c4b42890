package hooklatch.chaos;

import static java.util.stream.Collectors.groupingBy;

import hooklatch.chaos.FaultPlan.Phase;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What the suite says at its end: one line a kind of fault. */
final class Report {

    /** Sums of one kind of fault. */
    private static final class Line {
        private int times;
        private int events;
        private int deliveries;
        private int again;
        private long contested;
        private Duration worst = Duration.ZERO;
        private long lost;
        private long doubled;

        void add(Line other) {
            times += other.times;
            events += other.events;
            deliveries += other.deliveries;
            again += other.again;
            contested += other.contested;
            worst = worst.compareTo(other.worst) > 0 ? worst : other.worst;
            lost += other.lost;
            doubled += other.doubled;
        }
    }

    private static final String ROW = "| %-32s | %-62s | %5s | %6s | %10s | %7s | %9s | %8s | %4s | %7s | %-60s |%n";

    private final Map<Fault, Line> lines = new EnumMap<>(Fault.class);
    private final Evidence evidence;
    private final Map<Fault, Sides> partitions = new EnumMap<>(Fault.class);

    Report(
            List<Phase> phases,
            Map<ToldEvent, Integer> told,
            Collection<Delivery> deliveries,
            Verdict verdict,
            List<Sides> partitions,
            Evidence evidence) {
        this.evidence = evidence;
        partitions.forEach(sides -> this.partitions.merge(sides.fault(), sides, Sides::and));
        phases.forEach(phase -> line(phase.fault()).times++);
        for (Delivery delivery : deliveries) {
            Line line = line(phases.get(delivery.phase()).fault());
            line.deliveries++;
            line.again += delivery.isDone() ? 0 : 1;
            if (delivery.undisturbed() && delivery.took().compareTo(line.worst) > 0) {
                line.worst = delivery.took();
            }
        }
        Map<ToldEvent, List<Delivery>> byEvent = deliveries.stream().collect(groupingBy(Delivery::event));
        told.forEach((event, phase) -> {
            Line line = line(phases.get(phase).fault());
            line.events++;
            line.contested += isContested(byEvent.getOrDefault(event, List.of()), phase) ? 1 : 0;
            line.lost += verdict.lost().contains(event.key()) ? 1 : 0;
            line.doubled += verdict.doubled().contains(event.key()) ? 1 : 0;
        });
    }

    /** Whether both nodes had the event in work at once: one did it, and the other found in time that it is being done. */
    private static boolean isContested(List<Delivery> ofOneEvent, int phase) {
        List<Delivery> then = ofOneEvent.stream()
                .filter(delivery -> delivery.phase() == phase)
                .toList();
        return then.stream()
                .filter(Delivery::didIt)
                .anyMatch(winner -> then.stream()
                        .filter(loser -> !loser.didIt() && (loser.isDone() || loser.status() == 409))
                        .anyMatch(winner::meets));
    }

    /** The kinds that happened. */
    Set<Fault> faults() {
        return lines.keySet();
    }

    /** How many faults of this kind there were. */
    int times(Fault fault) {
        return line(fault).times;
    }

    /** Events that were told first during faults of this kind. */
    int events(Fault fault) {
        return line(fault).events;
    }

    /** Events that both nodes had in work at once, and one of them did, when faults of this kind were there. */
    long contested(Fault fault) {
        return line(fault).contested;
    }

    private Line line(Fault fault) {
        return lines.computeIfAbsent(fault, f -> new Line());
    }

    /** The longest time to an answer of a node that was there and running, during faults of this kind. */
    Duration worst(Fault fault) {
        return line(fault).worst;
    }

    /** As Markdown: a table with a line each kind, the sums below, then what the nodes counted in partitions. */
    String table() {
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT,
                ROW,
                "fault",
                "what was injected",
                "times",
                "events",
                "deliveries",
                "not 2xx",
                "contested",
                "worst ms",
                "lost",
                "doubled",
                "struck"));
        table.append("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---|\n");
        lines.forEach((fault, line) -> table.append(row(fault.title(), fault.injected(), line, evidence.of(fault))));
        Line all = new Line();
        lines.values().forEach(all::add);
        table.append(row("all", "", all, "")).append('\n');
        partitions.values().forEach(sides -> table.append("- ").append(sides).append('\n'));
        return table.append('\n').toString();
    }

    private static String row(String title, String injected, Line line, String struck) {
        return String.format(
                Locale.ROOT,
                ROW,
                title,
                injected,
                line.times,
                line.events,
                line.deliveries,
                line.again,
                line.contested,
                line.worst.toMillis(),
                line.lost,
                line.doubled,
                struck);
    }
}
