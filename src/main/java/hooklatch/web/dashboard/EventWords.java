package hooklatch.web.dashboard;

import hooklatch.domain.CappedCount;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventStatus;
import hooklatch.domain.EventSummary;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How the pages of events put values into words. */
final class EventWords {
    static final String LIST = "/dashboard/events";

    /** What every container and proxy leaves alone in a path. */
    private static final Pattern TRAVELS_WELL = Pattern.compile("[A-Za-z0-9_~-][A-Za-z0-9._~-]*");

    private static final int LONGEST_REASON = 140;
    private static final long MICROS = 1_000;

    private EventWords() {}

    /**
     * Where an event's page is. Its id may hold anything: one that does not travel well in a path is a parameter.
     *
     * @param root the context path
     */
    static String href(String root, EventKey key) {
        String provider = root + LIST + "/" + Link.segment(key.provider());
        String id = key.eventId();
        return TRAVELS_WELL.matcher(id).matches() && !id.endsWith(".json")
                ? provider + "/" + id
                : Link.to(provider).with("event_id", id).toString();
    }

    static String orderHref(String root, @Nullable Long orderId) {
        return orderId == null ? "" : root + "/dashboard/orders/" + orderId;
    }

    /** All events of a payment. */
    static String paymentHref(String root, @Nullable String paymentId) {
        return paymentId == null
                ? ""
                : Link.to(root + LIST).with("q", paymentId).toString();
    }

    static String status(EventStatus status) {
        return switch (status) {
            case PROCESSED -> "Processed";
            case SKIPPED -> "Skipped";
            case FAILED -> "Failed";
            case DEAD_LETTERED -> "Dead-lettered";
        };
    }

    /** As {@code badge.tag} wants it. */
    static String statusKind(EventStatus status) {
        return switch (status) {
            case PROCESSED -> "ok";
            case SKIPPED -> "idle";
            case FAILED -> "warn";
            case DEAD_LETTERED -> "bad";
        };
    }

    /** As {@code badge.tag} wants it; of a delivery or a retry. */
    static String outcomeKind(String outcome) {
        return switch (outcome) {
            case "processed" -> "ok";
            case "failed" -> "warn";
            case "dead_lettered", "unavailable", "error" -> "bad";
            default -> "idle";
        };
    }

    /** How a delivery or a retry ended. */
    static String outcome(String outcome) {
        return switch (outcome) {
            case "processed" -> "Processed";
            case "duplicate" -> "Duplicate";
            case "busy" -> "Busy";
            case "failed" -> "Failed";
            case "dead_lettered" -> "Dead-lettered";
            case "unavailable" -> "MySQL unavailable";
            case "error" -> "Internal error";
            default -> outcome;
        };
    }

    static String count(CappedCount count) {
        return String.format(Locale.ROOT, "%,d", count.atLeast()) + (count.more() ? "+" : "");
    }

    static String money(@Nullable BigDecimal amount, @Nullable String currency) {
        if (amount == null) {
            return "";
        }
        String digits = String.format(Locale.ROOT, "%,." + Math.max(0, amount.scale()) + "f", amount);
        return currency == null ? digits : digits + " " + currency;
    }

    static String duration(@Nullable Duration duration) {
        if (duration == null) {
            return "";
        }
        long micros = duration.toNanos() / MICROS;
        if (micros < 10 * MICROS) {
            return String.format(Locale.ROOT, "%.1f ms", micros / (double) MICROS);
        }
        return duration.toMillis() < 1_000
                ? duration.toMillis() + " ms"
                : String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1_000.0);
    }

    /** It is known to the millisecond, and mostly takes less. */
    static String lockWait(@Nullable Duration wait) {
        if (wait == null) {
            return "–";
        }
        return wait.toMillis() == 0 ? "< 1 ms" : wait.toMillis() < 1_000 ? wait.toMillis() + " ms" : duration(wait);
    }

    static EventsView.Row row(String root, EventSummary event, Instant now) {
        String reason = event.error() != null ? event.error() : event.message();
        return new EventsView.Row(
                Long.toString(event.rowId()),
                Moment.of(event.receivedAt(), now),
                event.key().provider(),
                event.type(),
                event.key().eventId(),
                href(root, event.key()),
                statusKind(event.status()),
                status(event.status()),
                reason == null ? "" : shortened(reason),
                event.orderId() == null ? "" : event.orderId().toString(),
                orderHref(root, event.orderId()),
                event.paymentId() == null ? "" : event.paymentId(),
                paymentHref(root, event.paymentId()),
                money(event.amount(), event.currency()),
                Integer.toString(event.attempts()),
                duration(event.duration()),
                event.duplicates().isZero() ? "" : "×" + count(event.duplicates()),
                event.otherPayloadAt() != null);
    }

    private static String shortened(String text) {
        if (text.codePointCount(0, text.length()) <= LONGEST_REASON) {
            return text;
        }
        return text.substring(0, text.offsetByCodePoints(0, LONGEST_REASON)) + "…";
    }
}
