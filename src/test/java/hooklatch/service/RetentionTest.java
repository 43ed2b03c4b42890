package hooklatch.service;

import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.domain.Deadline;
import hooklatch.domain.Outcome;
import hooklatch.domain.WebhookEvent;
import hooklatch.testing.SettableClock;
import hooklatch.testing.Shop;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** RETENTION_DAYS and PAYLOAD_RETENTION_DAYS. */
class RetentionTest {
    private final SettableClock clock = new SettableClock(Instant.parse("2026-01-01T00:00:00Z"));
    private Shop shop;
    private EventProcessor node;

    @BeforeEach
    void openShop() {
        shop = new Shop(4);
        node = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), new RetryPolicy(8, Duration.ofHours(4)), clock);
        for (int order = 1; order <= 500; order++) {
            shop.order(order, "49.99");
        }
    }

    @AfterEach
    void closeShop() {
        shop.close();
    }

    private Outcome process(WebhookEvent event) {
        return node.process(event, Deadline.in(Duration.ofSeconds(4)));
    }

    private void runAll(Retention retention) {
        boolean more = true;
        while (more) {
            more = retention.runBatch();
        }
    }

    @Test
    void replaysAreForgottenButNoneOfAGroupThatRunsOrIsYoung() {
        shop.sql(handle -> {
            handle.execute(
                    "INSERT INTO replay_jobs (id, request_id, filter, events, reason, username, state, created_at,"
                            + " finished_at, lease_until) VALUES"
                            + " (1, 'a', '{}', 250, 'why', 'olga', 'done', '2025-11-01', '2025-11-01', '2025-11-01'),"
                            + " (2, 'b', '{}', 1, 'why', 'olga', 'running', '2025-11-01', NULL, '2025-11-01'),"
                            + " (3, 'c', '{}', 1, 'why', 'olga', 'canceled', '2025-11-01', '2026-02-01', '2025-11-01'),"
                            + " (4, 'd', '{}', 0, 'why', 'olga', 'canceled', '2025-11-01', '2025-11-01', '2025-11-01')");
            handle.execute("INSERT INTO webhook_replays (job_id, event_row, requested_at) SELECT 1, 1, '2025-11-01'"
                    + " FROM information_schema.COLUMNS LIMIT 250");
            return handle.execute("INSERT INTO webhook_replays (job_id, event_row, requested_at) VALUES"
                    + " (2, 1, '2025-11-01'), (3, 1, '2025-11-01'), (NULL, 1, '2025-11-01'), (NULL, 1, '2026-02-20')");
        });
        clock.advance(Duration.ofDays(50));

        runAll(new Retention(shop.database(), Duration.ofDays(45), null, clock));

        assertThat(shop.<List<Long>>sql(handle -> handle.createQuery("SELECT id FROM replay_jobs ORDER BY id")
                        .mapTo(Long.class)
                        .list()))
                .containsExactly(2L, 3L);
        assertThat(shop.count("webhook_replays WHERE job_id IN (2, 3)")).isEqualTo(2);
        assertThat(shop.count("webhook_replays")).isEqualTo(3);
    }

    @Test
    void finishedEventsAreForgottenAndWhatIsNotFinishedStays() {
        process(event("refused", succeeded("pi_refused", 999, 4999)));
        for (int i = 1; i <= 450; i++) {
            process(event("old_" + i, succeeded("pi_" + i, i, 4999)));
        }
        clock.advance(Duration.ofDays(50));
        process(event("new", succeeded("pi_500", 500, 4999)));
        shop.sql(handle -> handle.execute("INSERT INTO webhook_deliveries"
                + " (provider, event_id, received_at, outcome, http_status, duration_us, node)"
                + " VALUES ('stripe', 'old_1', '2026-01-01', 'processed', 200, 1, 'n'),"
                + " ('stripe', 'new', '2026-02-20', 'processed', 200, 1, 'n')"));
        shop.sql(handle -> handle.execute("INSERT INTO webhook_attempts"
                + " (provider, event_id, started_at, origin, outcome, duration_us, node)"
                + " VALUES ('stripe', 'old_1', '2026-01-01', 'retry', 'processed', 1, 'n'),"
                + " ('stripe', 'new', '2026-02-20', 'retry', 'processed', 1, 'n')"));
        Retention retention = new Retention(shop.database(), Duration.ofDays(45), null, clock);

        runAll(retention);

        assertThat(shop.count("webhook_events")).isEqualTo(2);
        assertThat(shop.count("webhook_events WHERE event_id IN ('refused', 'new')"))
                .isEqualTo(2);
        assertThat(shop.count("webhook_deliveries")).isEqualTo(1);
        assertThat(shop.count("webhook_attempts")).isEqualTo(1);
        assertThat(shop.count("payments")).as("facts stay").isEqualTo(451);

        Outcome again = process(event("old_1", succeeded("pi_1", 1, 4999)));
        assertThat(again).isInstanceOf(Outcome.Processed.class);
        assertThat(((Outcome.Processed) again).event().resultJson()).contains("\"changed\":false");
        assertThat(shop.count("payments")).isEqualTo(451);

        shop.order(999, "49.99");
        assertThat(process(event("refused", succeeded("pi_refused", 999, 4999))))
                .isInstanceOf(Outcome.Processed.class);
        runAll(retention);
        assertThat(shop.count("webhook_events WHERE event_id = 'refused'"))
                .as("old, but its effect is of today")
                .isEqualTo(1);
        clock.advance(Duration.ofDays(46));
        runAll(retention);
        assertThat(shop.count("webhook_events WHERE event_id = 'refused'")).isZero();
    }

    @Test
    void bodiesOfFinishedEventsAreForgottenBeforeTheirEvents() {
        process(event("refused", succeeded("pi_refused", 999, 4999)));
        process(event("old", succeeded("pi_1", 1, 4999)));
        clock.advance(Duration.ofDays(8));
        process(event("new", succeeded("pi_2", 2, 4999)));

        runAll(new Retention(shop.database(), null, Duration.ofDays(7), clock));

        assertThat(shop.count("webhook_events")).isEqualTo(3);
        assertThat(shop.count("webhook_events WHERE payload IS NULL")).isEqualTo(1);
        assertThat(shop.count("webhook_events WHERE event_id = 'old' AND payload IS NULL"))
                .isEqualTo(1);
        assertThat(process(event("old", succeeded("pi_1", 1, 4999)))).isInstanceOf(Outcome.Duplicate.class);
    }
}
