package hooklatch.service;

import static hooklatch.testing.Facts.chargeRefunded;
import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.failed;
import static hooklatch.testing.Facts.refund;
import static hooklatch.testing.Facts.refundOfCharge;
import static hooklatch.testing.Facts.succeeded;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import hooklatch.dao.CheckRunDao;
import hooklatch.domain.Actor;
import hooklatch.domain.CheckRun;
import hooklatch.domain.Deadline;
import hooklatch.domain.Finding;
import hooklatch.domain.InvariantCheck;
import hooklatch.domain.InvariantCheck.Severity;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.Role;
import hooklatch.domain.WebhookEvent;
import hooklatch.testing.SettableClock;
import hooklatch.testing.Shop;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When the checks run, on how many nodes, and what everybody sees of it. */
class ChecksTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Actor ADA = new Actor("ada", Role.VIEWER, "192.0.2.1");

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final SettableClock clock = new SettableClock(Clock.systemUTC().instant());
    private final List<Checks> nodes = new ArrayList<>();
    private Shop shop;

    @BeforeEach
    void openShop() {
        shop = new Shop(8);
    }

    @AfterEach
    void closeShop() {
        nodes.forEach(Checks::close);
        shop.close();
    }

    private Checks node(String name) {
        return node(name, null);
    }

    private Checks node(String name, @Nullable Duration retention) {
        Checks checks =
                new Checks(shop.database(), () -> true, name, retention, clock, new Audit("node", clock), meters);
        nodes.add(checks);
        return checks;
    }

    private void sql(String statement) {
        shop.sql(handle -> handle.execute(statement));
    }

    private void seedViolation(String payment) {
        sql("INSERT INTO payments (provider, payment_id, order_id, status, amount_minor, currency, amount)"
                + " VALUES ('stripe', '" + payment + "', NULL, 'failed', 4999, 'USD', 49.99)");
    }

    private double gauge(String name) {
        return requireNonNull(meters.find(name).gauge()).value();
    }

    @Test
    void theyRunByThemselvesAndEveryNodeShowsTheLastRun() {
        seedViolation("pi_1");
        Checks other = new Checks(
                shop.database(),
                () -> false,
                "other",
                null,
                clock,
                new Audit("node", clock),
                new SimpleMeterRegistry());
        nodes.add(other);
        assertThat(other.board().last()).isEmpty();

        node("one");

        await().until(() -> other.board().last().isPresent());
        CheckRun run = other.board().last().orElseThrow();
        assertThat(run.node()).isEqualTo("one");
        assertThat(run.found(Severity.VIOLATION)).isEqualTo(1);
        assertThat(run.found(InvariantCheck.FACTS_WITHOUT_EVENT)).isEqualTo(1);
        List<CheckRunDao.Placed> findings = other.findings(run, InvariantCheck.FACTS_WITHOUT_EVENT, 0, 50);
        assertThat(findings).hasSize(1);
        Finding finding = findings.get(0).finding();
        assertThat(finding.paymentId()).isEqualTo("pi_1");
        assertThat(other.findings(
                        run, InvariantCheck.FACTS_WITHOUT_EVENT, findings.get(0).position(), 50))
                .isEmpty();
    }

    @Test
    void metersTellOfTheLastRunAndOfNothingBeforeTheFirst() {
        Checks waiting = new Checks(shop.database(), () -> false, "one", null, clock, new Audit("node", clock), meters);
        nodes.add(waiting);
        assertThat(gauge("hooklatch.checks.violations")).isNaN();
        assertThat(gauge("hooklatch.checks.age")).isNaN();
        meters.clear();
        seedViolation("pi_1");

        assertThat(node("two").runNow(ADA, PATIENCE)).isPresent();

        clock.advance(Duration.ofSeconds(90));
        assertThat(gauge("hooklatch.checks.violations")).isEqualTo(1);
        assertThat(gauge("hooklatch.checks.notices")).isZero();
        assertThat(gauge("hooklatch.checks.age")).isEqualTo(90);
    }

    @Test
    void aRunThatIsAskedForSeesWhatWasThereBeforeTheQuestion() {
        Checks checks = node("one");
        for (int i = 1; i <= 5; i++) {
            seedViolation("pi_" + i);
            assertThat(checks.runNow(ADA, PATIENCE).orElseThrow().found(Severity.VIOLATION))
                    .isEqualTo(i);
        }
    }

    @Test
    void neverTwoRunAtOnceOnSeveralNodesAndWhoAsksTogetherRunsTogether() throws Exception {
        for (int i = 0; i < 100; i++) {
            seedViolation("pi_" + i);
        }
        List<Checks> three = List.of(node("one"), node("two"), node("three"));
        ExecutorService threads = Executors.newFixedThreadPool(24);
        try {
            List<Callable<Optional<CheckRun>>> questions = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                Checks asked = three.get(i % 3);
                questions.add(() -> asked.runNow(ADA, PATIENCE));
            }
            for (Future<Optional<CheckRun>> answer : threads.invokeAll(questions)) {
                assertThat(answer.get().orElseThrow().found(Severity.VIOLATION)).isEqualTo(100);
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(shop.count("hooklatch_check_runs")).isBetween(1L, 9L);
        assertThat(
                        shop.count(
                                "hooklatch_check_runs a JOIN hooklatch_check_runs b ON b.id > a.id AND b.started_at < a.finished_at"))
                .as("runs that overlap")
                .isZero();
    }

    @Test
    void whoAskedForARunIsWrittenDownWithWhatItFound() {
        seedViolation("pi_1");
        sql("UPDATE hooklatch_check_turn SET holder = 'other', held_until = NOW(6) + INTERVAL 1 HOUR");
        Checks checks = node("one");
        Actor program = new Actor("API token", Role.VIEWER, "192.0.2.2");
        List<CompletableFuture<CheckRun>> asked = List.of(checks.run(ADA), checks.run(program), checks.run(program));
        assertThat(shop.count("audit_log")).as("nothing was found yet").isZero();

        sql("UPDATE hooklatch_check_turn SET held_until = NOW(6) - INTERVAL 1 SECOND");

        await().until(() -> asked.stream().allMatch(CompletableFuture::isDone));
        for (Actor actor : List.of(ADA, program)) {
            assertThat(shop.count("audit_log WHERE action = 'checks_run' AND username = '" + actor.username()
                            + "' AND source_address = '" + actor.sourceAddress()
                            + "' AND JSON_VALUE(details, '$.violations') = 1"))
                    .as(actor.username())
                    .isEqualTo(1);
        }
        assertThat(shop.count("audit_log")).isEqualTo(2);
    }

    @Test
    void aTurnThatANodeDiedWithIsTakenOverWhenItsTimeIsOver() {
        sql(
                "UPDATE hooklatch_check_turn SET holder = 'dead', started_at = NOW(6), held_until = NOW(6) + INTERVAL 1 HOUR");
        Checks checks = node("one");
        assertThat(checks.board().runningSince()).isPresent();
        assertThat(checks.runNow(ADA, Duration.ofMillis(500))).isEmpty();

        sql("UPDATE hooklatch_check_turn SET held_until = NOW(6) - INTERVAL 1 SECOND");

        await().until(() -> checks.board().last().isPresent());
        await().until(() -> checks.board().runningSince().isEmpty());
    }

    @Test
    void onlyTheNewestRunsAreKept() {
        Checks checks = node("one");
        seedViolation("pi_1");
        for (int i = 0; i < 23; i++) {
            assertThat(checks.runNow(ADA, PATIENCE)).isPresent();
        }

        assertThat(shop.count("hooklatch_check_runs")).isEqualTo(20);
        assertThat(shop.count("hooklatch_check_findings")).isEqualTo(20);
        assertThat(shop.count("hooklatch_check_counts")).isEqualTo(20L * InvariantCheck.values().length);
    }

    @Test
    void whatWasForgottenOnceIsNotMissedWhenRetentionIsSwitchedOff() {
        shop.order(1, "49.99");
        shop.node(Shop.grantingLocks(), Shop.forgettingCache())
                .process(event("evt_1", succeeded("pi_1", 1, 4999)), Deadline.in(PATIENCE));
        sql("UPDATE payments SET created_at = NOW(6) - INTERVAL 50 DAY");
        sql("UPDATE hooklatch_database SET created_at = NOW(6) - INTERVAL 100 DAY");
        sql("DELETE FROM webhook_events");
        assertThat(node("before").runNow(ADA, PATIENCE).orElseThrow().found(Severity.VIOLATION))
                .isEqualTo(1);
        nodes.forEach(Checks::close);

        Checks forgetting = node("forgetting", Duration.ofDays(45));
        assertThat(forgetting.runNow(ADA, PATIENCE).orElseThrow().found(Severity.VIOLATION))
                .isZero();
        nodes.forEach(Checks::close);

        CheckRun later = node("keeping").runNow(ADA, PATIENCE).orElseThrow();
        assertThat(later.found(Severity.VIOLATION)).isZero();
        assertThat(later.forgottenBefore())
                .isAfter(clock.instant().minus(Duration.ofDays(45)))
                .isBefore(clock.instant().minus(Duration.ofDays(44)));
    }

    /** The events of an order in any order, duplicates among them, while one run follows the other. */
    @Test
    void deliveriesInTheMiddleOfARunAreNoViolations() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<WebhookEvent> events = new ArrayList<>();
        for (int order = 1; order <= 150; order++) {
            shop.order(order, "49.99");
            String payment = "pi_" + order;
            events.addAll(List.of(
                    event("evt_a" + order, failed(payment, order, 4999)),
                    event("evt_b" + order, succeeded(payment, order, 4999)),
                    event("evt_c" + order, refund(payment, "re_" + order, RefundStatus.PENDING, 1000)),
                    event("evt_d" + order, refund(payment, "re_" + order, RefundStatus.SUCCEEDED, 1000)),
                    event("evt_e" + order, chargeRefunded(payment, 1000, 1000)),
                    event("evt_f" + order, refundOfCharge(payment, "re_x" + order, RefundStatus.SUCCEEDED, 500))));
        }
        events.addAll(List.copyOf(events.subList(0, 300)));
        Collections.shuffle(events, random);
        EventProcessor node = shop.node(Shop.grantingLocks(), Shop.forgettingCache());
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> deliveries = new ArrayList<>();
            for (WebhookEvent event : events) {
                deliveries.add(threads.submit(() -> Shop.deliverUntilDone(node, event, 10)));
            }
            int runs = 0;
            while (deliveries.stream().anyMatch(delivery -> !delivery.isDone())) {
                assertClean(seed);
                runs++;
            }
            for (Future<?> delivery : deliveries) {
                delivery.get();
            }
            assertThat(runs).as("runs in the middle").isGreaterThan(3);
        } finally {
            threads.shutdownNow();
        }
        assertClean(seed);
    }

    private void assertClean(long seed) {
        CheckRound.Found found = new CheckRound(shop.database(), Clock.systemUTC(), "node", null, () -> {}).run();
        assertThat(InvariantCheck.of(Severity.VIOLATION).stream()
                        .flatMap(check -> found.tally().kept().getOrDefault(check, List.of()).stream()))
                .as("seed %d", seed)
                .isEmpty();
    }
}
