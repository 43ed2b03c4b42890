package hooklatch.service.events;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.domain.EventStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the query string of the list is understood. */
class EventFilterTest {
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

    private static EventFilter read(String... namesAndValues) {
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            parameters.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return EventFilter.read(parameters::get, NOW);
    }

    @Test
    void nothingAskedForIsTheLastSevenDays() {
        EventFilter filter = read();
        assertThat(filter.problems()).isEmpty();
        assertThat(filter.isRestricted()).isFalse();
        assertThat(filter.range()).isEqualTo(EventFilter.Range.WEEK);
        assertThat(filter.from()).isEqualTo(NOW.minus(Duration.ofDays(7)));
        assertThat(filter.to()).isNull();
    }

    @Test
    void qualifiersAreTheFieldsInOtherWords() {
        EventFilter filter = read("q", " type:refund  Status:dead-lettered provider:STRIPE order:42 ");
        assertThat(filter.problems()).isEmpty();
        assertThat(filter.id()).isNull();
        assertThat(filter.type()).isEqualTo("refund");
        assertThat(filter.status()).isEqualTo(EventStatus.DEAD_LETTERED);
        assertThat(filter.provider()).isEqualTo("stripe");
        assertThat(filter.orderId()).isEqualTo(42L);
        assertThat(read("type", "refund", "q", "type:refund").problems()).isEmpty();
    }

    @Test
    void anIdMayLookLikeAQualifierOfSomebodyElse() {
        assertThat(read("q", "sha256:abc").id()).isEqualTo("sha256:abc");
        assertThat(read("q", "a/b;c%20.json").id()).isEqualTo("a/b;c%20.json");
    }

    @Test
    void anIdOrAnOrderIsLookedForHoweverOldItIs() {
        assertThat(read("q", "evt_1").from()).isEqualTo(Instant.EPOCH);
        assertThat(read("q", "order:7").range()).isEqualTo(EventFilter.Range.ALL);
        assertThat(read("q", "evt_1", "range", "day").from()).isEqualTo(NOW.minus(Duration.ofDays(1)));
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-01, 2026-11-02, 2026-11-01T00:00:00Z, 2026-11-03T00:00:00Z",
        "2026-11-01T10:30, 2026-11-01T10:31, 2026-11-01T10:30:00Z, 2026-11-01T10:31:00Z",
        "2026-11-01T10:30:00+05:30, 2026-11-01T10:30:00.5Z, 2026-11-01T05:00:00Z, 2026-11-01T10:30:00.500Z"
    })
    void timesAreDaysMinutesOrExact(String from, String to, Instant fromRead, Instant toRead) {
        EventFilter filter = read("from", from, "to", to, "range", "week");
        assertThat(filter.problems()).isEmpty();
        assertThat(filter.range()).isEqualTo(EventFilter.Range.CUSTOM);
        assertThat(filter.from()).isEqualTo(fromRead);
        assertThat(filter.to()).isEqualTo(toRead);
    }

    @ParameterizedTest
    @CsvSource({
        "q, status:foo, There is no status “foo”",
        "q, status:, needs a value",
        "q, evt_1 evt_2, one id at a time",
        "q, Zürich, cannot be an id",
        "q, order:42abc, not an order number",
        "q, order:0, not an order number",
        "status, done, There is no status “done”",
        "provider, a/b, not the name of a provider",
        "from, yesterday, not a time",
        "from, 2026-13-01, not a time",
        "from, 1066-10-14, out of the range",
        "to, 99999-01-01, not a time",
        "range, year, no time range",
        "view, everything, no view",
        "cursor, x, cannot be read",
        "cursor, o1.2.3, cannot be read",
        "cursor, ozzzzzzzzzzzz.1, cannot be read",
        "cursor, o1.zzzzzzzzzzzzz, cannot be read",
        "cursor, ' ' OR 1=1, cannot be read"
    })
    void whatCannotBeUnderstoodIsSaidAndNotGuessed(String name, String value, String problem) {
        assertThat(read(name, value).problems()).singleElement().asString().contains(problem);
    }

    @Test
    void aRangeThatEndsBeforeItBeginsIsSaidToBeEmpty() {
        assertThat(read("from", "2026-11-02", "to", "2026-11-01").problems())
                .singleElement()
                .asString()
                .contains("“from” is not before “to”");
    }

    @Test
    void twoValuesForOneThingAreAskedAbout() {
        assertThat(read("status", "failed", "q", "status:processed").problems())
                .containsExactly("Two values for status: “failed” and “processed”.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"q", "type", "cursor", "provider"})
    void nothingLongIsLookedFor(String name) {
        assertThat(read(name, "x".repeat(301)).problems())
                .singleElement()
                .asString()
                .contains("longer than 300");
    }

    @Test
    void aCursorReadsAsItWasWritten() {
        var place =
                new hooklatch.dao.EventListDao.Position(Instant.parse("2026-11-25T11:59:59.123456Z"), Long.MAX_VALUE);
        for (EventCursor cursor : new EventCursor[] {
            EventCursor.older(place), EventCursor.newer(place), EventCursor.last(), EventCursor.duplicatesBefore(7)
        }) {
            assertThat(EventCursor.read(cursor.toString())).contains(cursor);
        }
    }
}
