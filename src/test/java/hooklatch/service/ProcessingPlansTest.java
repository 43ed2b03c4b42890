package hooklatch.service;

import static hooklatch.testing.Facts.chargeRefunded;
import static hooklatch.testing.Facts.dispute;
import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.refund;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.dao.AuditDao;
import hooklatch.dao.Database;
import hooklatch.dao.RejectionDao;
import hooklatch.dao.WebhookEventDao;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventRecord;
import hooklatch.domain.Fact;
import hooklatch.domain.Outcome;
import hooklatch.domain.RefundStatus;
import hooklatch.testing.Explained;
import hooklatch.testing.Shop;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * How the server finds the rows of an event: by the index that was made for it. The tables are as good as empty, as they are
 * when a shop begins: what the server thinks best then it keeps to when they have grown.
 */
class ProcessingPlansTest {
    private Shop shop;
    private Explained explained;
    private Database database;

    @BeforeEach
    void openShop() {
        shop = new Shop(2);
        explained = new Explained(shop.url());
        database = new Database(explained.dataSource());
        shop.order(1, "49.99");
        shop.order(2, "49.99");
    }

    @AfterEach
    void closeShop() {
        database.close();
        shop.close();
    }

    @Test
    void paymentsRefundsAndDisputesAreFoundByTheirPaymentAndOrder() {
        EventProcessor node = shop.node(database);
        List<Fact> facts = List.of(
                refund("pi1", "re1", RefundStatus.SUCCEEDED, 100),
                refund("pi2", "re2", RefundStatus.SUCCEEDED, 100),
                dispute("pi1", "du1", false, "needs_response", 4999),
                succeeded("pi1", 1, 4999),
                succeeded("pi2", 2, 4999),
                succeeded("pi3", 2, 4999),
                chargeRefunded("pi1", 500, 400),
                refund("pi2", "re3", RefundStatus.PENDING, 200));
        for (int i = 0; i < facts.size(); i++) {
            assertThat(node.process(event("evt" + i, facts.get(i)), Deadline.in(Duration.ofSeconds(4))))
                    .isInstanceOf(Outcome.Processed.class);
        }

        List<Explained.Query> queries = explained.take();
        assertThat(indexesOf("p", queries)).isNotEmpty().containsOnly("ix_payments_order_id");
        assertThat(indexesOf("r", queries)).isNotEmpty().containsOnly("ix_refunds_payment");
        List<Explained.Query> ofAPayment = queries.stream()
                .filter(query -> query.sql().contains(" payment_id = '"))
                .toList();
        assertThat(indexesOf("refunds", ofAPayment)).isNotEmpty().containsOnly("ix_refunds_payment");
        assertThat(indexesOf("disputes", ofAPayment)).isNotEmpty().containsOnly("ix_disputes_payment");
    }

    @Test
    void theChecksFindTheEventsOfPaymentsByTheirIndex() {
        EventProcessor node = shop.node(database);
        for (int i = 1; i <= 2; i++) {
            node.process(event("evt" + i, succeeded("pi" + i, i, 4999)), Deadline.in(Duration.ofSeconds(4)));
        }
        explained.take();

        new CheckRound(database, Clock.systemUTC(), "node", null, () -> {}).run();

        List<Explained.Query> ofPayments = explained.take().stream()
                .filter(query -> query.sql().contains("FROM webhook_events")
                        && query.sql().contains("payment_id IN ("))
                .toList();
        assertThat(indexesOf("webhook_events", ofPayments)).isNotEmpty().containsOnly("ix_webhook_events_payment_id");
    }

    @Test
    void theLogsArePagedByTheIndexOfTheirFilter() {
        Map<RejectionDao.Filter, String> rejections = Map.of(
                new RejectionDao.Filter(null, null, null, null), "ix_webhook_rejections_time",
                new RejectionDao.Filter("body_too_large", null, null, null), "ix_webhook_rejections_cause_time",
                new RejectionDao.Filter(null, "stripe", null, null), "ix_webhook_rejections_provider_time",
                new RejectionDao.Filter("x", "stripe", null, null), "ix_webhook_rejections_provider_cause_time");
        Map<AuditDao.Filter, String> actions = Map.of(
                new AuditDao.Filter(null, null, null, null, null), "ix_audit_log_at",
                new AuditDao.Filter("ada", null, null, null, null), "ix_audit_log_username",
                new AuditDao.Filter(null, "replay", null, null, null), "ix_audit_log_action",
                new AuditDao.Filter("ada", null, "stripe/evt1", null, null), "ix_audit_log_target");
        Deadline deadline = Deadline.in(Duration.ofSeconds(4));

        rejections.forEach((filter, index) -> {
            database.inTransaction(deadline, handle -> new RejectionDao().page(handle, filter, null, 50));
            assertThat(indexesOf("webhook_rejections", explained.take()))
                    .as("%s", filter)
                    .containsExactly(index);
        });
        actions.forEach((filter, index) -> {
            database.inTransaction(deadline, handle -> new AuditDao().page(handle, filter, null, 50));
            assertThat(indexesOf("audit_log", explained.take()))
                    .as("%s", filter)
                    .containsExactly(index);
        });
    }

    private static List<String> indexesOf(String table, List<Explained.Query> queries) {
        return queries.stream()
                .flatMap(query -> query.plan().stream())
                .filter(step -> step.table().equals(table))
                .map(Explained.Step::key)
                .toList();
    }

    @Test
    void eventsAreFoundByTheirIdAndByTheTimeOfTheirNextAttempt() {
        EventProcessor node = shop.node(database);
        for (int i = 1; i <= 2; i++) {
            node.process(event("evt" + i, succeeded("pi" + i, i, 4999)), Deadline.in(Duration.ofSeconds(4)));
        }
        explained.take();

        WebhookEventDao events = new WebhookEventDao();
        Deadline deadline = Deadline.in(Duration.ofSeconds(4));
        Optional<EventRecord> newest = database.inTransaction(deadline, handle -> events.findNewest(handle, "evt1"));
        assertThat(newest).isPresent();
        assertThat(indexesOf("webhook_events", explained.take())).containsExactly("ix_webhook_events_event_id");

        List<WebhookEventDao.Due> due =
                database.inTransaction(deadline, handle -> events.due(handle, Instant.now(), false, List.of(), 10));
        assertThat(due).isEmpty();
        assertThat(indexesOf("webhook_events", explained.take())).containsExactly("ix_webhook_events_next_attempt_at");
    }
}
