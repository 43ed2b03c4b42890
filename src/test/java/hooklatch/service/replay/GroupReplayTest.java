package hooklatch.service.replay;

import static hooklatch.service.replay.Bench.key;
import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.Database;
import hooklatch.dao.ReplayDao;
import hooklatch.domain.EventStatus;
import hooklatch.domain.Fact;
import hooklatch.domain.Json;
import hooklatch.domain.ReplayFilter;
import hooklatch.domain.ReplayJob;
import hooklatch.domain.ReplayOutcome;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventContext;
import hooklatch.handler.EventHandler;
import hooklatch.service.Audit;
import hooklatch.testing.Deaf;
import hooklatch.testing.SettableClock;
import hooklatch.testing.Shop;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replays of groups: what is in one, who runs it, and how it ends. */
class GroupReplayTest {
    private static final ReplayFilter UNKNOWN_ORDERS = ReplayFilter.ofCause("Order not found");
    private static final Duration LEASE = Duration.ofMinutes(1);

    private static final Audit AUDIT = new Audit("node-1", Clock.systemUTC());

    private Bench bench;
    private GroupReplay groups;

    @BeforeEach
    void open() {
        bench = new Bench(8);
        groups = new GroupReplay(bench.shop.database(), AUDIT, Clock.systemUTC());
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private void fail(int from, int to) {
        Bench.Node node = bench.node();
        for (int i = from; i <= to; i++) {
            node.deliver(event("evt_" + i, succeeded("pi_" + i, i, 4999)));
        }
    }

    private void createOrders(int from, int to) {
        for (int i = from; i <= to; i++) {
            bench.shop.order(i, "49.99");
        }
    }

    private ReplayJob confirm(ReplayFilter filter) {
        return groups.confirm(
                UUID.randomUUID().toString(),
                filter,
                groups.count(filter).newestRow(),
                Bench.OLGA,
                "orders are there now");
    }

    private ReplayRunner runner(Bench.Node node, Clock clock) {
        return new ReplayRunner(bench.shop.database(), node.replay(), () -> true, AUDIT, clock, LEASE, "node-1");
    }

    private GroupReplay.Status status(ReplayJob job) {
        return groups.status(job.id()).orElseThrow();
    }

    @Test
    void aGroupIsCountedConfirmedAndRunToItsEnd() {
        fail(1, 25);
        createOrders(1, 20);
        assertThat(groups.count(UNKNOWN_ORDERS).events()).isEqualTo(25);

        ReplayJob job = confirm(UNKNOWN_ORDERS);
        assertThat(job.events()).isEqualTo(25);
        assertThat(status(job).progress().left()).isEqualTo(25);
        assertThat(runner(bench.node(), Clock.systemUTC()).runJob()).isTrue();

        GroupReplay.Status done = status(job);
        assertThat(done.job().state()).isEqualTo(ReplayJob.State.DONE);
        assertThat(done.progress())
                .isEqualTo(new ReplayJob.Progress(
                        Map.of(ReplayOutcome.Kind.PROCESSED, 20, ReplayOutcome.Kind.REFUSED, 5), 0));
        assertThat(bench.shop.count("orders WHERE payment_status = 'PAID'")).isEqualTo(20);
        assertThat(groups.endedSo(job.id(), ReplayOutcome.Kind.REFUSED, 10))
                .extracting(ReplayDao.Entry::event, ReplayDao.Entry::message)
                .contains(org.assertj.core.groups.Tuple.tuple(key("evt_25"), "Order not found: 25"));
        assertThat(runner(bench.node(), Clock.systemUTC()).runJob()).isFalse();
        assertThat(bench.shop.count("audit_log WHERE target = 'replay/" + job.id() + "'"
                        + " AND action IN ('group_replay_started', 'group_replay_done')"))
                .isEqualTo(2);
    }

    @Test
    void theSetIsTheEventsThatMatchAndWereThereWhenTheyWereCounted() {
        fail(1, 3);
        bench.node().deliver(event("evt_other", new Fact.Unusable("amount is negative")));
        bench.node().deliver(event("evt_skipped", new Fact.Unknown()));
        GroupReplay.Counted counted = groups.count(UNKNOWN_ORDERS);
        fail(4, 4);

        ReplayJob job = groups.confirm(
                "00000000-0000-0000-0000-000000000001", UNKNOWN_ORDERS, counted.newestRow(), Bench.OLGA, "why");
        fail(5, 5);
        createOrders(1, 5);
        runner(bench.node(), Clock.systemUTC()).runJob();

        assertThat(job.events()).isEqualTo(3);
        assertThat(bench.shop.count("orders WHERE payment_status = 'PAID'")).isEqualTo(3);
        assertThat(List.of(bench.stored("evt_4"), bench.stored("evt_5"), bench.stored("evt_other")))
                .allMatch(event -> event.status() == EventStatus.FAILED && event.attempts() == 1);
        assertThat(bench.stored("evt_skipped").attempts()).isEqualTo(1);
    }

    @Test
    void aFilterByProviderTypeStatusAndTimeTakesWhatItSays() {
        SettableClock clock = new SettableClock(Instant.parse("2026-11-24T12:00:00Z"));
        Bench.Node node = bench.node(Shop.grantingLocks(), Shop.forgettingCache(), clock);
        node.deliver(event("evt_1", new Fact.Unknown()));
        node.deliver(event("razorpay", "evt_1", new Fact.Unknown()));
        clock.advance(Duration.ofHours(1));
        node.deliver(event("evt_2", new Fact.Unknown()));
        node.deliver(event("evt_3", succeeded("pi_3", 3, 4999)));
        Instant noon = Instant.parse("2026-11-24T12:00:00Z");
        EnumSet<EventStatus> skipped = EnumSet.of(EventStatus.SKIPPED);

        assertThat(groups.count(new ReplayFilter(skipped, "stripe", null, null, null, null))
                        .events())
                .isEqualTo(2);
        assertThat(groups.count(new ReplayFilter(skipped, null, "Unknown", null, noon, noon.plusSeconds(1)))
                        .events())
                .isEqualTo(2);
        assertThat(groups.count(new ReplayFilter(skipped, "stripe", null, null, noon.plusSeconds(1), null))
                        .events())
                .isEqualTo(1);
        assertThat(groups.count(new ReplayFilter(ReplayFilter.REPLAYABLE, "stripe", null, null, null, null))
                        .events())
                .isEqualTo(3);
        assertThat(confirm(new ReplayFilter(ReplayFilter.REPLAYABLE, "stripe", null, null, noon.plusSeconds(1), null))
                        .events())
                .isEqualTo(2);
    }

    @Test
    void withoutAFilterOrAReasonNothingIsConfirmed() {
        ReplayFilter everything = new ReplayFilter(ReplayFilter.REFUSED, null, null, null, null, null);

        assertThatThrownBy(() -> groups.confirm("1", everything, 1, Bench.OLGA, "why"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> groups.confirm("1", UNKNOWN_ORDERS, 1, Bench.OLGA, " "))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ReplayFilter(EnumSet.of(EventStatus.PROCESSED), "stripe", null, null, null, null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(bench.shop.count("replay_jobs")).isZero();
    }

    @Test
    void aFormThatIsSentTwiceIsOneJob() {
        fail(1, 3);
        long newest = groups.count(UNKNOWN_ORDERS).newestRow();

        ReplayJob first = groups.confirm("form", UNKNOWN_ORDERS, newest, Bench.OLGA, "why");
        ReplayJob second = groups.confirm("form", UNKNOWN_ORDERS, newest, Bench.OLGA, "why");

        assertThat(second.id()).isEqualTo(first.id());
        assertThat(bench.shop.count("webhook_replays")).isEqualTo(3);
    }

    @Test
    void whatWasDoneMeanwhileStandsAndIsCountedSo() {
        fail(1, 2);
        ReplayJob job = confirm(UNKNOWN_ORDERS);
        createOrders(1, 2);
        bench.node().deliver(event("evt_1", succeeded("pi_1", 1, 4999)));
        bench.shop.sql(handle -> handle.execute("DELETE FROM webhook_events WHERE event_id = 'evt_2'"));

        runner(bench.node(), Clock.systemUTC()).runJob();

        assertThat(status(job).progress().ended())
                .isEqualTo(Map.of(ReplayOutcome.Kind.EFFECT_STANDS, 1, ReplayOutcome.Kind.UNKNOWN_EVENT, 1));
    }

    @Test
    void aJobWhoseRunnerIsGoneIsGoneOnWithByAnotherAndEachEventHasItsEffectOnce() {
        fail(1, 30);
        createOrders(1, 30);
        ReplayJob job = confirm(UNKNOWN_ORDERS);
        SettableClock clock = new SettableClock(Instant.now().plusSeconds(1));
        AtomicInteger effects = new AtomicInteger();
        Database ofTheDead = new Database(bench.shop.pool());
        // From within the second batch on it can note nothing: effects are had of which the job does not know.
        Counting dying = new Counting(effects) {
            @Override
            public ObjectNode handle(EventContext context) {
                if (effects.get() == 14) {
                    ofTheDead.close();
                }
                return super.handle(context);
            }
        };
        ReplayRunner dead =
                new ReplayRunner(ofTheDead, bench.node(dying).replay(), () -> true, AUDIT, clock, LEASE, "node-1");
        assertThatThrownBy(dead::runJob).isInstanceOf(RejectedExecutionException.class);
        assertThat(status(job).progress().done()).isEqualTo(10);
        assertThat(effects).hasValue(20);

        ReplayRunner another = runner(bench.node(new Counting(effects)), clock);
        assertThat(another.runJob()).as("while the lease of the dead one runs").isFalse();
        clock.advance(LEASE.plusSeconds(1));
        assertThat(another.runJob()).isTrue();

        assertThat(effects).hasValue(30);
        assertThat(status(job).job().state()).isEqualTo(ReplayJob.State.DONE);
        assertThat(status(job).progress().ended())
                .isEqualTo(Map.of(ReplayOutcome.Kind.PROCESSED, 20, ReplayOutcome.Kind.EFFECT_STANDS, 10));
        assertThat(bench.shop.count("orders WHERE payment_status = 'PAID'")).isEqualTo(30);
    }

    @Test
    void twoRunnersThatBothThinkTheyHaveItHaveEachEffectOnce() throws Exception {
        fail(1, 40);
        createOrders(1, 40);
        ReplayJob job = confirm(UNKNOWN_ORDERS);
        AtomicInteger effects = new AtomicInteger();
        SettableClock ahead = new SettableClock(Instant.now().plus(Duration.ofDays(1)));
        List<CompletableFuture<Boolean>> both = List.of(
                CompletableFuture.supplyAsync(() -> runner(bench.node(new Counting(effects)), Clock.systemUTC())
                        .runJob()),
                CompletableFuture.supplyAsync(
                        () -> runner(bench.node(new Counting(effects)), ahead).runJob()));
        for (CompletableFuture<Boolean> one : both) {
            one.get();
        }

        await().until(() -> {
            runner(bench.node(new Counting(effects)), ahead).runJob();
            return status(job).progress().left() == 0;
        });
        assertThat(effects).hasValue(40);
    }

    @Test
    void aCanceledJobStopsWithinAFewEventsAndSaysByWhom() throws Exception {
        fail(1, 60);
        createOrders(1, 60);
        ReplayJob job = confirm(UNKNOWN_ORDERS);
        CountDownLatch begun = new CountDownLatch(12);
        EventHandler watching = new Counting(new AtomicInteger()) {
            @Override
            public ObjectNode handle(EventContext context) {
                begun.countDown();
                return super.handle(context);
            }
        };
        CompletableFuture<Boolean> running = CompletableFuture.supplyAsync(
                () -> runner(bench.node(watching), Clock.systemUTC()).runJob());
        begun.await();

        assertThat(groups.cancel(job.id(), Bench.OLGA, "wrong cause")).isTrue();
        assertThat(groups.cancel(job.id(), Bench.OLGA, "wrong cause")).isFalse();

        running.get();
        GroupReplay.Status canceled = status(job);
        assertThat(canceled.job().state()).isEqualTo(ReplayJob.State.CANCELED);
        assertThat(canceled.job().canceledBy()).isEqualTo("olga");
        assertThat(canceled.progress().done()).isBetween(10, 40);
        assertThat(canceled.progress().left())
                .isEqualTo(60 - canceled.progress().done());
        assertThat(runner(bench.node(), Clock.systemUTC()).runJob()).isFalse();
    }

    @Test
    void aRunnerThatIsClosedGivesItsJobBackAtOnce() {
        fail(1, 200);
        createOrders(1, 200);
        ReplayJob job = confirm(UNKNOWN_ORDERS);
        ReplayRunner first = runner(bench.node(), Clock.systemUTC());
        first.start();
        await().until(() -> status(job).progress().done() > 0);
        assertThat(status(job).heardAt().orElseThrow()).isBetween(job.createdAt(), Instant.now());
        first.close();

        assertThat(status(job).heardAt()).as("of nobody is anything awaited").isEmpty();
        assertThat(status(job).job().state()).isEqualTo(ReplayJob.State.RUNNING);
        assertThat(status(job).progress().left()).isPositive();
        try (ReplayRunner second = runner(bench.node(), Clock.systemUTC())) {
            second.start();
            await().atMost(Duration.ofSeconds(30)).until(() -> status(job).job().state() == ReplayJob.State.DONE);
        }
        assertThat(bench.shop.count("orders WHERE payment_status = 'PAID'")).isEqualTo(200);
    }

    @Test
    void oneEventThatNobodyForesawDoesNotStopTheOthers() {
        fail(1, 3);
        createOrders(1, 3);
        ReplayJob job = confirm(UNKNOWN_ORDERS);
        bench.misread(key("evt_2"));

        runner(bench.node(), Clock.systemUTC()).runJob();

        assertThat(status(job).progress().ended())
                .isEqualTo(Map.of(ReplayOutcome.Kind.PROCESSED, 2, ReplayOutcome.Kind.REFUSED, 1));
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void oneEventWhoseHandlerDoesNotEndDoesNotStopThemEither() {
        fail(1, 3);
        createOrders(1, 3);
        ReplayJob job = confirm(UNKNOWN_ORDERS);
        CountDownLatch mayEnd = new CountDownLatch(1);
        Bench.Node node = bench.node(new EventHandler() {
            @Override
            public String name() {
                return "deaf";
            }

            @Override
            public boolean handles(WebhookEvent event) {
                return event.key().equals(key("evt_2"));
            }

            @Override
            public ObjectNode handle(EventContext context) {
                Deaf.await(mayEnd);
                return Json.object();
            }
        });
        try {
            runner(node, Clock.systemUTC()).runJob();

            assertThat(status(job).job().state()).isEqualTo(ReplayJob.State.DONE);
            assertThat(status(job).progress().ended())
                    .isEqualTo(Map.of(ReplayOutcome.Kind.PROCESSED, 2, ReplayOutcome.Kind.REFUSED, 1));
        } finally {
            mayEnd.countDown();
        }
    }

    @Test
    void whatMySqlDidNotSayTheEndOfIsTriedAgainAndCalledUnknownWhenItStaysSo() {
        fail(1, 3);
        createOrders(1, 3);
        ReplayJob job = confirm(UNKNOWN_ORDERS);
        AtomicInteger lost = new AtomicInteger();
        EventHandler losing = new Counting(new AtomicInteger()) {
            @Override
            public ObjectNode handle(EventContext context) {
                String id = context.event().key().eventId();
                if (id.equals("evt_2") || (id.equals("evt_1") && lost.getAndIncrement() == 0)) {
                    context.handle().execute("KILL CONNECTION_ID()");
                }
                return super.handle(context);
            }
        };

        runner(bench.node(losing), Clock.systemUTC()).runJob();

        assertThat(lost).hasValue(2);
        assertThat(status(job).progress())
                .isEqualTo(new ReplayJob.Progress(
                        Map.of(ReplayOutcome.Kind.PROCESSED, 2, ReplayOutcome.Kind.UNAVAILABLE, 1), 0));
        assertThat(groups.endedSo(job.id(), ReplayOutcome.Kind.UNAVAILABLE, 10))
                .extracting(ReplayDao.Entry::event)
                .containsExactly(key("evt_2"));
    }

    /** Counts effects that were committed. */
    private static class Counting implements EventHandler {
        private final AtomicInteger effects;

        Counting(AtomicInteger effects) {
            this.effects = effects;
        }

        @Override
        public String name() {
            return "counting";
        }

        @Override
        public boolean handles(WebhookEvent event) {
            return true;
        }

        @Override
        public ObjectNode handle(EventContext context) {
            context.afterCommit(effects::incrementAndGet);
            return Json.object().put("done", true);
        }
    }
}
