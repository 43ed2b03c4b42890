package hooklatch.web.dashboard;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * A time as {@code time.tag} shows it.
 *
 * @param iso for machines
 * @param exact for people, in UTC
 * @param relative seen from when the page was made
 */
public record Moment(String iso, String exact, String relative) {
    private static final DateTimeFormatter EXACT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    public static Moment of(Instant at, Instant now) {
        return new Moment(at.truncatedTo(ChronoUnit.MICROS).toString(), EXACT.format(at) + " UTC", relative(at, now));
    }

    private static String relative(Instant at, Instant now) {
        Duration distance = Duration.between(at, now);
        String words = inWords(distance.abs());
        if (words.isEmpty()) {
            return "just now";
        }
        return distance.isNegative() ? "in " + words : words + " ago";
    }

    private static String inWords(Duration time) {
        if (time.toSeconds() < 2) {
            return "";
        }
        if (time.toSeconds() < 90) {
            return time.toSeconds() + " s";
        }
        if (time.toMinutes() < 90) {
            return time.toMinutes() + " min";
        }
        return time.toHours() < 36 ? time.toHours() + " h" : time.toDays() + " days";
    }
}
