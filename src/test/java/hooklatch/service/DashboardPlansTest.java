package hooklatch.service;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.dao.AuditDao;
import hooklatch.dao.ConnectionPool;
import hooklatch.dao.Database;
import hooklatch.dao.EventBriefDao;
import hooklatch.dao.RejectionDao;
import hooklatch.dao.ReplayDao;
import hooklatch.dao.Schema;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventStatus;
import hooklatch.domain.OrderHistory;
import hooklatch.domain.ReplayFilter;
import hooklatch.service.replay.Failures;
import hooklatch.service.replay.GroupReplay;
import hooklatch.testing.Explained;
import hooklatch.testing.ManyEvents;
import hooklatch.testing.TestServers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How the server finds what the pages beside those of events show: no whole table, no sorting of one, few rows. */
class DashboardPlansTest {
    private static final int EVENTS = 20_000;
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
    private static final ManyEvents DATA = new ManyEvents(EVENTS, 60_000, NOW, Duration.ofDays(20));
    private static final Set<String> PROVIDERS = Set.of("stripe", "razorpay", "standard");
    private static final Audit AUDIT = new Audit("n", Clock.systemUTC());

    private static Explained explained;
    private static Database database;

    @BeforeAll
    static void load() throws Exception {
        TestServers servers = TestServers.get();
        String url = servers.newDatabase();
        new Schema(ConnectionPool.unpooled(url, servers.user(), servers.password()), Schema.Mode.MIGRATE).apply();
        try (Connection connection = DriverManager.getConnection(url, servers.user(), servers.password())) {
            DATA.load(connection, text -> {});
            everyEventWasInGroupReplays(connection);
        }
        explained = new Explained(url);
        database = new Database(explained.dataSource());
    }

    private static void everyEventWasInGroupReplays(Connection connection) throws SQLException {
        try (Statement sql = connection.createStatement()) {
            sql.execute("INSERT INTO replay_jobs (id, request_id, filter, events, reason, username, state, created_at,"
                    + " finished_at, lease_until) SELECT seq, seq, '{\"status\":[\"failed\"],\"cause\":\"x\"}', "
                    + EVENTS
                    + ", 'why', 'olga', 'done', '2026-11-25', '2026-11-25', '2026-11-25' FROM seq_1_to_200");
            sql.execute("INSERT INTO webhook_replays (job_id, event_row, outcome, requested_at, finished_at)"
                    + " SELECT seq, id, 'refused', '2026-11-25', '2026-11-25' FROM seq_1_to_2 JOIN webhook_events");
            sql.execute("ANALYZE TABLE webhook_replays, replay_jobs");
        }
    }

    @AfterAll
    static void close() {
        database.close();
    }

    private static void assertCheap(String page, long mostRows) {
        List<Explained.Query> queries = explained.take();
        assertThat(queries).as(page).isNotEmpty();
        assertThat(queries.stream().filter(query -> !query.bad().isEmpty()).toList())
                .as("%s: a whole table or index is read, or rows of one are sorted", page)
                .isEmpty();
        assertThat(queries.stream().mapToLong(Explained.Query::rowsRead).sum())
                .as("rows read for %s: %s", page, queries)
                .isLessThan(mostRows);
    }

    @Test
    void anOrderIsReadByItsKeys() {
        OrderHistories orders = new OrderHistories(database, PROVIDERS);
        explained.take();
        OrderHistory history = orders.find(302).orElseThrow();
        assertThat(history.events()).hasSize(4);
        assertThat(history.groupReplays()).hasSize(8);
        assertCheap("order", 150);
        assertThat(orders.ordersOf(ManyEvents.refundId(302))).containsExactly(302L);
        assertCheap("orders of a refund", 30);
        assertThat(orders.gone(302).events()).isNotEmpty();
        assertCheap("events that name an order", 30);
    }

    @Test
    void failuresAreReadByTheirCauses() {
        explained.take();
        Failures.Overview overview = new Failures(database).overview();
        assertThat(overview.groups()).hasSize(1);
        assertCheap("failures", 200);
    }

    @Test
    void overviewCountsWithinBounds() {
        explained.take();
        assertThat(new OverviewQuery(database, Clock.systemUTC()).waiting().failed())
                .isPositive();
        assertCheap("waiting", 3_000);
    }

    @Test
    void locksReadTheirEventsByKey() {
        List<EventKey> keys = IntStream.range(0, 50)
                .mapToObj(i -> new EventKey("stripe", ManyEvents.eventId(i * ManyEvents.BLOCK + 1)))
                .toList();
        explained.take();
        Map<EventKey, EventBriefDao.Brief> found = database.inTransaction(
                Deadline.in(Duration.ofSeconds(5)), handle -> new EventBriefDao().find(handle, keys));
        assertThat(found).hasSize(50);
        assertCheap("events of fifty locks", 200);
    }

    static Map<String, RejectionDao.Filter> rejections() {
        Instant from = NOW.minus(Duration.ofDays(3));
        Map<String, RejectionDao.Filter> filters = new LinkedHashMap<>();
        filters.put("all rejections", new RejectionDao.Filter(null, null, null, null));
        filters.put("rejections of a time", new RejectionDao.Filter(null, null, from, NOW));
        filters.put("of a cause", new RejectionDao.Filter("timestamp_too_old", null, null, null));
        filters.put("of a provider", new RejectionDao.Filter(null, "razorpay", null, null));
        filters.put("of both", new RejectionDao.Filter("signature_mismatch", "stripe", from, null));
        return filters;
    }

    @Test
    void rejectionsWalkTheIndexOfTheirFilter() {
        RejectionQuery query = new RejectionQuery(database, PROVIDERS);
        rejections().forEach((name, filter) -> {
            explained.take();
            RejectionQuery.Page page = query.page(filter, null);
            assertThat(page.entries()).as(name).hasSize(RejectionQuery.PAGE);
            assertCheap(name, 300);
            assertThat(query.page(filter, page.next().orElseThrow()).entries())
                    .as(name)
                    .isNotEmpty();
            assertCheap(name + ", second page", 300);
        });
    }

    @Test
    void auditWalksTheIndexOfItsFilter() {
        AuditQuery query = new AuditQuery(database);
        Map<String, AuditDao.Filter> filters = new LinkedHashMap<>();
        filters.put("whole log", filter(null, null, null));
        filters.put("of a person", filter("user-3", null, null));
        filters.put("of an action", filter(null, "replay", null));
        filters.put("of an event", filter(null, null, "stripe/" + ManyEvents.eventId(1001)));
        filters.forEach((name, filter) -> {
            explained.take();
            AuditQuery.Page page = query.page(filter, null, 10);
            assertThat(page.entries()).as(name).isNotEmpty();
            assertCheap(name, 30);
        });
    }

    private static AuditDao.Filter filter(@Nullable String person, @Nullable String action, @Nullable String target) {
        return new AuditDao.Filter(person, action, target, null, null);
    }

    @Test
    void aGroupReplayIsCountedInsideAnIndex() {
        GroupReplay replay = new GroupReplay(database, AUDIT, Clock.systemUTC());
        explained.take();
        assertThat(replay.count(ReplayFilter.ofCause("Order not found")).events())
                .isPositive();
        assertCheap("count by cause", 300);
        Instant from = NOW.minus(Duration.ofDays(3));
        ReplayFilter byTime = new ReplayFilter(ReplayFilter.REFUSED, "stripe", null, null, from, NOW);
        assertThat(replay.count(byTime).events()).isPositive();
        assertCheap("count by time", 200);
        ReplayFilter skipped = new ReplayFilter(Set.of(EventStatus.SKIPPED), null, "charge.updated", null, from, null);
        assertThat(replay.count(skipped).events()).isPositive();
        assertCheap("count of the skipped of a time", EVENTS * 3 / 10);
        assertThat(replay.jobs(10)).hasSize(10);
        assertCheap("jobs", 20);
    }

    @Test
    void replaysOfAnEventAreFoundByItsRow() {
        explained.take();
        database.inTransaction(Deadline.in(Duration.ofSeconds(5)), handle -> new ReplayDao().ofEvent(handle, 1234, 20));
        assertCheap("replays of an event", 20);
    }
}
