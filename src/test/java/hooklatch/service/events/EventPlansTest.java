package hooklatch.service.events;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.dao.ConnectionPool;
import hooklatch.dao.Database;
import hooklatch.dao.Schema;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventStatus;
import hooklatch.service.Audit;
import hooklatch.testing.Explained;
import hooklatch.testing.ManyEvents;
import hooklatch.testing.Shop;
import hooklatch.testing.TestServers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How the server finds what the pages of events show: no whole table, no sorting of one, few rows. */
class EventPlansTest {
    private static final int EVENTS = 20_000;
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
    private static final ManyEvents DATA = new ManyEvents(EVENTS, 60_000, NOW, Duration.ofDays(20));

    private static Explained explained;
    private static Database database;
    private static EventSearch search;

    @BeforeAll
    static void load() throws Exception {
        TestServers servers = TestServers.get();
        String url = servers.newDatabase();
        new Schema(ConnectionPool.unpooled(url, servers.user(), servers.password()), Schema.Mode.MIGRATE).apply();
        try (Connection connection = DriverManager.getConnection(url, servers.user(), servers.password())) {
            DATA.load(connection, text -> {});
        }
        explained = new Explained(url);
        database = new Database(explained.dataSource());
        search = new EventSearch(database, Set.of("stripe", "razorpay", "standard"));
    }

    @AfterAll
    static void close() {
        database.close();
    }

    private static EventPage page(Map<String, String> parameters) {
        EventFilter filter = EventFilter.read(parameters::get, NOW);
        assertThat(filter.problems()).isEmpty();
        return search.find(filter);
    }

    private static void assertCheap(String page, long mostRows) {
        List<Explained.Query> queries = explained.take();
        assertThat(queries).as(page).isNotEmpty();
        assertThat(queries.stream().filter(query -> !query.bad().isEmpty()).toList())
                .as("%s: a whole table or index is read, or rows of one are sorted", page)
                .isEmpty();
        assertThat(queries.stream().mapToLong(Explained.Query::rowsRead).sum())
                .as("rows read for %s: %s", page, costs(queries))
                .isLessThan(mostRows);
    }

    private static String costs(List<Explained.Query> queries) {
        return queries.stream()
                .map(query -> query.rowsRead() + " "
                        + query.sql().replaceAll("\\s+", " ").substring(0, 60))
                .collect(java.util.stream.Collectors.joining("\n"));
    }

    static Map<String, Map<String, String>> pages() {
        Map<String, Map<String, String>> pages = new LinkedHashMap<>();
        pages.put("first page", Map.of());
        pages.put("all time", Map.of("range", "all"));
        pages.put(
                "last page", Map.of("range", "all", "cursor", EventCursor.last().toString()));
        pages.put("one hour", Map.of("range", "hour"));
        pages.put("failed", Map.of("status", "failed", "range", "all"));
        pages.put("dead-lettered", Map.of("status", "dead_lettered", "range", "all"));
        pages.put("processed", Map.of("status", "processed", "range", "all"));
        pages.put("type", Map.of("type", "charge.refunded", "range", "all"));
        pages.put("rare type", Map.of("type", "radar.early_fraud_warning.created", "range", "all"));
        pages.put("word of types", Map.of("type", "refund", "range", "all"));
        pages.put("type and status", Map.of("type", "payment_intent.succeeded", "status", "failed", "range", "all"));
        pages.put("rare type and status", Map.of("type", "radar", "status", "skipped", "range", "all"));
        pages.put("provider", Map.of("provider", "razorpay", "range", "all"));
        pages.put("provider and status", Map.of("provider", "razorpay", "status", "processed", "range", "all"));
        pages.put("event id", Map.of("q", ManyEvents.eventId(1234)));
        pages.put("payment id", Map.of("q", ManyEvents.paymentId(302)));
        pages.put("refund id", Map.of("q", ManyEvents.refundId(302)));
        pages.put("order id", Map.of("q", "302"));
        pages.put("unknown id", Map.of("q", "evt_nothing"));
        pages.put("duplicates", Map.of("view", "duplicates", "range", "all"));
        return pages;
    }

    @Test
    void everyPageWalksAnIndexAndReadsFewRows() {
        explained.take();
        pages().forEach((name, parameters) -> {
            EventPage page = page(parameters);
            assertThat(page.events().isEmpty()).as(name).isEqualTo(name.equals("unknown id"));
            assertCheap(name, 8_000);
        });
    }

    @Test
    void aRareProviderIsLookedForInsideTheIndex() {
        explained.take();
        EventPage page = page(Map.of("provider", "standard", "range", "all"));
        int found = page.events().size();
        while (page.older() != null) {
            page = page(Map.of("provider", "standard", "range", "all", "cursor", page.older()));
            found += page.events().size();
        }
        assertThat(found).isEqualTo(1);
        // All entries of the index, twice: to find where a window ends, and what is in it.
        assertCheap("rare provider", 2L * EVENTS + 2_000);
    }

    @Test
    void viewsAndTypesAreCountedWithinBounds() {
        explained.take();
        search.views(NOW.minus(Duration.ofDays(7)), NOW);
        assertCheap("views", 35_000);
        assertThat(search.types()).hasSize(11);
        assertCheap("types", 60);
        search.isEmpty();
        assertCheap("is empty", 10);
    }

    @Test
    void anEventWithAStormOfDeliveriesIsShownByKeys() {
        EventDetails details = new EventDetails(database, new Audit("n", Clock.systemUTC()), Shop.grantingLocks());
        EventKey key = new EventKey("stripe", DATA.stormEventId());
        explained.take();
        EventDetail first = details.find(key, null).orElseThrow();
        assertCheap("detail", 3_000);
        assertThat(first.timeline().rows()).hasSize(EventTimeline.ROWS);
        assertThat(details.find(key, EventTimeline.LAST)).isPresent();
        assertCheap("last deliveries", 3_000);
        assertThat(first.line().status()).isEqualTo(EventStatus.PROCESSED);
    }
}
