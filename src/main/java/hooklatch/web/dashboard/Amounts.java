package hooklatch.web.dashboard;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** Numbers, sizes and durations in words that people read at a glance. */
final class Amounts {
    private static final long KIBI = 1024;
    private static final double MICROS_PER_MILLI = 1_000.0;

    private Amounts() {}

    /** {@code 12,345}. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** {@code 999}, or {@code 1,000+} where the count stopped at its limit. */
    static String countedUpTo(long number, int limit) {
        return number >= limit ? count(limit) + "+" : count(number);
    }

    /** {@code 1 lock is}, {@code 12 locks are}: the words that fit the number. */
    static String countOf(long number, String one, String many) {
        return count(number) + " " + (number == 1 ? one : many);
    }

    /** {@code 0.7 ms}, {@code 12 ms}, {@code 1.3 s}: of how long something took. */
    static String took(Duration duration) {
        double millis = duration.toNanos() / MICROS_PER_MILLI / MICROS_PER_MILLI;
        if (millis < 10) {
            return String.format(Locale.ROOT, "%.1f ms", millis);
        }
        return millis < 1_000
                ? String.format(Locale.ROOT, "%.0f ms", millis)
                : String.format(Locale.ROOT, "%.1f s", millis / 1_000);
    }

    /** {@code 4.2 s}, {@code 3 min 5 s}, {@code 5 h 12 min}, {@code 3 days 4 h}: of how long something lasts. */
    static String lasting(Duration duration) {
        if (duration.toMinutes() == 0) {
            return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1_000.0);
        }
        if (duration.toHours() == 0) {
            return duration.toMinutes() + " min " + duration.toSecondsPart() + " s";
        }
        if (duration.toDays() == 0) {
            return duration.toHours() + " h " + duration.toMinutesPart() + " min";
        }
        return duration.toDays() + (duration.toDays() == 1 ? " day " : " days ") + duration.toHoursPart() + " h";
    }

    /** {@code 1.5 %}; what is not nothing is never shown as nothing. */
    static String percent(long part, long whole) {
        if (whole == 0 || part == 0) {
            return "0 %";
        }
        double share = 100.0 * part / whole;
        return share < 0.1 ? "below 0.1 %" : String.format(Locale.ROOT, "%.1f %%", share);
    }

    /** {@code 512 B}, {@code 4.0 KiB}, {@code 2.5 MiB}; empty when unknown. */
    static Optional<String> size(Optional<Long> bytes) {
        return bytes.map(size -> {
            if (size < KIBI) {
                return size + " B";
            }
            double kibi = (double) size / KIBI;
            return kibi < KIBI
                    ? String.format(Locale.ROOT, "%.1f KiB", kibi)
                    : String.format(Locale.ROOT, "%.1f MiB", kibi / KIBI);
        });
    }
}
