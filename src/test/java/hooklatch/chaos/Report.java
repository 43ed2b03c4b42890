package hooklatch.chaos;

import hooklatch.chaos.FaultPlan.Phase;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the suite says at its end: one line a kind of fault. */
final class Report {

    /** Sums of one kind of fault. */
    private static final class Line {
        private int times;
        private int events;
        private int deliveries;
        private int again;
        private Duration worst = Duration.ZERO;
        private long lost;
        private long doubled;
    }

    private final Map<Fault, Line> lines = new EnumMap<>(Fault.class);

    Report(List<Phase> phases, Map<ToldEvent, Integer> told, Collection<Delivery> deliveries, Verdict verdict) {
        phases.forEach(phase -> line(phase.fault()).times++);
        for (Delivery delivery : deliveries) {
            Line line = line(phases.get(delivery.phase()).fault());
            line.deliveries++;
            line.again += delivery.isDone() ? 0 : 1;
            if (delivery.undisturbed() && delivery.took().compareTo(line.worst) > 0) {
                line.worst = delivery.took();
            }
        }
        told.forEach((event, phase) -> {
            Line line = line(phases.get(phase).fault());
            line.events++;
            line.lost += verdict.lost().contains(event.key()) ? 1 : 0;
            line.doubled += verdict.doubled().contains(event.key()) ? 1 : 0;
        });
    }

    private Line line(Fault fault) {
        return lines.computeIfAbsent(fault, f -> new Line());
    }

    /** The longest time to an answer of a node that was there and running, during faults of this kind. */
    Duration worst(Fault fault) {
        return line(fault).worst;
    }

    String table() {
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT,
                "%-34s %-62s %5s %7s %10s %8s %9s %5s %7s%n",
                "fault",
                "what was injected",
                "times",
                "events",
                "deliveries",
                "not 2xx",
                "worst ms",
                "lost",
                "doubled"));
        lines.forEach((fault, line) -> table.append(String.format(
                Locale.ROOT,
                "%-34s %-62s %5d %7d %10d %8d %9d %5d %7d%n",
                fault.title(),
                fault.injected(),
                line.times,
                line.events,
                line.deliveries,
                line.again,
                line.worst.toMillis(),
                line.lost,
                line.doubled)));
        return table.toString();
    }
}
