package hooklatch.service;

import static hooklatch.testing.Facts.canceled;
import static hooklatch.testing.Facts.chargeRefunded;
import static hooklatch.testing.Facts.dispute;
import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.failed;
import static hooklatch.testing.Facts.refund;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.Deadline;
import hooklatch.domain.Fact;
import hooklatch.domain.Finding;
import hooklatch.domain.InvariantCheck;
import hooklatch.domain.Json;
import hooklatch.domain.Money;
import hooklatch.domain.OrderRef;
import hooklatch.domain.Outcome;
import hooklatch.domain.Payload;
import hooklatch.domain.PaymentRef;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventContext;
import hooklatch.handler.EventHandler;
import hooklatch.testing.Facts;
import hooklatch.testing.Shop;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the checks find and what they leave alone: events are really processed, then the tables are broken by hand. */
class ChecksFindTest {
    private final AtomicInteger events = new AtomicInteger();
    private Shop shop;
    private EventProcessor node;

    @BeforeEach
    void openShop() {
        shop = new Shop(2);
        node = shop.node(Shop.grantingLocks(), Shop.forgettingCache());
        shop.order(1, "49.99");
        shop.order(2, "49.99");
    }

    @AfterEach
    void closeShop() {
        shop.close();
    }

    private Outcome process(Fact fact) {
        return process(event("evt_" + events.incrementAndGet(), fact));
    }

    private Outcome process(WebhookEvent event) {
        return node.process(event, Deadline.in(Duration.ofSeconds(30)));
    }

    private void sql(String statement) {
        shop.sql(handle -> handle.execute(statement));
    }

    private Map<InvariantCheck, List<Finding>> check() {
        return check(null);
    }

    private Map<InvariantCheck, List<Finding>> check(@Nullable Instant forgottenBefore) {
        CheckRound.Found found =
                new CheckRound(shop.database(), Clock.systemUTC(), "node", forgottenBefore, () -> {}).run();
        found.tally()
                .kept()
                .forEach((check, findings) ->
                        assertThat(found.run().found(check)).isEqualTo(findings.size()));
        return found.tally().kept();
    }

    private static List<Finding> found(Map<InvariantCheck, List<Finding>> all, InvariantCheck check) {
        return all.getOrDefault(check, List.of());
    }

    private static String told(Map<InvariantCheck, List<Finding>> findings) {
        StringBuilder all = new StringBuilder();
        findings.forEach((check, list) -> list.forEach(finding ->
                all.append(check.label()).append(": ").append(finding.detail()).append('\n')));
        return all.toString();
    }

    /** Two orders with everything that an order can have. */
    private void processEverything() {
        process(failed("pi_1", 1, 4999));
        process(succeeded("pi_1", 1, 4999));
        process(refund("pi_1", "re_1", RefundStatus.PENDING, 1000));
        process(refund("pi_1", "re_1", RefundStatus.SUCCEEDED, 1000));
        process(chargeRefunded("pi_1", 1000, 1000));
        process(dispute("pi_1", "du_1", false, "needs_response", 4999));
        process(dispute("pi_1", "du_1", true, "won", 4999));
        process(canceled("pi_2", 2, 4999));
        process(failed("pi_3", 2, 4999));
        process(new Fact.CheckoutCompleted("pi_4", OrderRef.of("2"), Facts.usd(4999)));
        process(succeeded("pi_unknown", 77, 4999));
        process(new Fact.Unknown());
    }

    @Test
    void cleanDataIsClean() {
        processEverything();

        assertThat(told(check())).isEmpty();
    }

    @Test
    void aMissingKeyAndTheRowsItWouldHaveKeptOutAreFound() {
        processEverything();
        sql("ALTER TABLE webhook_events DROP KEY uk_webhook_events_provider_event_id");
        assertThat(told(check())).isEqualTo("event_doubled: The unique key on provider and event_id is missing.\n");

        sql("INSERT INTO webhook_events (provider, event_id, event_type, status, result, payload, payload_sha256,"
                + " received_at) SELECT provider, event_id, event_type, status, NULL, payload, payload_sha256,"
                + " received_at FROM webhook_events WHERE event_id IN ('evt_1', 'evt_2')");

        assertThat(found(check(), InvariantCheck.EVENT_DOUBLED))
                .hasSize(3)
                .extracting(Finding::eventId)
                .containsExactlyInAnyOrder(null, "evt_1", "evt_2");
    }

    @Test
    void anEmptyDatabaseIsClean() {
        assertThat(told(check())).isEmpty();
    }

    record Broken(String sql, List<String> found) {
        Broken(String sql, String... found) {
            this(sql, List.of(found));
        }

        @Override
        public String toString() {
            return sql;
        }
    }

    static Stream<Broken> violations() {
        return Stream.of(
                new Broken(
                        "DELETE FROM payments WHERE payment_id = 'pi_2'",
                        "processed_without_facts: Payment pi_2 is not there."),
                new Broken(
                        "UPDATE payments SET status = 'failed' WHERE payment_id = 'pi_1'",
                        "processed_without_facts: Payment pi_1 is failed, the event said completed."),
                new Broken(
                        "UPDATE payments SET amount_minor = 1000, amount = 10 WHERE payment_id = 'pi_1'",
                        "processed_without_facts: Payment pi_1 has 10.00 USD, the event announced 49.99 USD."),
                new Broken(
                        "UPDATE payments SET order_id = NULL WHERE payment_id = 'pi_1'",
                        "processed_without_facts: Payment pi_1 belongs to no order, the event said order 1."),
                new Broken(
                        "DELETE FROM refunds WHERE refund_id = 're_1'",
                        "processed_without_facts: Refund re_1 is not there."),
                new Broken(
                        "UPDATE refunds SET status = 'pending' WHERE refund_id = 're_1'",
                        "processed_without_facts: Refund re_1 is only pending."),
                new Broken(
                        "UPDATE refunds SET amount_minor = 1, announced_minor = 1, amount = 0.01 WHERE refund_id = 're_1'",
                        "processed_without_facts: Refund re_1 has 0.01 USD, the event announced 10.00 USD."),
                new Broken(
                        "DELETE FROM refunds WHERE charge_total_minor IS NOT NULL",
                        // Its event said changed:true, as the total was news.
                        "processed_without_facts: The refunded total of a charge of payment pi_1 is not there."),
                new Broken(
                        "DELETE FROM disputes",
                        "processed_without_facts: Dispute du_1 is not there.",
                        "processed_without_facts: Dispute du_1 is not there."),
                new Broken(
                        "UPDATE disputes SET status = 'open'", "processed_without_facts: Dispute du_1 is still open."),
                new Broken(
                        "DELETE FROM payments WHERE payment_id = 'pi_4'",
                        "processed_without_facts: Payment pi_4 is not there."),
                new Broken(
                        "INSERT INTO payments (provider, payment_id, order_id, status, amount_minor, currency, amount)"
                                + " VALUES ('stripe', 'pi_9', 2, 'failed', 4999, 'USD', 49.99)",
                        "facts_without_event: Payment pi_9 is failed with 49.99 USD, and no processed event says so."),
                new Broken(
                        "UPDATE payments SET status = 'completed' WHERE payment_id = 'pi_3'",
                        "facts_without_event: Payment pi_3 is completed with 49.99 USD, and no processed event says so."),
                new Broken(
                        "INSERT INTO refunds (provider, refund_id, payment_id, order_id, status, amount_minor, currency,"
                                + " amount) VALUES ('stripe', 're_9', 'pi_1', 1, 'failed', 5, 'USD', 0.05)",
                        "facts_without_event: Refund re_9 of 0.05 USD is failed, and no processed event says so."),
                new Broken(
                        "INSERT INTO disputes (provider, dispute_id, payment_id, order_id, status, outcome, amount_minor,"
                                + " currency, amount) VALUES ('stripe', 'du_9', 'pi_1', 1, 'open', 'x', 5, 'USD', 0.05)",
                        "facts_without_event: Dispute du_9 is open, and no processed event says so."),
                new Broken(
                        "DELETE FROM webhook_events WHERE event_id = 'evt_2'",
                        "facts_without_event: Payment pi_1 is completed with 49.99 USD, and no processed event says so."),
                new Broken(
                        "UPDATE webhook_events SET status = 'failed' WHERE event_id = 'evt_2'",
                        "facts_without_event: Payment pi_1 is completed with 49.99 USD, and no processed event says so."),
                new Broken(
                        "UPDATE orders SET payment_status = 'PAID' WHERE id = 1",
                        "order_state_differs: The order says PAID, its facts say PARTIALLY_REFUNDED."),
                new Broken(
                        "UPDATE orders SET payment_status = NULL WHERE id = 1",
                        "order_state_differs: The order says nothing, its facts say PARTIALLY_REFUNDED."),
                new Broken(
                        "UPDATE refunds SET amount_minor = 6000, announced_minor = 6000, amount = 60 WHERE refund_id = 're_1'",
                        "refunds_above_paid: 60.00 USD was given back of 49.99 USD.",
                        "order_state_differs: The order says PARTIALLY_REFUNDED, its facts say REFUNDED."),
                new Broken(
                        "UPDATE refunds SET order_id = 2 WHERE refund_id = 're_1'",
                        "facts_not_settled: Refund re_1 belongs to order 2, its payment to order 1."),
                new Broken(
                        "UPDATE refunds SET order_id = NULL WHERE refund_id = 're_1'",
                        "facts_not_settled: Refund re_1 belongs to no order, its payment to order 1."),
                new Broken(
                        "UPDATE refunds SET amount_minor = 7 WHERE charge_total_minor IS NOT NULL",
                        "facts_not_settled: The row of refund ch_pi_1 counts 7 minor units and must count 0."),
                new Broken(
                        "UPDATE disputes SET order_id = 2",
                        "facts_not_settled: Dispute du_1 belongs to order 2, its payment to order 1."));
    }

    @ParameterizedTest
    @MethodSource("violations")
    void whatSomebodyBreaksByHandIsFound(Broken broken) {
        processEverything();
        sql(broken.sql);

        assertThat(told(check())).contains(broken.found);
    }

    static Stream<Broken> notices() {
        return Stream.of(new Broken(
                "UPDATE orders SET total_amount = 60 WHERE id = 1",
                "amount_mismatch: It was paid 10.01 USD less" + " than ordered: 49.99 USD for a total of 60.00.\n"));
    }

    @ParameterizedTest
    @MethodSource("notices")
    void aNoticeIsNoViolation(Broken broken) {
        processEverything();
        sql(broken.sql);

        assertThat(told(check())).isEqualTo(String.join("", broken.found));
    }

    @Test
    void anOrderThatWasPaidTwiceIsNoticedUntilOnePaymentIsGivenBack() {
        process(succeeded("pi_1", 1, 4999));
        process(succeeded("pi_2", 1, 4999));
        assertThat(told(check()))
                .isEqualTo("amount_mismatch: It was paid 49.99 USD more than ordered: 99.98 USD in 2 payments for"
                        + " a total of 49.99.\n");

        process(refund("pi_2", "re_1", RefundStatus.SUCCEEDED, 4999));
        assertThat(told(check())).isEmpty();
    }

    @Test
    void anOrderThatWasPaidTooHighIsNoticedUntilNoMoreThanItsTotalIsKept() {
        process(succeeded("pi_1", 1, 6000));
        process(refund("pi_1", "re_1", RefundStatus.SUCCEEDED, 500));
        assertThat(told(check()))
                .isEqualTo(
                        "amount_mismatch: It was paid 5.01 USD more than ordered: 60.00 USD, of which 5.00 USD was given"
                                + " back, for a total of 49.99.\n");

        process(refund("pi_1", "re_2", RefundStatus.SUCCEEDED, 501));
        assertThat(told(check())).isEmpty();
    }

    @Test
    void aPaymentOfAnOrderThatIsGoneIsNoticed() {
        process(succeeded("pi_1", 1, 4999));
        process(failed("pi_2", 2, 4999));
        sql("DELETE FROM orders WHERE id IN (1, 2)");

        assertThat(told(check()))
                .as("nothing was collected for the other")
                .isEqualTo("order_missing: The shop has no order 1, and payment pi_1 of 49.99 USD counted for it.\n");
    }

    @Test
    void anOrderThatIsPaidInPartsIsInOrder() {
        process(succeeded("pi_1", 1, 2000));
        assertThat(told(check()))
                .isEqualTo(
                        "amount_mismatch: It was paid 29.99 USD less than ordered: 20.00 USD for a total of 49.99.\n");

        process(succeeded("pi_2", 1, 2999));
        assertThat(told(check())).isEmpty();
    }

    @Test
    void aRefundWithoutItsPaymentWaitsAndIsNoViolation() {
        process(refund("pi_1", "re_1", RefundStatus.SUCCEEDED, 1500));
        process(chargeRefunded("pi_1", 1500, 1500));
        process(dispute("pi_1", "du_1", false, "needs_response", 4999));

        assertThat(told(check()))
                .isEqualTo("refund_waiting: Refund re_1 of 15.00 USD came; its payment pi_1 is not known yet.\n"
                        + "refund_waiting: The refunded total of charge ch_pi_1 of 15.00 USD came; its payment pi_1 is"
                        + " not known yet.\n");

        process(succeeded("pi_1", 1, 4999));
        assertThat(told(check())).isEmpty();
    }

    @Test
    void aRefundThatNamesOnlyAChargeWaitsThereAndIsNoViolationThenNorLater() {
        process(new Fact.RefundChanged(PaymentRef.charge("ch_pi_1"), "re_1", RefundStatus.SUCCEEDED, Facts.usd(1500)));
        process(new Fact.DisputeChanged(PaymentRef.charge("ch_pi_1"), "du_1", false, "lost", Facts.usd(1500)));

        assertThat(told(check()))
                .isEqualTo(
                        "refund_waiting: Refund re_1 of 15.00 USD came; it names charge ch_pi_1, which no payment has"
                                + " announced yet.\n");

        process(succeeded("pi_1", 1, 4999));
        assertThat(told(check())).isEmpty();
    }

    @Test
    void whatWasToldUnderAnotherPaymentIsNoViolation() {
        process(succeeded("pi_1", 1, 4999));
        process(succeeded("pi_2", 2, 4999));
        process(refund("pi_1", "re_1", RefundStatus.PENDING, 1000));
        process(dispute("pi_1", "du_1", false, "needs_response", 4999));
        // A row of before such events were refused was told of under two payments.
        belongTo("pi_2", 2);
        process(refund("pi_2", "re_1", RefundStatus.SUCCEEDED, 1000));
        process(dispute("pi_2", "du_1", true, "won", 4999));
        belongTo("pi_1", 1);

        assertThat(found(check(), InvariantCheck.FACTS_WITHOUT_EVENT)).isEmpty();

        sql("DELETE FROM webhook_events WHERE payment_id = 'pi_2' AND result LIKE '%re_1%'");
        assertThat(found(check(), InvariantCheck.FACTS_WITHOUT_EVENT))
                .extracting(Finding::factId)
                .containsExactly("re_1");
    }

    private void belongTo(String payment, long order) {
        sql("UPDATE refunds SET payment_id = '" + payment + "', order_id = " + order);
        sql("UPDATE disputes SET payment_id = '" + payment + "', order_id = " + order);
    }

    @Test
    void aRefundInAnotherCurrencyCountsForNothingAndIsNoticed() {
        process(succeeded("pi_1", 1, 4999));
        process(new Fact.RefundChanged(
                PaymentRef.payment("pi_1"), "re_1", RefundStatus.SUCCEEDED, new Money(9999, "EUR", 2)));
        process(new Fact.RefundChanged(
                PaymentRef.payment("pi_2"), "re_2", RefundStatus.SUCCEEDED, new Money(9999, "EUR", 2)));
        process(succeeded("pi_2", 2, 4999));

        assertThat(told(check())).isEqualTo("""
                        refund_in_other_currency: The refund was told in EUR, its payment in USD.
                        refund_in_other_currency: The refund was told in EUR, its payment in USD.
                        """);
    }

    @Test
    void aTotalThatGrewByRefundsNobodyToldOfIsNoticed() {
        process(succeeded("pi_1", 1, 4999));
        process(refund("pi_1", "re_1", RefundStatus.SUCCEEDED, 1000));
        process(chargeRefunded("pi_1", 2500, 1500));

        assertThat(told(check()))
                .isEqualTo("refund_sources_disagree: The charge's total is 25.00 USD; single refunds of 10.00 USD are"
                        + " known.\n");

        process(refund("pi_1", "re_2", RefundStatus.PENDING, 1500));
        assertThat(told(check())).as("a total counts what is under way").isEmpty();
    }

    @Test
    void whoListensToOneSourceOfRefundsOnlyIsNotTroubled() {
        process(succeeded("pi_1", 1, 4999));
        process(chargeRefunded("pi_1", 2500, 2500));

        assertThat(told(check())).isEmpty();
    }

    @Test
    void aPaymentThatNamesASecondOrderIsNoticed() {
        process(succeeded("pi_1", 1, 4999));
        assertThat(process(succeeded("pi_1", 2, 4999))).isInstanceOf(Outcome.Failed.class);

        Map<InvariantCheck, List<Finding>> found = check();

        assertThat(told(found)).isEqualTo("payment_names_two_orders: Payment pi_1 belongs to order 1, not 2.\n");
        Finding finding = found(found, InvariantCheck.PAYMENT_NAMES_TWO_ORDERS).get(0);
        assertThat(finding.orderId()).isEqualTo(2);
        assertThat(finding.paymentId()).isEqualTo("pi_1");
        assertThat(finding.eventId()).isEqualTo("evt_2");
    }

    @Test
    void anIdThatCameWithTwoBodiesIsNoticed() {
        WebhookEvent first = event("evt_x", succeeded("pi_1", 1, 4999));
        process(first);
        process(new WebhookEvent(
                first.key(),
                first.type(),
                null,
                new Payload("{\"id\":\"evt_x\",\"other\":1}".getBytes(StandardCharsets.UTF_8)),
                first.body(),
                false,
                first.fact()));

        assertThat(told(check())).startsWith("event_with_two_bodies: Another body last came at 20");
        assertThat(found(check(), InvariantCheck.EVENT_WITH_TWO_BODIES).get(0).eventId())
                .isEqualTo("evt_x");
    }

    @Test
    void anOrderThatTheShopMarkedAsPaidIsLeftAlone() {
        sql("UPDATE orders SET payment_status = 'PAID' WHERE id IN (1, 2)");
        process(failed("pi_1", 1, 4999));

        assertThat(told(check())).isEmpty();
    }

    @Test
    void whatAShopWritesItselfIntoAnOrderIsItsOwn() {
        sql("ALTER TABLE orders MODIFY payment_status VARCHAR(30) NULL");
        process(succeeded("pi_1", 1, 4999));
        process(succeeded("pi_2", 2, 4999));
        sql("UPDATE orders SET payment_status = 'Shipped' WHERE id = 1");
        sql("UPDATE orders SET payment_status = 'paid' WHERE id = 2");

        assertThat(told(check())).isEmpty();
    }

    @Test
    void factsFromBeforeHooklatchNeedNoEventAndNoSettling() {
        sql("INSERT INTO payments (provider, payment_id, order_id, status, amount_minor, currency, amount, created_at)"
                + " VALUES ('stripe', 'pi_1', 1, 'completed', 4999, 'USD', 49.99, '2020-01-01')");
        sql("INSERT INTO refunds (provider, refund_id, payment_id, order_id, status, amount_minor, currency, amount,"
                + " created_at) VALUES ('stripe', 're_1', 'pi_1', 1, 'succeeded', 4999, 'XXX', 49.99, '2020-01-01')");
        sql("INSERT INTO webhook_events (provider, event_id, event_type, status, result, attempts, payment_id,"
                + " payload_sha256, received_at, processed_at) VALUES ('stripe', 'evt_node', 'payment_intent.succeeded',"
                + " 'processed', '{\"action\":\"payment_success\",\"orderId\":1,\"paymentId\":\"pi_0\"}', 1, 'pi_0', '',"
                + " '2020-01-01', '2020-01-01'), ('stripe', 'evt_text', 'x', 'processed', '\"done\"', 1, NULL, '',"
                + " '2020-01-01', '2020-01-01')");

        assertThat(told(check())).isEmpty();
    }

    @Test
    void factsWhoseEventsAreForgottenNeedNone() {
        processEverything();
        sql("DELETE FROM webhook_events WHERE status IN ('processed', 'skipped')");
        assertThat(check().get(InvariantCheck.FACTS_WITHOUT_EVENT)).hasSize(7);

        assertThat(told(check(Instant.now().plusSeconds(5)))).isEmpty();
    }

    @Test
    void resultsOfOtherHandlersAreNotOurs() {
        EventHandler other = new EventHandler() {
            @Override
            public String name() {
                return "other";
            }

            @Override
            public boolean handles(WebhookEvent event) {
                return true;
            }

            @Override
            public ObjectNode handle(EventContext context) {
                return Json.object()
                        .put("changed", true)
                        .put("payment_id", "pi_other")
                        .put("order_id", 1);
            }
        };
        node = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), other);
        processEverything();

        assertThat(told(check())).isEmpty();
    }

    @Test
    void everyTableIsWalkedToItsEndInBatches() {
        sql("INSERT INTO orders (id, total_amount) SELECT seq, 49.99 FROM seq_1001_to_2300");
        sql("INSERT INTO payments (provider, payment_id, order_id, status, amount_minor, currency, amount)"
                + " SELECT 'stripe', CONCAT('pi_', seq), seq, 'completed', 4999, 'USD', 49.99 FROM seq_1001_to_2300");

        CheckRound.Found found = new CheckRound(shop.database(), Clock.systemUTC(), "node", null, () -> {}).run();

        assertThat(found.run().found(InvariantCheck.FACTS_WITHOUT_EVENT)).isEqualTo(1300);
        assertThat(found.run().found(InvariantCheck.ORDER_STATE_DIFFERS)).isEqualTo(1300);
        assertThat(found.tally().kept().get(InvariantCheck.ORDER_STATE_DIFFERS)).hasSize(CheckTally.KEPT);
        assertThat(found.run().ordersSeen()).isEqualTo(1300);
        assertThat(found.run().factsSeen()).isEqualTo(1300);
    }
}
