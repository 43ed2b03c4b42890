package hooklatch.web.dashboard;

import hooklatch.service.OverviewQuery;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Draws deliveries by outcome as stacked bars: geometry in numbers, colours by class, for an SVG without any style. */
final class DeliveryChart {
    /** From the bottom up: what went well first. The words are those of the delivery log. */
    private static final List<Map.Entry<String, String>> OUTCOMES = List.of(
            Map.entry("processed", "processed"),
            Map.entry("duplicate", "duplicate"),
            Map.entry("busy", "busy"),
            Map.entry("failed", "failed"),
            Map.entry("dead_lettered", "dead-lettered"),
            Map.entry("unavailable", "storage away"),
            Map.entry("error", "error"));

    private static final int WIDTH = 960;
    private static final int HEIGHT = 200;
    private static final double GAP = 0.15;
    private static final int LABELS = 4;
    private static final double[] STEPS = {1, 1.5, 2, 2.5, 3, 4, 5, 6, 8};
    private static final DateTimeFormatter TIME = formatter("HH:mm");
    private static final DateTimeFormatter DAY = formatter("EEE HH:mm");

    private DeliveryChart() {}

    private static DateTimeFormatter formatter(String pattern) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).withZone(ZoneOffset.UTC);
    }

    static OverviewView.Chart of(OverviewQuery.Traffic traffic, Instant now) {
        List<OverviewView.Series> series = new ArrayList<>();
        Map<String, Long> left = new TreeMap<>(traffic.deliveries());
        for (Map.Entry<String, String> outcome : OUTCOMES) {
            Long total = left.remove(outcome.getKey());
            if (total != null) {
                series.add(new OverviewView.Series(outcome.getKey(), outcome.getValue(), Amounts.count(total)));
            }
        }
        // An outcome that a newer version wrote.
        left.forEach((word, total) -> series.add(new OverviewView.Series("other", word, Amounts.count(total))));

        long most = traffic.bars().stream()
                .mapToLong(OverviewQuery.Bar::total)
                .max()
                .orElse(0);
        double top = roundedUp(perMinute(most, traffic));
        List<OverviewView.Bar> bars = new ArrayList<>();
        for (int i = 0; i < traffic.bars().size(); i++) {
            bars.add(bar(traffic, i, series, top));
        }
        return new OverviewView.Chart(
                "Deliveries a minute by outcome, " + words(traffic.range()) + ": " + Amounts.count(traffic.total())
                        + " in all, at most " + rate(perMinute(most, traffic)) + " a minute.",
                rate(top),
                "0 0 " + WIDTH + " " + HEIGHT,
                series,
                bars,
                labels(traffic),
                rows(traffic, series, now));
    }

    static String words(OverviewQuery.Range range) {
        return switch (range) {
            case HOUR -> "last hour";
            case DAY -> "last 24 hours";
            case WEEK -> "last 7 days";
        };
    }

    private static double perMinute(long deliveries, OverviewQuery.Traffic traffic) {
        return (double) deliveries / traffic.range().barWidth().toMinutes();
    }

    /** To a number to remember, so that the highest bar still fills most of the chart. */
    private static double roundedUp(double most) {
        double power = Math.pow(10, Math.floor(Math.log10(Math.max(most, 1))));
        for (double step : STEPS) {
            if (most <= step * power) {
                return step * power;
            }
        }
        return 10 * power;
    }

    static String rate(double perMinute) {
        return perMinute >= 10 || perMinute == Math.rint(perMinute)
                ? Amounts.count(Math.round(perMinute))
                : String.format(Locale.ROOT, "%.1f", perMinute);
    }

    private static OverviewView.Bar bar(
            OverviewQuery.Traffic traffic, int number, List<OverviewView.Series> series, double top) {
        OverviewQuery.Bar bar = traffic.bars().get(number);
        double step = (double) WIDTH / traffic.bars().size();
        double y = HEIGHT;
        List<OverviewView.Part> parts = new ArrayList<>();
        StringBuilder title = new StringBuilder(label(traffic.range(), bar.from())).append(" UTC");
        for (OverviewView.Series one : series) {
            long deliveries = deliveries(bar, one);
            if (deliveries > 0) {
                // What is there is seen, however little it is.
                double height = Math.min(y, Math.max(1.5, perMinute(deliveries, traffic) / top * HEIGHT));
                y -= height;
                parts.add(new OverviewView.Part(
                        one.word(),
                        number(number * step + step * GAP / 2),
                        number(y),
                        number(step * (1 - GAP)),
                        number(height)));
                title.append(", ").append(Amounts.count(deliveries)).append(' ').append(one.label());
            }
        }
        return new OverviewView.Bar(title.toString(), parts);
    }

    private static long deliveries(OverviewQuery.Bar bar, OverviewView.Series series) {
        String word = series.word().equals("other") ? series.label() : series.word();
        return bar.deliveries().getOrDefault(word, 0L);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String label(OverviewQuery.Range range, Instant at) {
        return (range == OverviewQuery.Range.WEEK ? DAY : TIME).format(at);
    }

    private static List<String> labels(OverviewQuery.Traffic traffic) {
        List<String> labels = new ArrayList<>();
        int bars = traffic.bars().size();
        for (int i = 0; i < LABELS; i++) {
            labels.add(
                    label(traffic.range(), traffic.bars().get(i * bars / LABELS).from()));
        }
        labels.add("now");
        return labels;
    }

    /** Stretches in which something happened, the newest first. */
    private static List<OverviewView.Row> rows(
            OverviewQuery.Traffic traffic, List<OverviewView.Series> series, Instant now) {
        List<OverviewView.Row> rows = new ArrayList<>();
        for (OverviewQuery.Bar bar : traffic.bars()) {
            if (bar.total() > 0) {
                rows.add(
                        0,
                        new OverviewView.Row(
                                Moment.of(bar.from(), now),
                                series.stream()
                                        .map(one -> Amounts.count(deliveries(bar, one)))
                                        .toList()));
            }
        }
        return rows;
    }
}
