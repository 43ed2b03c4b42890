package hooklatch.service.replay;

import static hooklatch.service.replay.Bench.key;
import static hooklatch.testing.Facts.chargeRefunded;
import static hooklatch.testing.Facts.dispute;
import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.refund;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.Deadline;
import hooklatch.domain.Fact;
import hooklatch.domain.Json;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.ReplayOutcome;
import hooklatch.domain.RowChange;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventContext;
import hooklatch.handler.EventHandler;
import hooklatch.handler.RefusedException;
import hooklatch.lock.EventLocks;
import hooklatch.service.Rehearsal;
import hooklatch.testing.TestServers;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.redisson.api.RedissonClient;

/** Dry runs: they show what a replay would do, and leave nothing behind. */
class RehearsalTest {
    private static final List<String> TABLES = List.of(
            "webhook_events",
            "webhook_bodies",
            "webhook_deliveries",
            "webhook_attempts",
            "webhook_replays",
            "orders",
            "payments",
            "refunds",
            "disputes",
            "payment_refs",
            "custom");

    private Bench bench;

    @BeforeEach
    void open() {
        bench = new Bench(8);
        bench.shop.sql(handle -> handle.execute("CREATE TABLE custom (event_id VARCHAR(255) PRIMARY KEY)"));
    }

    @AfterEach
    void close() {
        bench.close();
    }

    /** Of every table, all columns of all rows. */
    private Map<String, Object> checksums() {
        return bench.shop.sql(handle -> {
            Map<String, Object> sums = new TreeMap<>();
            for (String table : TABLES) {
                sums.putAll(Map.of(
                        table,
                        handle.createQuery("CHECKSUM TABLE " + table + " EXTENDED")
                                .mapToMap()
                                .one()
                                .toString()));
            }
            return sums;
        });
    }

    private Rehearsal.Ended rehearse(Bench.Node node, String id) {
        return node.replay().rehearse(key(id), Bench.OLGA);
    }

    private static List<RowChange> changed(Rehearsal.Ended ended) {
        return ended.rows().stream()
                .filter(row -> row.kind() != RowChange.Kind.SAME)
                .toList();
    }

    private static RowChange row(Rehearsal.Ended ended, String table) {
        return ended.rows().stream()
                .filter(row -> row.table().equals(table))
                .findFirst()
                .orElseThrow();
    }

    private static RowChange.Column column(RowChange row, String name) {
        return row.columns().stream()
                .filter(column -> column.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theRowsAreShownAsTheyAreAndAsTheyWouldBeAndNoTableHasChanged() {
        Bench.Node node = bench.node();
        node.deliver(event("evt_1", succeeded("pi_1", 42, 4999)));
        bench.shop.order(42, "49.99");
        Map<String, Object> before = checksums();

        Rehearsal.Ended ended = rehearse(node, "evt_1");

        assertThat(ended.outcome().kind()).isEqualTo(ReplayOutcome.Kind.PROCESSED);
        assertThat(changed(ended))
                .extracting(RowChange::table, RowChange::key, RowChange::kind)
                .containsExactly(
                        tuple("orders", "42", RowChange.Kind.CHANGED),
                        tuple("payments", "pi_1", RowChange.Kind.NEW),
                        tuple("payment_refs", "ch_pi_1", RowChange.Kind.NEW),
                        tuple("webhook_events", "evt_1", RowChange.Kind.CHANGED));
        assertThat(column(row(ended, "orders"), "payment_status"))
                .isEqualTo(new RowChange.Column("payment_status", "PENDING", "PAID", false));
        assertThat(column(row(ended, "payments"), "amount").after()).isEqualTo("49.990");
        assertThat(column(row(ended, "webhook_events"), "status"))
                .isEqualTo(new RowChange.Column("status", "failed", "processed", false));
        assertThat(checksums()).isEqualTo(before);
        assertThat(bench.shop.orderState(42)).isEqualTo("PENDING");
    }

    @Test
    void refundsAndDisputesOfEveryKindAreShownAndTakenBack() {
        bench.shop.order(42, "49.99");
        Bench.Node refusing = bench.node(new Acting("refusing", context -> {
            throw new RefusedException("Not now");
        }));
        List<Fact> facts = List.of(
                refund("pi_1", "re_1", RefundStatus.SUCCEEDED, 1000),
                chargeRefunded("pi_1", 2000, 1000),
                dispute("pi_1", "dp_1", false, "needs_response", 4999));
        bench.node().deliver(event("evt_paid", succeeded("pi_1", 42, 4999)));
        for (int i = 0; i < facts.size(); i++) {
            refusing.deliver(event("evt_" + i, facts.get(i)));
        }
        Map<String, Object> before = checksums();
        Bench.Node node = bench.node();

        assertThat(column(row(rehearse(node, "evt_0"), "orders"), "payment_status"))
                .isEqualTo(new RowChange.Column("payment_status", "PAID", "PARTIALLY_REFUNDED", false));
        assertThat(row(rehearse(node, "evt_0"), "refunds").kind()).isEqualTo(RowChange.Kind.NEW);
        assertThat(row(rehearse(node, "evt_1"), "refunds").key()).isEqualTo("ch_pi_1");
        assertThat(row(rehearse(node, "evt_2"), "disputes").kind()).isEqualTo(RowChange.Kind.NEW);
        assertThat(row(rehearse(node, "evt_2"), "orders").kind())
                .as("only its counter grows")
                .isEqualTo(RowChange.Kind.SAME);
        assertThat(checksums()).isEqualTo(before);
    }

    @Test
    void aRefusalIsToldAndNotRecorded() {
        Bench.Node node = bench.node();
        node.deliver(event("evt_1", succeeded("pi_1", 42, 4999)));
        Map<String, Object> before = checksums();

        Rehearsal.Ended ended = rehearse(node, "evt_1");

        assertThat(ended.outcome()).isEqualTo(ReplayOutcome.refused("Order not found: 42"));
        assertThat(ended.rows()).isEmpty();
        assertThat(checksums()).isEqualTo(before);
    }

    /** Longer than until it is given up, which would be recorded of a delivery. */
    @Test
    void ofAHandlerThatNoInterruptReachesNothingIsRecordedEither() {
        bench.node().deliver(event("evt_1", new Fact.Unknown()));
        bench.shop.sql(handle -> handle.execute("UPDATE webhook_events SET status = 'failed'"));
        Map<String, Object> before = checksums();
        Bench.Node node = bench.node(new Acting("deaf", context -> {
            Deadline end = Deadline.in(Duration.ofSeconds(7));
            while (!end.hasPassed()) {
                Thread.onSpinWait();
            }
        }));

        assertThat(rehearse(node, "evt_1").outcome().kind()).isEqualTo(ReplayOutcome.Kind.UNAVAILABLE);
        assertThat(checksums()).isEqualTo(before);
    }

    @Test
    void theHandlerOfAProcessedEventIsNotRun() {
        bench.shop.order(42, "49.99");
        bench.node().deliver(event("evt_1", succeeded("pi_1", 42, 4999)));
        List<String> runs = new ArrayList<>();
        Bench.Node node = bench.node(new Acting("acting", context -> runs.add("ran")));

        assertThat(rehearse(node, "evt_1").outcome().kind()).isEqualTo(ReplayOutcome.Kind.EFFECT_STANDS);
        assertThat(runs).isEmpty();
    }

    @Test
    void nothingIsRunAfterwards() {
        bench.node().deliver(event("evt_1", new Fact.Unknown()));
        List<String> mails = new ArrayList<>();
        Bench.Node node = bench.node(new Acting("mailing", context -> context.afterCommit(() -> mails.add("sent"))));

        Rehearsal.Ended ended = rehearse(node, "evt_1");

        assertThat(ended.afterCommit()).isEqualTo(1);
        assertThat(mails).isEmpty();
    }

    @Test
    void noLockIsTakenAndNothingIsRemembered() {
        RedissonClient redis = bench.shop.redis(TestServers.get().newRedisUrl());
        Bench.Node node = bench.node(bench.shop.locks(redis), bench.shop.cache(redis), Clock.systemUTC());
        node.deliver(event("evt_1", succeeded("pi_1", 42, 4999)));
        bench.shop.order(42, "49.99");
        EventLocks.Attempt held = bench.shop.locks(redis).acquire(key("evt_1"), Duration.ZERO);
        assertThat(held).isInstanceOf(EventLocks.Attempt.Held.class);

        assertThat(rehearse(node, "evt_1").outcome().kind())
                .as("with the lock in another's hands")
                .isEqualTo(ReplayOutcome.Kind.PROCESSED);

        assertThat(bench.shop.cache(redis).get(key("evt_1"))).isEmpty();
        ((EventLocks.Attempt.Held) held).release().run();
        Awaitility.await().until(() -> redis.getKeys().count() == 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT id FROM webhook_events WHERE event_id = 'evt_1' FOR UPDATE",
                "SELECT id FROM orders WHERE id = 42 FOR UPDATE"
            })
    void aRowInOthersHandsIsWaitedForASecondAtMost(String lockRow) {
        Bench.Node node = bench.node();
        node.deliver(event("evt_1", succeeded("pi_1", 42, 4999)));
        bench.shop.order(42, "49.99");
        bench.shop.sql(holder -> {
            holder.createQuery(lockRow).mapToMap().list();
            long begun = System.nanoTime();

            ReplayOutcome outcome = rehearse(node, "evt_1").outcome();

            assertThat(outcome.kind()).isEqualTo(ReplayOutcome.Kind.BUSY);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofMillis(2500));
            return null;
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "COMMIT",
                " /* hidden */ commit",
                "/*! COMMIT */",
                "/*M! COMMIT */",
                "-- a comment\nCOMMIT",
                "SET autocommit = 1",
                "SET @@session.autocommit = ON",
                "CREATE TABLE committing (id INT)",
                "ALTER TABLE custom ADD COLUMN more INT",
                "TRUNCATE TABLE custom",
                "START TRANSACTION",
                "BEGIN",
                "LOCK TABLES custom WRITE",
                "ANALYZE TABLE custom",
                "CALL anything()",
                "PREPARE p FROM 'COMMIT'",
                "BEGIN NOT ATOMIC COMMIT; END",
                "SELECT 1; COMMIT",
                "ROLLBACK AND CHAIN"
            })
    void aHandlerCannotCommitBySql(String sql) {
        assertNothingIsLeftBy(context -> {
            context.handle().execute("INSERT INTO custom VALUES ('evt_1')");
            context.handle().execute(sql);
        });
    }

    @Test
    void aHandlerCannotCommitByItsConnectionNorByAnotherWayToIt() {
        assertNothingIsLeftBy(context -> {
            Connection connection = context.handle().getConnection();
            context.handle().execute("INSERT INTO custom VALUES ('evt_1')");
            List<Committing> ways = List.of(
                    connection::commit,
                    () -> connection.setAutoCommit(true),
                    () -> connection
                            .unwrap(com.mysql.cj.jdbc.JdbcConnection.class)
                            .commit(),
                    () -> connection.createStatement().execute("COMMIT"),
                    () -> connection.prepareStatement("COMMIT").execute(),
                    () -> connection.createStatement().getConnection().commit(),
                    () -> connection
                            .prepareStatement("SELECT 1")
                            .getConnection()
                            .commit(),
                    () -> connection.getMetaData().getConnection().commit(),
                    () -> context.handle().commit(),
                    () -> context.handle()
                            .getJdbi()
                            .useTransaction(inner -> inner.execute("INSERT INTO custom VALUES ('evt_2')")));
            for (Committing way : ways) {
                try {
                    way.commit();
                } catch (SQLException | RuntimeException swallowed) {
                    // As careless handlers do.
                }
            }
        });
    }

    @Test
    void aHandlerThatRollsBackItselfLeavesNothingEither() {
        assertNothingIsLeftBy(context -> {
            context.handle().execute("INSERT INTO custom VALUES ('evt_1')");
            context.handle().getConnection().rollback();
            context.handle().execute("INSERT INTO custom VALUES ('evt_1')");
        });
    }

    @Test
    void anErrorOfAHandlerLeavesNothingEither() {
        assertNothingIsLeftBy(context -> {
            context.handle().execute("INSERT INTO custom VALUES ('evt_1')");
            throw new IllegalStateException("a defect");
        });
        assertNothingIsLeftBy(context -> {
            context.handle().execute("INSERT INTO custom VALUES ('evt_1')");
            throw new AssertionError("an error that nobody catches");
        });
    }

    private void assertNothingIsLeftBy(Action action) {
        bench.node().deliver(event("evt_1", new Fact.Unknown()));
        Map<String, Object> before = checksums();
        Bench.Node node = bench.node(new Acting("acting", action));

        try {
            rehearse(node, "evt_1");
        } catch (AssertionError passedOn) {
            // What is no exception is not a handler's answer.
        }

        assertThat(checksums()).isEqualTo(before);
        assertThat(bench.shop.pool().getHikariPoolMXBean().getActiveConnections())
                .isZero();
    }

    @Test
    void whatASessionKeepsIsGoneWithIt() {
        bench.node().deliver(event("evt_1", new Fact.Unknown()));
        Bench.Node node = bench.node(new Acting(
                "locking",
                context -> context.handle()
                        .createQuery("SELECT GET_LOCK('of_a_handler', 0), @left := 1")
                        .mapToMap()
                        .list()));

        assertThat(rehearse(node, "evt_1").outcome().kind()).isEqualTo(ReplayOutcome.Kind.PROCESSED);

        Awaitility.await()
                .until(() -> bench.shop.sql(handle -> handle.createQuery("SELECT IS_FREE_LOCK('of_a_handler')")
                        .mapTo(Boolean.class)
                        .one()));
    }

    @Test
    void aHandlerThatHangsIsCutOff() {
        bench.node().deliver(event("evt_1", new Fact.Unknown()));
        Bench.Node node = bench.node(new Acting("hanging", context -> {
            for (int i = 0; i < 40; i++) {
                context.handle().execute("DO SLEEP(0.5)");
            }
        }));
        long begun = System.nanoTime();

        assertThat(rehearse(node, "evt_1").outcome().kind()).isEqualTo(ReplayOutcome.Kind.UNAVAILABLE);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(6));
        Awaitility.await("the rows are free again")
                .atMost(Duration.ofSeconds(5))
                .until(() -> bench.shop.database().inTransaction(Deadline.in(Duration.ofSeconds(4)), handle -> {
                    handle.execute("UPDATE webhook_events SET attempts = attempts WHERE event_id = 'evt_1'");
                    return true;
                }));
    }

    private interface Committing {
        void commit() throws SQLException;
    }

    private interface Action {
        void on(EventContext context) throws Exception;
    }

    private record Acting(String name, Action action) implements EventHandler {
        @Override
        public boolean handles(WebhookEvent event) {
            return true;
        }

        @Override
        public ObjectNode handle(EventContext context) throws Exception {
            action.on(context);
            return Json.object().put("done", true);
        }
    }
}
