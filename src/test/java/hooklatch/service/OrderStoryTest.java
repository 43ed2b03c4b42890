package hooklatch.service;

import static hooklatch.testing.Facts.canceled;
import static hooklatch.testing.Facts.chargeRefunded;
import static hooklatch.testing.Facts.dispute;
import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.failed;
import static hooklatch.testing.Facts.refund;
import static hooklatch.testing.Facts.refundOfCharge;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.dao.CheckDao;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.Fact;
import hooklatch.domain.Money;
import hooklatch.domain.OrderHistory;
import hooklatch.domain.OrderRef;
import hooklatch.domain.OrderStory;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.ReplayOutcome;
import hooklatch.testing.Facts;
import hooklatch.testing.SettableClock;
import hooklatch.testing.Shop;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the page of an order says, after real events. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OrderStoryTest {
    private static final String AT = "2026-11-24 12:00:00 UTC";

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T12:00:00Z"));
    private final AtomicInteger events = new AtomicInteger();
    private Shop shop;
    private EventProcessor node;
    private OrderHistories histories;

    @BeforeAll
    void openShop() {
        shop = new Shop(2);
        node = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), new RetryPolicy(8, Duration.ofHours(4)), clock);
        histories = new OrderHistories(shop.database(), List.of("stripe", "razorpay"));
    }

    @AfterAll
    void closeShop() {
        shop.close();
    }

    private void process(List<Fact> facts) {
        facts.forEach(fact ->
                node.process(event("evt_" + events.incrementAndGet(), fact), Deadline.in(Duration.ofSeconds(20))));
    }

    private OrderStory story(long order) {
        return OrderStory.of(histories.find(order).orElseThrow());
    }

    private static String whole(OrderStory story) {
        StringBuilder text = new StringBuilder(story.mood() + ": " + story.verdict());
        story.because().forEach(sentence -> text.append("\n  ").append(sentence));
        story.advice().forEach(advice -> text.append("\n> ").append(advice.text()));
        return text.toString();
    }

    /** An order, its events, and what is told of them; the order's row may be changed by hand at the end. */
    record Scenario(String name, long order, List<Fact> facts, String sql, String told) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Scenario told(String name, long order, List<Fact> facts, String told) {
        return new Scenario(name, order, facts, "", told);
    }

    static Stream<Scenario> scenarios() {
        return Stream.of(
                told("nothing", 1, List.of(), "IDLE: PENDING because no payment event for it has arrived here."),
                told(
                        "a decline",
                        2,
                        List.of(failed("pi_2", 2, 4999)),
                        "WARN: FAILED because its only payment pi_2 was declined at " + AT
                                + ".\n  Payment pi_2 was declined at " + AT
                                + ". The reason given: Your card was declined."),
                told(
                        "declined and canceled",
                        3,
                        List.of(failed("pi_3a", 3, 4999), canceled("pi_3b", 3, 4999)),
                        "WARN: FAILED because none of its 2 payments succeeded.\n  Payment pi_3a was declined at " + AT
                                + ". The reason given: Your card was declined.\n  Payment pi_3b was canceled at " + AT
                                + ". The reason given: abandoned."),
                told(
                        "paid after a decline",
                        4,
                        List.of(failed("pi_4", 4, 4999), succeeded("pi_4", 4, 4999)),
                        "OK: PAID because payment pi_4 of 49.99 USD arrived at " + AT
                                + ".\n  A decline of payment pi_4 at " + AT + " does not count: a success of the same"
                                + " payment stands above it, whichever of the two came first."),
                told(
                        "partly refunded, told by both sources",
                        5,
                        List.of(
                                succeeded("pi_5", 5, 4999),
                                refund("pi_5", "re_5", RefundStatus.SUCCEEDED, 1000),
                                chargeRefunded("pi_5", 1000, 1000)),
                        "INFO: PARTIALLY_REFUNDED because 10.00 USD was given back of 49.99 USD.\n  Payment pi_5 of 49.99"
                                + " USD succeeded; its event arrived at " + AT
                                + ".\n  Of payment pi_5, 10.00 USD was given"
                                + " back by refund re_5.\n  The charge's running total says 10.00 USD, which the single"
                                + " refunds account for."),
                told(
                        "refunds that no event named",
                        6,
                        List.of(
                                succeeded("pi_6", 6, 4999),
                                refund("pi_6", "re_6a", RefundStatus.FAILED, 500),
                                refund("pi_6", "re_6b", RefundStatus.PENDING, 700),
                                chargeRefunded("pi_6", 2500, 2500)),
                        "INFO: PARTIALLY_REFUNDED because 20.00 USD was given back of 49.99 USD.\n  Payment pi_6 of 49.99"
                                + " USD succeeded; its event arrived at " + AT + ".\n  Refund re_6a failed and does not"
                                + " count.\n  Refund re_6b is under way and counts once it has succeeded.\n  The charge's"
                                + " running total says 25.00 USD; 20.00 USD of what was given back is known from it alone, as"
                                + " no single refund accounts for it.\n> The two sources of the refunds of payment pi_6"
                                + " disagree; the higher one counts. If that stays so, have the provider resend its refund"
                                + " events."),
                told(
                        "refunded",
                        7,
                        List.of(succeeded("pi_7", 7, 4999), chargeRefunded("pi_7", 4999, 4999)),
                        "INFO: REFUNDED because all that was paid was given back: 49.99 USD of 49.99 USD.\n  Payment pi_7"
                                + " of 49.99 USD succeeded; its event arrived at " + AT
                                + ".\n  The charge's running total"
                                + " says 49.99 USD; 49.99 USD of what was given back is known from it alone, as no single"
                                + " refund accounts for it."),
                told(
                        "paid twice",
                        8,
                        List.of(succeeded("pi_8a", 8, 4999), succeeded("pi_8b", 8, 4999)),
                        "WARN: PAID because 99.98 USD arrived in 2 payments.\n  Payment pi_8a of 49.99 USD succeeded; its"
                                + " event arrived at " + AT
                                + ".\n  Payment pi_8b of 49.99 USD succeeded; its event arrived"
                                + " at " + AT
                                + ".\n> It was paid 49.99 USD more than ordered: 99.98 USD in 2 payments for"
                                + " a total of 49.99. If it was ordered in USD, give back what is too much; the payments count"
                                + " all the same."),
                told(
                        "too little",
                        9,
                        List.of(succeeded("pi_9", 9, 1000)),
                        "WARN: PAID because payment pi_9 of 10.00 USD arrived at " + AT
                                + ".\n> It was paid 39.99 USD less"
                                + " than ordered: 10.00 USD for a total of 49.99. If it was ordered in USD, ask for the rest; the"
                                + " payments count all the same."),
                told(
                        "a refund that waits for a payment that was declined",
                        10,
                        List.of(failed("pi_10", 10, 4999), refund("pi_10", "re_10", RefundStatus.SUCCEEDED, 1000)),
                        "WARN: FAILED because its only payment pi_10 was declined at " + AT + ".\n  Payment pi_10 was"
                                + " declined at " + AT
                                + ". The reason given: Your card was declined.\n  Refund re_10 of 10.00 USD waits: its payment pi_10 has not"
                                + " succeeded here.\n> A refund waits for payment pi_10. It counts by itself once the"
                                + " payment's event comes; if that does not happen, have the provider resend it."),
                told(
                        "another currency, and a dispute",
                        11,
                        List.of(
                                succeeded("pi_11", 11, 4999),
                                refund("pi_11", "re_11", RefundStatus.SUCCEEDED, new Money(999, "EUR", 2)),
                                dispute("pi_11", "du_11", false, "needs_response", 4999)),
                        "WARN: PAID because payment pi_11 of 49.99 USD arrived at " + AT
                                + ".\n  Refund re_11 of 9.99 EUR"
                                + " does not count: it is in another currency than its payment (USD).\n  Dispute du_11 over"
                                + " 49.99 USD is open (needs_response). Disputes are shown and never change an order's"
                                + " state.\n> Refund re_11 was told in EUR, and its payment in USD, so it does not count. Look it up"
                                + " at the provider: what was given back?\n> Dispute du_11 is open: answer it at the"
                                + " provider."),
                new Scenario(
                        "paid by the shop's own word",
                        12,
                        List.of(failed("pi_12", 12, 4999)),
                        "UPDATE orders SET payment_status = 'PAID' WHERE id = 12",
                        "WARN: PAID by the shop itself: no successful payment of this order is known here, and a decline does"
                                + " not undo what the shop has marked.\n  Payment pi_12 was declined at " + AT
                                + ". The reason given: Your card was declined."),
                new Scenario(
                        "a state that is not what the facts say",
                        13,
                        List.of(succeeded("pi_13", 13, 4999)),
                        "UPDATE orders SET payment_status = 'FAILED' WHERE id = 13",
                        "BAD: The order says FAILED, but its facts say PAID: payment pi_13 of 49.99 USD arrived at "
                                + AT
                                + ".\n> Nothing here writes it so: somebody did, or the order was made anew. Go by the facts"
                                + " below. The next event of this order puts it right by itself; if none is to come, write"
                                + " PAID into the order."),
                told(
                        "paid too high, and what was too much given back",
                        15,
                        List.of(succeeded("pi_15", 15, 6000), refund("pi_15", "re_15", RefundStatus.SUCCEEDED, 1001)),
                        "INFO: PARTIALLY_REFUNDED because 10.01 USD was given back of 60.00 USD.\n  Payment pi_15 of 60.00"
                                + " USD succeeded; its event arrived at " + AT
                                + ".\n  Of payment pi_15, 10.01 USD was given back by refund re_15."),
                told(
                        "paid too high, and a part of what was too much given back",
                        16,
                        List.of(succeeded("pi_16", 16, 6000), refund("pi_16", "re_16", RefundStatus.SUCCEEDED, 500)),
                        "WARN: PARTIALLY_REFUNDED because 5.00 USD was given back of 60.00 USD.\n  Payment pi_16 of 60.00"
                                + " USD succeeded; its event arrived at " + AT
                                + ".\n  Of payment pi_16, 5.00 USD was given back by refund re_16.\n> It was paid 5.01 USD"
                                + " more than ordered: 60.00 USD, of which 5.00 USD was given back, for a total of 49.99. If it"
                                + " was ordered in USD, give back what is too much; the payments count all the same."),
                told(
                        "paid in two currencies, and one given back",
                        17,
                        List.of(
                                succeeded("pi_17a", 17, 4999),
                                new Fact.PaymentSucceeded(
                                        "pi_17b", OrderRef.of("17"), new Money(500, "JPY", 0), List.of()),
                                refund("pi_17a", "re_17", RefundStatus.SUCCEEDED, 4999)),
                        "WARN: PARTIALLY_REFUNDED because 49.99 USD was given back of 500 JPY and 49.99 USD.\n  Payment"
                                + " pi_17a of 49.99 USD succeeded; its event arrived at " + AT
                                + ".\n  Payment pi_17b of 500 JPY succeeded; its event arrived at " + AT
                                + ".\n  Of payment pi_17a, 49.99 USD was given back by refund re_17.\n> It was paid in"
                                + " several currencies, which cannot be compared with its total of 49.99. Compare them by"
                                + " hand; the payments count all the same."),
                new Scenario(
                        "the only event was refused",
                        18,
                        List.of(succeeded("pi_13", 18, 4999)),
                        "UPDATE webhook_events SET next_attempt_at = NULL WHERE order_id = 18",
                        "WARN: PENDING because no payment event for it has had its effect: what came was refused.\n> An"
                                + " event of this order was refused: Payment pi_13 belongs to order 13, not 18. Remove the"
                                + " cause, then replay it."),
                told(
                        "a payment of nothing",
                        19,
                        List.of(succeeded("pi_19", 19, 0)),
                        "WARN: PAID because payment pi_19 of 0.00 USD arrived at " + AT
                                + ".\n> It was paid 49.99 USD less than ordered: 0.00 USD for a total of 49.99. If it was"
                                + " ordered in USD, ask for the rest; the payments count all the same."),
                told(
                        "a payment of nothing beside one that was given back",
                        23,
                        List.of(
                                succeeded("pi_23a", 23, 3000),
                                succeeded("pi_23b", 23, 0),
                                refund("pi_23a", "re_23", RefundStatus.SUCCEEDED, 3000)),
                        "INFO: REFUNDED because all that was paid was given back: 30.00 USD of 30.00 USD.\n  Payment"
                                + " pi_23a of 30.00 USD succeeded; its event arrived at " + AT
                                + ".\n  Payment pi_23b of 0.00 USD succeeded; its event arrived at " + AT
                                + ".\n  Of payment pi_23a, 30.00 USD was given back by refund re_23."),
                told(
                        "more given back than was paid",
                        20,
                        List.of(succeeded("pi_20", 20, 4999), refund("pi_20", "re_20", RefundStatus.SUCCEEDED, 6000)),
                        "BAD: REFUNDED because more than was paid was given back: 60.00 USD of 49.99 USD.\n  Payment pi_20"
                                + " of 49.99 USD succeeded; its event arrived at " + AT
                                + ".\n  Of payment pi_20, 60.00 USD was given back by refund re_20.\n> More was given back of"
                                + " payment pi_20 than was collected by it: 60.00 USD of 49.99 USD. Compare its refunds with"
                                + " the provider: one is counted twice, or a payment event is missing."),
                told(
                        "a dispute that was lost",
                        21,
                        List.of(succeeded("pi_21", 21, 4999), dispute("pi_21", "du_21", true, "lost", 4999)),
                        "WARN: PAID because payment pi_21 of 49.99 USD arrived at " + AT
                                + ".\n  Dispute du_21 over 49.99 USD is closed (lost). Disputes are shown and never change an"
                                + " order's state.\n> Dispute du_21 was lost: 49.99 USD went back to the customer, which the"
                                + " state does not show."),
                told(
                        "a dispute that was won",
                        24,
                        List.of(succeeded("pi_24", 24, 4999), dispute("pi_24", "du_24", true, "won", 4999)),
                        "OK: PAID because payment pi_24 of 49.99 USD arrived at " + AT
                                + ".\n  Dispute du_24 over 49.99 USD is closed (won). Disputes are shown and never change an"
                                + " order's state."),
                told(
                        "paid in a currency that has no such total",
                        22,
                        List.of(new Fact.PaymentSucceeded(
                                "pi_22", OrderRef.of("22"), new Money(5000, "JPY", 0), List.of())),
                        "WARN: PAID because payment pi_22 of 5000 JPY arrived at " + AT
                                + ".\n> It was paid 5000 JPY, which cannot be compared with its total of 49.99: JPY has no"
                                + " such amounts. Compare them by hand; the payments count all the same."),
                told(
                        "a checkout that named the payment",
                        14,
                        List.of(new Fact.CheckoutCompleted("pi_14", OrderRef.of("14"), Facts.usd(4999))),
                        "IDLE: PENDING because payment pi_14 is known, and no event says yet that it succeeded or failed."));
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void everyStateIsToldInSentences(Scenario scenario) {
        shop.order(scenario.order, "49.99");
        process(scenario.facts);
        if (!scenario.sql.isEmpty()) {
            shop.sql(handle -> handle.execute(scenario.sql));
        }

        assertThat(whole(story(scenario.order))).isEqualTo(scenario.told);
    }

    @Test
    void aRefusedEventOfTheOrderIsTheFirstThingToDo() {
        shop.order(101, "49.99");
        shop.order(102, "49.99");
        process(List.of(succeeded("pi_101", 101, 4999), succeeded("pi_101", 102, 4999)));

        OrderStory story = story(101);

        assertThat(story.mood()).isEqualTo(OrderStory.Mood.WARN);
        assertThat(story.advice().get(0).text())
                .startsWith(
                        "An event of this order was refused: Payment pi_101 belongs to order 101, not 102. It is tried"
                                + " again at 2026-11-24 12:00:0")
                .endsWith("once the cause is removed you can replay it.");
        assertThat(story.advice().get(0).event()).isNotNull();
        assertThat(story(102).advice()).hasSize(1);
    }

    @Test
    void aWordOfTheShopsStandsUntilTheNextEvent() {
        shop.sql(handle -> handle.execute("ALTER TABLE orders MODIFY payment_status VARCHAR(32)"));
        shop.order(104, "49.99");
        process(List.of(succeeded("pi_104", 104, 4999)));
        shop.sql(handle -> handle.execute("UPDATE orders SET payment_status = 'SHIPPED' WHERE id = 104"));

        assertThat(whole(story(104)))
                .startsWith(
                        "OK: The shop says SHIPPED, in its own word; to the payments it is PAID because payment pi_104"
                                + " of 49.99 USD arrived at ")
                .endsWith(".\n  The next event of this order writes PAID in place of SHIPPED.");

        process(List.of(dispute("pi_104", "du_104", true, "won", 4999)));

        assertThat(whole(story(104))).startsWith("OK: PAID because ");
    }

    @Test
    void aRefusalForTheOrderIsToldAsMendedOnceTheOrderIsThere() {
        process(List.of(succeeded("pi_103", 103, 4999)));
        shop.order(103, "49.99");

        assertThat(story(103).advice().get(0).text())
                .startsWith(
                        "An event of this order was refused: Order not found: 103. It is tried again at 2026-11-24 12:00:")
                .endsWith("; the order is there now, so you can replay it at once.");

        shop.sql(handle -> handle.execute("UPDATE webhook_events SET status = 'dead_lettered', next_attempt_at = NULL"
                + " WHERE order_id = 103"));
        assertThat(story(103).advice().get(0).text())
                .isEqualTo("An event of this order was refused until it became a dead letter: Order not found: 103. The"
                        + " order is there now: replay it.");
    }

    @Test
    void theHistoryHasWhatCameBeforeTheOrderWasKnownAndHowOftenEachEventCame() {
        process(List.of(refundOfCharge("pi_201", "re_201", RefundStatus.SUCCEEDED, 1000)));
        String waited = "evt_" + events.get();
        shop.order(201, "49.99");
        process(List.of(succeeded("pi_201", 201, 4999)));
        shop.sql(handle -> handle.execute("INSERT INTO webhook_deliveries"
                + " (provider, event_id, received_at, outcome, http_status, duration_us, node)"
                + " SELECT 'stripe', '" + waited + "', NOW(6), 'duplicate', 200, 1, 'n' FROM seq_1_to_3"));
        shop.sql(handle -> handle.execute("INSERT INTO audit_log (at, username, action, target, node)"
                + " VALUES (NOW(6), 'ada', 'replay', 'stripe/" + waited + "', 'n')"));

        OrderHistory history = histories.find(201).orElseThrow();

        assertThat(history.events()).hasSize(2);
        assertThat(history.events().get(1).key().eventId()).isEqualTo(waited);
        assertThat(history.events().get(1).deliveries()).isEqualTo(3);
        assertThat(history.actions()).hasSize(1);
        assertThat(histories.ordersOf("pi_201")).containsExactly(201L);
        assertThat(histories.ordersOf("re_201")).containsExactly(201L);
        assertThat(histories.ordersOf("ch_pi_201")).containsExactly(201L);
        assertThat(histories.ordersOf("' OR 1=1 --")).isEmpty();
    }

    @Test
    void theHistoryHasGroupReplaysOfItsEventsAndWhoStoppedThem() {
        shop.order(211, "49.99");
        process(List.of(failed("pi_211", 211, 4999), succeeded("pi_211", 211, 4999)));
        int last = events.get();
        shop.sql(handle -> {
            handle.execute(
                    "INSERT INTO replay_jobs (id, request_id, filter, events, reason, username, state, created_at,"
                            + " finished_at, canceled_by, lease_until) VALUES (7, '7', '{}', 2, 'orders are there', 'olga', 'canceled',"
                            + " '2026-11-24 13:00:00', '2026-11-24 13:02:00', 'ada', '2026-11-24 13:00:00')");
            handle.execute(
                    "INSERT INTO webhook_replays (job_id, event_row, outcome, message, requested_at, finished_at)"
                            + " SELECT 7, id, IF(event_id = ?, 'refused', NULL), IF(event_id = ?, 'Mail to jo@example.com', NULL),"
                            + " '2026-11-24 13:00:00', IF(event_id = ?, '2026-11-24 13:01:00', NULL)"
                            + " FROM webhook_events WHERE order_id = 211 ORDER BY id",
                    "evt_" + (last - 1),
                    "evt_" + (last - 1),
                    "evt_" + (last - 1));
            // A single replay stands in the audit log, and an event of another order is none of this one's business.
            handle.execute("INSERT INTO webhook_replays (event_row, username, requested_at)"
                    + " SELECT id, 'olga', '2026-11-24 13:00:00' FROM webhook_events WHERE order_id = 211");
            return handle.execute("INSERT INTO webhook_replays (job_id, event_row, requested_at)"
                    + " VALUES (7, 0, '2026-11-24 13:00:00')");
        });

        OrderHistory.GroupReplay.Stop stop =
                new OrderHistory.GroupReplay.Stop(Instant.parse("2026-11-24T13:02:00Z"), "ada");
        Instant asked = Instant.parse("2026-11-24T13:00:00Z");
        assertThat(histories.find(211).orElseThrow().groupReplays())
                .containsExactly(
                        new OrderHistory.GroupReplay(
                                7,
                                new EventKey(Facts.PROVIDER, "evt_" + last),
                                "olga",
                                "orders are there",
                                asked,
                                null,
                                null,
                                stop),
                        new OrderHistory.GroupReplay(
                                7,
                                new EventKey(Facts.PROVIDER, "evt_" + (last - 1)),
                                "olga",
                                "orders are there",
                                asked,
                                ReplayOutcome.refused("Mail to jo@example.com"),
                                asked.plusSeconds(60),
                                stop));
    }

    @Test
    void anOrderThatTheShopDoesNotHaveHasTheEventsThatNameIt() {
        process(List.of(succeeded("pi_999", 999, 4999)));

        assertThat(histories.find(999)).isEmpty();
        assertThat(histories.gone(999).events()).hasSize(1);
        assertThat(histories.gone(999).payments()).isEmpty();
        assertThat(histories.gone(998).events()).isEmpty();
    }

    @Test
    void anOrderThatTheShopHasNoLongerHasItsPayments() {
        shop.order(997, "49.99");
        process(List.of(succeeded("pi_997", 997, 4999)));
        shop.sql(handle -> handle.execute("DELETE FROM orders WHERE id = 997"));

        OrderHistories.Gone gone = histories.gone(997);

        assertThat(gone.events()).hasSize(1);
        assertThat(gone.payments()).extracting(CheckDao.PaymentRow::paymentId).containsExactly("pi_997");
    }

    @Test
    void ofAVeryLongHistoryTheNewestEventsAreListed() {
        shop.order(301, "49.99");
        shop.sql(handle -> handle.execute("INSERT INTO webhook_events (provider, event_id, event_type, status, result,"
                + " attempts, order_id, payload_sha256, received_at) SELECT 'stripe', CONCAT('long_', seq), 'x', 'skipped',"
                + " '{\"status\":\"skipped\",\"message\":\"m\"}', 1, 301, '', '2026-01-01' FROM seq_1_to_250"));

        OrderHistory history = histories.find(301).orElseThrow();

        assertThat(history.events()).hasSize(OrderHistories.MOST_EVENTS);
        assertThat(history.moreEvents()).isTrue();
        assertThat(history.events().get(0).key().eventId()).isEqualTo("long_250");
    }
}
