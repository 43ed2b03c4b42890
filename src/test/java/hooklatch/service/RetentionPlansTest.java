package hooklatch.service;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.dao.ConnectionPool;
import hooklatch.dao.Database;
import hooklatch.dao.Schema;
import hooklatch.testing.Explained;
import hooklatch.testing.ManyEvents;
import hooklatch.testing.TestServers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How the server finds what is forgotten: by the primary key and nothing else, whatever the size of the tables. */
class RetentionPlansTest {
    private static final Instant NEWEST = Instant.parse("2026-11-25T12:00:00Z");
    /** Ways into an index, none of which reads what it was not asked for. */
    private static final Set<String> BY_KEY = Set.of("range", "const", "eq_ref", "ref", "system");

    /** As the statements call the tables that grow with deliveries. */
    private static final Set<String> LARGE =
            Set.of("webhook_events", "e", "b", "t", "webhook_deliveries", "webhook_attempts", "webhook_rejections");

    private @Nullable Database database;

    @AfterEach
    void close() {
        if (database != null) {
            database.close();
        }
    }

    private Explained load(int events) throws Exception {
        TestServers servers = TestServers.get();
        String url = servers.newDatabase();
        new Schema(ConnectionPool.unpooled(url, servers.user(), servers.password()), Schema.Mode.MIGRATE).apply();
        try (Connection connection = DriverManager.getConnection(url, servers.user(), servers.password());
                Statement statement = connection.createStatement()) {
            new ManyEvents(events, 2 * events, NEWEST, Duration.ofDays(20)).load(connection, text -> {});
            statement.execute("INSERT INTO webhook_bodies SELECT provider, payload_sha256, event_id FROM webhook_events"
                    + " WHERE provider = 'razorpay'");
            statement.execute(
                    "INSERT INTO webhook_attempts (provider, event_id, started_at, origin, outcome, duration_us,"
                            + " node) SELECT provider, event_id, received_at, 'retry', 'failed', 1, 'n' FROM webhook_events"
                            + " WHERE status <> 'processed' ORDER BY id");
            statement.execute("ANALYZE TABLE webhook_bodies, webhook_attempts");
        }
        return new Explained(url);
    }

    private long forgetAll(Explained explained, @Nullable Duration events, @Nullable Duration payloads, Instant now) {
        Database here = new Database(explained.dataSource());
        database = here;
        AtomicLong gone = new AtomicLong();
        Retention retention = new Retention(
                here, events, payloads, Clock.fixed(now, ZoneOffset.UTC), (kind, rows) -> gone.addAndGet(rows));
        boolean more = true;
        while (more) {
            more = retention.runBatch();
        }
        return gone.get();
    }

    private static void assertOnlyByPrimaryKey(List<Explained.Query> statements) {
        for (Explained.Query statement : statements) {
            assertThat(statement.plan())
                    .filteredOn(step -> LARGE.contains(step.table()))
                    .as("%s", statement)
                    .allMatch(step -> BY_KEY.contains(step.type()))
                    .allMatch(step -> step.key().equals("PRIMARY"));
        }
    }

    @Test
    void inALargeTableOnlyWhatIsOldIsTouched() throws Exception {
        Explained explained = load(10_000);

        // A fortieth of twenty days, then the bodies of a fortieth of what is left.
        long gone = forgetAll(explained, Duration.ofHours(468), Duration.ofDays(19), NEWEST);

        List<Explained.Query> statements = explained.take();
        assertThat(gone).isGreaterThan(500);
        assertThat(statements).anyMatch(statement -> statement.sql().startsWith("DELETE e, b"));
        assertOnlyByPrimaryKey(statements);
        assertThat(statements.stream()
                        .mapToLong(Explained.Query::rowsRead)
                        .max()
                        .orElseThrow())
                .as("rows read by one statement, at most a few for each row of a batch")
                .isLessThan(4_000);
    }

    @Test
    void aSmallTableIsNotScannedEither() throws Exception {
        Explained explained = load(60);

        long gone = forgetAll(explained, Duration.ofDays(10), Duration.ofDays(5), NEWEST);

        assertThat(gone).isGreaterThan(30);
        assertOnlyByPrimaryKey(explained.take().stream()
                // Looks without a lock may be done in any way while a table is small.
                .filter(statement -> statement.sql().contains("FOR UPDATE")
                        || !statement.sql().strip().startsWith("SELECT"))
                .toList());
    }
}
