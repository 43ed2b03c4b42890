package hooklatch.web.dashboard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The overview as its JSP shows it.
 *
 * @param traffic null = MySQL could not be asked
 * @param attention what needs somebody now, the most urgent first
 * @param nodesKnown when false, Redis does not answer and only this node is listed
 * @param again link to the page itself
 */
public record OverviewView(
        List<Range> ranges,
        @Nullable Traffic traffic,
        List<Attention> attention,
        List<Health> health,
        List<Node> nodes,
        boolean nodesKnown,
        List<String> endpoints,
        String again) {
    public OverviewView {
        ranges = List.copyOf(ranges);
        attention = List.copyOf(attention);
        health = List.copyOf(health);
        nodes = List.copyOf(nodes);
        endpoints = List.copyOf(endpoints);
    }

    /** A time to look at. */
    public record Range(String href, String label, boolean chosen) {}

    /** A number with its name; {@code href} leads to what it counts, or is null. */
    public record Figure(
            String name,
            String value,
            String note,
            @Nullable String href) {}

    /** Something that waits for a person. */
    public record Attention(String kind, String word, String sentence, String href, String action) {}

    /** A server that is needed. */
    public record Health(String name, String kind, String word, String sentence) {}

    /** A process that reports. */
    public record Node(
            String name,
            boolean alive,
            String word,
            String version,
            String up,
            String inFlight,
            String withoutRedis,
            String seen) {}

    /**
     * What happened.
     *
     * @param anyEver whether anything was ever delivered
     */
    public record Traffic(boolean anyEver, String span, List<Figure> figures, Chart chart) {
        public Traffic {
            figures = List.copyOf(figures);
        }
    }

    /**
     * The chart of deliveries, and the same as a table.
     *
     * @param top what the top of the chart stands for
     * @param labels of the time axis, evenly spread
     */
    public record Chart(
            String description,
            String top,
            String viewBox,
            List<Series> series,
            List<Bar> bars,
            List<String> labels,
            List<Row> rows) {
        public Chart {
            series = List.copyOf(series);
            bars = List.copyOf(bars);
            labels = List.copyOf(labels);
            rows = List.copyOf(rows);
        }
    }

    /** One outcome. */
    public record Series(String word, String label, String total) {}

    /** One stretch of time, as parts from the bottom up. */
    public record Bar(String title, List<Part> parts) {
        public Bar {
            parts = List.copyOf(parts);
        }
    }

    /** One outcome in one stretch. */
    public record Part(String word, String x, String y, String width, String height) {}

    /** One stretch of time in numbers, in the order of the series. */
    public record Row(Moment from, List<String> counts) {
        public Row {
            counts = List.copyOf(counts);
        }
    }
}
