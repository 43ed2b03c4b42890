package hooklatch.service.replay;

import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.domain.Fact;
import hooklatch.domain.ReplayFilter;
import hooklatch.service.Audit;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Failures by cause: what is grouped, and what it costs with many. */
class FailuresTest {
    private Bench bench;
    private Failures failures;

    @BeforeEach
    void open() {
        bench = new Bench(4);
        failures = new Failures(bench.shop.database());
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void refusalsForTheSameReasonAreOneCauseAndWhatIsMendedLeavesIt() {
        Bench.Node node = bench.node();
        node.deliver(event("evt_1", succeeded("pi_1", 41, 4999)));
        node.deliver(event("evt_2", succeeded("pi_2", 42, 4999)));
        node.deliver(event("evt_3", new Fact.Unusable("Event names no payment")));
        node.deliver(event("evt_4", new Fact.Unknown()));

        Failures.Overview overview = failures.overview();
        assertThat(overview.all()).isTrue();
        assertThat(overview.groups())
                .extracting(Failures.Group::cause, Failures.Group::count)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("Event names no payment", 1),
                        org.assertj.core.groups.Tuple.tuple("Order not found", 2));
        Failures.Group orders = overview.groups().get(1);
        assertThat(orders.sample())
                .extracting(failure -> failure.key().eventId())
                .containsExactly("evt_2", "evt_1");
        assertThat(orders.sample()).extracting(failure -> failure.error()).contains("Order not found: 41");
        assertThat(orders.nextAttempt()).isNotNull();
        assertThat(orders.providers()).containsExactly("stripe");

        bench.shop.order(41, "49.99");
        bench.shop.order(42, "49.99");
        node.replay().replay(Bench.key("evt_1"), Bench.OLGA, null);
        node.replay().replay(Bench.key("evt_2"), Bench.OLGA, null);
        assertThat(failures.group("Order not found")).isEmpty();
        assertThat(failures.overview().groups()).hasSize(1);
    }

    @Test
    void anEventThatIsRefusedForAnotherReasonChangesItsGroup() {
        bench.node().deliver(event("evt_1", succeeded("pi_1", 42, 4999)));
        bench.shop.order(42, "49.99");
        bench.shop.sql(
                handle -> handle.execute(
                        "INSERT INTO payments (provider, payment_id, order_id, status) VALUES ('stripe', 'pi_1', 7, 'pending')"));
        bench.node().replay().replay(Bench.key("evt_1"), Bench.OLGA, null);

        assertThat(failures.overview().groups())
                .extracting(Failures.Group::cause)
                .containsExactly("Payment … belongs to order …, not …");
    }

    @Test
    void aHundredThousandFailuresCostNoMoreThanAFew() {
        for (int from = 1; from < 100_000; from += 5_000) {
            seed(from, from + 4_999);
        }
        bench.shop.sql(handle -> handle.execute("ANALYZE TABLE webhook_events"));
        List<Long> millis = new ArrayList<>();
        Failures.Overview overview = failures.overview();
        for (int i = 0; i < 11; i++) {
            long begun = System.nanoTime();
            overview = failures.overview();
            millis.add((System.nanoTime() - begun) / 1_000_000);
        }
        millis.sort(null);
        System.out.println("FailuresTest: 27 causes of 100,000 failures, ms: " + millis);

        assertThat(overview.groups()).hasSize(27);
        Failures.Group most = failures.group("Order not found").orElseThrow();
        assertThat(most.count()).isEqualTo(Failures.CAP + 1);
        assertThat(most.isCapped()).isTrue();
        assertThat(millis.get(5)).as("median").isLessThan(500);

        for (String sql : List.of(
                "SELECT error_cause FROM webhook_events FORCE INDEX (ix_webhook_events_error_cause) WHERE error_cause > 'A' ORDER BY error_cause LIMIT 1",
                "SELECT id, error FROM webhook_events FORCE INDEX (ix_webhook_events_error_cause) WHERE error_cause = 'Order not found' ORDER BY id DESC LIMIT 50")) {
            Map<String, Object> plan = bench.shop.sql(
                    handle -> handle.createQuery("EXPLAIN " + sql).mapToMap().first());
            assertThat(plan.get("key")).as(sql).isEqualTo("ix_webhook_events_error_cause");
            assertThat(String.valueOf(plan.get("extra"))).as(sql).doesNotContain("filesort");
        }

        GroupReplay groups =
                new GroupReplay(bench.shop.database(), new Audit("node-1", Clock.systemUTC()), Clock.systemUTC());
        ReplayFilter filter = ReplayFilter.ofCause("Order not found");
        long begun = System.nanoTime();
        GroupReplay.Counted counted = groups.count(filter);
        long countedAt = System.nanoTime();
        int taken = groups.confirm("form", filter, counted.newestRow(), Bench.OLGA, "why")
                .events();
        long confirmedAt = System.nanoTime();
        System.out.println("FailuresTest: " + counted.events() + " events counted in "
                + Duration.ofNanos(countedAt - begun).toMillis() + " ms, made a job in "
                + Duration.ofNanos(confirmedAt - countedAt).toMillis() + " ms");
        assertThat(taken).isEqualTo(99_900).isEqualTo(counted.events());
    }

    /** Failed, dead-lettered and processed events. */
    private void seed(int from, int to) {
        String columns =
                "INSERT INTO webhook_events (provider, event_type, attempts, payload, payload_sha256, event_id,"
                        + " status, error, error_cause, received_at, next_attempt_at)"
                        + " SELECT 'stripe', 'payment_intent.succeeded', 9, '{}', UNHEX(SHA2(seq, 256)), ";
        String numbers = " FROM seq_" + from + "_to_" + to;
        bench.shop.sql(handle -> handle.execute(columns
                + "CONCAT('evt_', seq), IF(seq % 5, 'failed', 'dead_lettered'), CONCAT('Order not found: ', seq),"
                + " IF(seq % 1000, 'Order not found', CONCAT('Cause ', CHAR(65 + FLOOR(seq / 1000) % 26))),"
                + " NOW(6) - INTERVAL (100000 - seq) SECOND, NOW(6) + INTERVAL 1 HOUR" + numbers));
        bench.shop.sql(handle -> handle.execute(columns
                + "CONCAT('evt_done_', seq), 'processed', NULL, NULL, NOW(6) - INTERVAL 1 DAY, NULL" + numbers));
    }
}
