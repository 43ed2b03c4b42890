package hooklatch.service;

import static hooklatch.testing.Facts.chargeRefunded;
import static hooklatch.testing.Facts.dispute;
import static hooklatch.testing.Facts.disputeOfCharge;
import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.failed;
import static hooklatch.testing.Facts.refund;
import static hooklatch.testing.Facts.refundOfCharge;
import static hooklatch.testing.Facts.succeeded;
import static hooklatch.testing.Facts.usd;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.Database;
import hooklatch.dao.MySqlBreaker;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import hooklatch.domain.EventStatus;
import hooklatch.domain.Fact;
import hooklatch.domain.Json;
import hooklatch.domain.Money;
import hooklatch.domain.OrderRef;
import hooklatch.domain.Outcome;
import hooklatch.domain.PaymentRef;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventContext;
import hooklatch.handler.EventHandler;
import hooklatch.testing.Deaf;
import hooklatch.testing.SettableClock;
import hooklatch.testing.Shop;
import java.io.InterruptedIOException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What MySQL alone promises: every test runs with a lock that always grants and a cache that forgets. */
class EventProcessorTest {
    /** As a delivery has it. */
    private static final Duration WHOLE = Duration.ofMillis(4_300);

    private Shop shop;
    private EventProcessor node;

    @BeforeEach
    void openShop() {
        shop = new Shop(4);
        node = shop.node(Shop.grantingLocks(), Shop.forgettingCache());
        shop.order(42, "49.99");
    }

    @AfterEach
    void closeShop() {
        shop.close();
    }

    private static Outcome process(EventProcessor node, WebhookEvent event) {
        return node.process(event, Deadline.in(Duration.ofSeconds(4)));
    }

    private String result(WebhookEvent event) {
        Outcome outcome = process(node, event);
        assertThat(outcome).isInstanceOf(Outcome.Processed.class);
        return String.valueOf(((Outcome.Processed) outcome).event().resultJson());
    }

    @Test
    void aPaymentIsProcessedOnceAndItsDuplicateGetsTheSameResultByteForByte() {
        WebhookEvent event = event("evt_1", succeeded("pi_1", 42, 4999));

        String first = result(event);

        assertThat(first)
                .isEqualTo("{\"action\":\"payment_success\",\"order_id\":42,\"payment_id\":\"pi_1\",\"amount\":49.99,"
                        + "\"currency\":\"USD\",\"changed\":true}");
        Outcome second = process(node, event);
        assertThat(second).isInstanceOf(Outcome.Duplicate.class);
        assertThat(((Outcome.Duplicate) second).event().resultJson()).isEqualTo(first);
        assertThat(shop.orderState(42)).isEqualTo("PAID");
        assertThat(shop.count("payments")).isEqualTo(1);
    }

    @Test
    void theSameChangeUnderAnotherIdIsANewEventThatChangesNothing() {
        result(event("evt_1", succeeded("pi_1", 42, 4999)));

        assertThat(result(event("evt_2", succeeded("pi_1", 42, 4999)))).contains("\"changed\":false");
        assertThat(shop.count("payments")).isEqualTo(1);
    }

    @Test
    void aLateDeclineDoesNotOverwriteAPayment() {
        result(event("evt_1", succeeded("pi_1", 42, 4999)));

        assertThat(result(event("evt_2", failed("pi_1", 42, 4999)))).contains("\"changed\":false");
        assertThat(shop.orderState(42)).isEqualTo("PAID");
    }

    @Test
    void aDeclineDoesNotChangeAnOrderThatTheShopMarkedPaid() {
        shop.sql(handle -> handle.execute("UPDATE orders SET payment_status = 'PAID' WHERE id = 42"));

        result(event("evt_1", failed("pi_1", 42, 4999)));
        result(event("evt_2", failed("pi_2", 42, 4999)));

        assertThat(shop.orderState(42)).isEqualTo("PAID");
    }

    @Test
    void aSecondPartialRefundCounts() {
        result(event("evt_1", succeeded("pi_1", 42, 4999)));
        result(event("evt_2", refund("pi_1", "re_1", RefundStatus.SUCCEEDED, 1500)));
        assertThat(shop.orderState(42)).isEqualTo("PARTIALLY_REFUNDED");

        assertThat(result(event("evt_3", refund("pi_1", "re_2", RefundStatus.SUCCEEDED, 1000))))
                .isEqualTo("{\"action\":\"refund_processed\",\"order_id\":42,\"payment_id\":\"pi_1\","
                        + "\"refund_id\":\"re_2\",\"amount\":10.00,\"currency\":\"USD\",\"changed\":true}");
        assertThat(shop.orderState(42)).isEqualTo("PARTIALLY_REFUNDED");

        result(event("evt_4", refund("pi_1", "re_3", RefundStatus.SUCCEEDED, 2499)));
        assertThat(shop.orderState(42)).isEqualTo("REFUNDED");
    }

    @Test
    void aRefundBeforeItsPaymentIsKeptAndCountsWhenThePaymentComes() {
        assertThat(result(event("evt_1", refund("pi_1", "re_1", RefundStatus.SUCCEEDED, 1500))))
                .contains("\"order_id\":null")
                .contains("\"changed\":false");

        result(event("evt_2", succeeded("pi_1", 42, 4999)));

        assertThat(shop.orderState(42)).isEqualTo("PARTIALLY_REFUNDED");
        assertThat(shop.count("refunds WHERE order_id = 42")).isEqualTo(1);
    }

    @Test
    void moneyWithoutDecimalsIsNotDividedByAHundred() {
        Money yen = new Money(500, "JPY", 0);
        String result = result(event("evt_1", new Fact.PaymentSucceeded("pi_1", OrderRef.of("42"), yen, List.of())));

        assertThat(result).contains("\"amount\":500,\"currency\":\"JPY\"").contains("\"amount_mismatch\":true");
        String amount = shop.sql(handle -> handle.createQuery("SELECT amount FROM payments")
                .mapTo(String.class)
                .one());
        assertThat(amount).isEqualTo("500.000");
    }

    @Test
    void aRefusedEventIsKeptAsFailedWithItsPayloadAndSucceedsWhenTheOrderAppears() {
        WebhookEvent event = event("evt_1", succeeded("pi_1", 43, 4999));

        assertThat(process(node, event)).isEqualTo(new Outcome.Failed("Order not found: 43"));
        assertThat(process(node, event)).isEqualTo(new Outcome.Failed("Order not found: 43"));
        byte[] payload = shop.sql(handle -> handle.createQuery(
                        "SELECT payload FROM webhook_events WHERE status = 'failed' AND attempts = 2"
                                + " AND next_attempt_at IS NOT NULL")
                .mapTo(byte[].class)
                .one());
        assertThat(payload).isEqualTo(event.payload().bytes());
        assertThat(shop.count("payments")).isZero();

        shop.order(43, "49.99");
        Outcome third = process(node, event);
        assertThat(third).isInstanceOf(Outcome.Processed.class);
        assertThat(((Outcome.Processed) third).event().attempts()).isEqualTo(3);
        assertThat(shop.count("webhook_events WHERE next_attempt_at IS NOT NULL"))
                .isZero();
    }

    @Test
    void anOrderIdThatIsNoStrictPositiveIntegerIsRefusedByName() {
        for (String bad : List.of("42abc", "17.4", " 42 ", "042", "-42", "0", "99999999999999999999", "注文-2002")) {
            Fact fact = new Fact.PaymentSucceeded("pi_1", OrderRef.of(bad), new Money(1, "USD", 2), List.of());
            assertThat(process(node, event("evt_" + bad.codePoints().sum(), fact)))
                    .isEqualTo(new Outcome.Failed("Invalid order id: \"" + bad + "\""));
        }
        Fact none = new Fact.PaymentSucceeded("pi_1", OrderRef.NONE, new Money(1, "USD", 2), List.of());
        assertThat(process(node, event("evt_none", none)).toString())
                .contains("No order id")
                .contains("pi_1");
        assertThat(shop.count("payments")).isZero();
    }

    @Test
    void aSecondOrderForTheSamePaymentIsRefused() {
        shop.order(43, "49.99");
        result(event("evt_1", succeeded("pi_1", 42, 4999)));

        assertThat(process(node, event("evt_2", succeeded("pi_1", 43, 4999))))
                .isEqualTo(new Outcome.Failed("Payment pi_1 belongs to order 42, not 43"));
        assertThat(shop.orderState(43)).isEqualTo("PENDING");
    }

    /** The first payment stands, as the first order of a payment does: the row is under its lock and no other's. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatWasToldOfOnePaymentIsRefusedOfAnother(boolean ordersAreKnown) {
        shop.order(43, "49.99");
        if (ordersAreKnown) {
            result(event("evt_1", succeeded("pi_1", 42, 4999)));
            result(event("evt_2", succeeded("pi_2", 43, 4999)));
        }
        result(event("evt_3", refund("pi_1", "re_1", RefundStatus.PENDING, 4999)));
        result(event("evt_4", dispute("pi_1", "du_1", false, "needs_response", 4999)));
        result(event("evt_5", chargeRefunded("pi_1", 1500, 1500)));

        Fact.ChargeRefunded ofAnother =
                new Fact.ChargeRefunded(PaymentRef.payment("pi_2"), "ch_pi_1", usd(4999), usd(4999));
        assertThat(process(node, event("evt_6", refund("pi_2", "re_1", RefundStatus.SUCCEEDED, 4999))))
                .isEqualTo(new Outcome.Failed("Refund re_1 belongs to payment pi_1, not pi_2"));
        assertThat(process(node, event("evt_7", dispute("pi_2", "du_1", true, "lost", 4999))))
                .isEqualTo(new Outcome.Failed("Dispute du_1 belongs to payment pi_1, not pi_2"));
        assertThat(process(node, event("evt_8", ofAnother)))
                .isEqualTo(new Outcome.Failed("Charge ch_pi_1 belongs to payment pi_1, not pi_2"));

        result(event("evt_9", succeeded("pi_1", 42, 4999)));
        result(event("evt_10", succeeded("pi_2", 43, 4999)));
        assertThat(shop.orderState(42)).isEqualTo("PARTIALLY_REFUNDED");
        assertThat(shop.orderState(43)).isEqualTo("PAID");
        assertThat(shop.count("disputes WHERE payment_id = 'pi_1' AND order_id = 42 AND status = 'open'"))
                .isOne();
    }

    /** Also while no payment has announced the charge. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsToldByItsChargeAndByItsPaymentCountsOnce(boolean byChargeFirst) {
        Fact payment = new Fact.PaymentSucceeded("pi_1", OrderRef.of("42"), usd(4999), List.of());
        result(event("evt_1", payment));
        List<Fact> refunds = List.of(
                refundOfCharge("pi_1", "re_1", byChargeFirst ? RefundStatus.PENDING : RefundStatus.SUCCEEDED, 4999),
                refund("pi_1", "re_1", byChargeFirst ? RefundStatus.SUCCEEDED : RefundStatus.PENDING, 4999));
        List<Fact> disputes = List.of(
                disputeOfCharge("pi_1", "du_1", byChargeFirst, "lost", 4999),
                dispute("pi_1", "du_1", !byChargeFirst, "lost", 4999));
        for (int i = 0; i < 2; i++) {
            int which = byChargeFirst ? i : 1 - i;
            result(event("evt_r" + i, refunds.get(which)));
            result(event("evt_d" + i, disputes.get(which)));
        }
        assertThat(shop.orderState(42)).isEqualTo("REFUNDED");
        String ofThePayment = " WHERE payment_id = 'pi_1' AND order_id = 42";
        assertThat(shop.count("refunds" + ofThePayment)).isOne();
        assertThat(shop.count("disputes" + ofThePayment + " AND status = 'closed'"))
                .isOne();

        result(event("evt_2", succeeded("pi_1", 42, 4999)));
        assertThat(shop.orderState(42)).isEqualTo("REFUNDED");
        assertThat(shop.count("refunds" + ofThePayment)).isOne();
        assertThat(shop.count("disputes" + ofThePayment)).isOne();
    }

    /** As the script of the Node design carries a refund over that names only its charge. */
    @Test
    void aRefundThatIsKeptAtAChargeOfItsPaymentGoesToThePayment() {
        result(event("evt_1", succeeded("pi_1", 42, 4999)));
        shop.sql(handle -> handle.execute("INSERT INTO refunds (provider, refund_id, payment_id, status, amount_minor,"
                + " announced_minor, currency, amount) VALUES ('stripe', 're_1', 'ch_pi_1', 'pending', 4999, 4999, 'USD',"
                + " 49.99)"));

        result(event("evt_2", refund("pi_1", "re_1", RefundStatus.SUCCEEDED, 4999)));

        assertThat(shop.orderState(42)).isEqualTo("REFUNDED");
    }

    @Test
    void poisonBecomesADeadLetterAfterEnoughRefusalsAndEnoughTimeAndIsStillTried() {
        SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:00:00Z"));
        EventProcessor patient =
                shop.node(Shop.grantingLocks(), Shop.forgettingCache(), new RetryPolicy(3, Duration.ofHours(4)), clock);
        WebhookEvent event = event("evt_1", succeeded("pi_1", 43, 4999));

        for (int refusal = 1; refusal <= 5; refusal++) {
            assertThat(process(patient, event)).isInstanceOf(Outcome.Failed.class);
        }
        clock.advance(Duration.ofHours(4));
        assertThat(process(patient, event)).isEqualTo(new Outcome.DeadLettered("Order not found: 43"));
        assertThat(process(patient, event)).isEqualTo(new Outcome.DeadLettered("Order not found: 43"));

        shop.order(43, "49.99");
        assertThat(process(patient, event)).isInstanceOf(Outcome.Processed.class);
    }

    /** As after days without a node: its three days begin when it is given up, not when it came. */
    @Test
    void aDeadLetterIsTriedForThreeDaysFromItsDeathHoweverLateThatWas() {
        SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:00:00Z"));
        EventProcessor patient =
                shop.node(Shop.grantingLocks(), Shop.forgettingCache(), new RetryPolicy(1, Duration.ofHours(4)), clock);
        WebhookEvent event = event("evt_1", succeeded("pi_1", 43, 4999));
        process(patient, event);

        clock.advance(Duration.ofDays(9));
        assertThat(process(patient, event)).isInstanceOf(Outcome.DeadLettered.class);
        clock.advance(Duration.ofHours(71));
        assertThat(process(patient, event)).isInstanceOf(Outcome.DeadLettered.class);
        assertThat(shop.count("webhook_events WHERE next_attempt_at IS NOT NULL"))
                .isOne();
        clock.advance(Duration.ofHours(1));
        assertThat(process(patient, event)).isInstanceOf(Outcome.DeadLettered.class);
        assertThat(shop.count("webhook_events WHERE next_attempt_at IS NULL")).isOne();
    }

    /** Of an event that died under a version that did not write down when. */
    @Test
    void theAgeTellsWhenAnOldDeadLetterDied() {
        SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:00:00Z"));
        EventProcessor patient =
                shop.node(Shop.grantingLocks(), Shop.forgettingCache(), new RetryPolicy(1, Duration.ofHours(4)), clock);
        WebhookEvent event = event("evt_1", succeeded("pi_1", 43, 4999));
        process(patient, event);
        clock.advance(Duration.ofHours(5));
        process(patient, event);
        shop.sql(handle -> handle.execute("UPDATE webhook_events SET dead_lettered_at = NULL"));

        clock.advance(Duration.ofHours(70));
        process(patient, event);
        assertThat(shop.count("webhook_events WHERE next_attempt_at IS NOT NULL"))
                .isOne();
        clock.advance(Duration.ofHours(1));
        process(patient, event);
        assertThat(shop.count("webhook_events WHERE next_attempt_at IS NULL")).isOne();
    }

    @Test
    void timeAloneOrRefusalsAloneMakeNoDeadLetter() {
        RetryPolicy policy = new RetryPolicy(3, Duration.ofHours(4));
        Instant received = Instant.parse("2026-11-24T10:00:00Z");

        assertThat(policy.statusAfterRefusal(EventStatus.FAILED, 2, received, received.plus(Duration.ofDays(9))))
                .isEqualTo(EventStatus.FAILED);
        assertThat(policy.statusAfterRefusal(
                        EventStatus.FAILED,
                        99,
                        received,
                        received.plus(Duration.ofHours(4)).minusNanos(1)))
                .isEqualTo(EventStatus.FAILED);
        assertThat(policy.statusAfterRefusal(EventStatus.FAILED, 3, received, received.plus(Duration.ofHours(4))))
                .isEqualTo(EventStatus.DEAD_LETTERED);
    }

    @Test
    void aBodySeenBeforeIsThatEarlierEventWhateverIdItComesWith() {
        shop.order(43, "1.00");
        WebhookEvent first = identifiedByBody(event("id_1", succeeded("pay_1", 42, 4999)));
        WebhookEvent replayed = first.as(new EventKey("stripe", "id_2"));

        String result = result(first);
        Outcome second = process(node, replayed);

        assertThat(second).isInstanceOf(Outcome.Duplicate.class);
        EventRecord known = ((Outcome.Duplicate) second).event();
        assertThat(known.key().eventId()).isEqualTo("id_1");
        assertThat(known.resultJson()).isEqualTo(result);
        assertThat(shop.count("webhook_events")).isEqualTo(1);
        assertThat(shop.count("webhook_bodies")).isEqualTo(1);
    }

    @Test
    void aFailedBodyUnderAnotherIdIsAnotherAttemptOfTheFirst() {
        WebhookEvent first = identifiedByBody(event("id_1", succeeded("pay_1", 43, 4999)));
        assertThat(process(node, first)).isInstanceOf(Outcome.Failed.class);
        assertThat(process(node, first.as(new EventKey("stripe", "id_2")))).isInstanceOf(Outcome.Failed.class);

        assertThat(shop.count("webhook_events")).isEqualTo(1);
        assertThat(shop.count("webhook_events WHERE event_id = 'id_1' AND attempts = 2"))
                .isEqualTo(1);
    }

    @Test
    void anotherBodyUnderTheSameIdIsAnsweredFromTheFirstAndFlagged() {
        result(event("evt_1", succeeded("pi_1", 42, 4999)));
        WebhookEvent other = event("evt_x", succeeded("pi_2", 42, 1)).as(new EventKey("stripe", "evt_1"));

        assertThat(process(node, other)).isInstanceOf(Outcome.Duplicate.class);
        assertThat(shop.count("payments")).isEqualTo(1);
        assertThat(shop.count("webhook_events WHERE other_payload_at IS NOT NULL"))
                .isEqualTo(1);
    }

    @Test
    void aStormOfOtherBodiesWritesItsFlagOnce() {
        SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:00:00Z"));
        EventProcessor timed =
                shop.node(Shop.grantingLocks(), Shop.forgettingCache(), new RetryPolicy(8, Duration.ofHours(4)), clock);
        process(timed, event("evt_1", succeeded("pi_1", 42, 4999)));
        WebhookEvent other = event("evt_x", succeeded("pi_2", 42, 1)).as(new EventKey("stripe", "evt_1"));

        assertThat(process(timed, other)).isInstanceOf(Outcome.Duplicate.class);
        clock.advance(Duration.ofSeconds(10));
        assertThat(process(timed, other)).isInstanceOf(Outcome.Duplicate.class);

        assertThat(shop.count("webhook_events WHERE other_payload_at = '2026-11-24 10:00:00'"))
                .isEqualTo(1);
    }

    @Test
    void aHandlersJarThatMissesAClassIsARefusalAndKept() {
        EventProcessor broken = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), handler(context -> {
            throw new NoClassDefFoundError("com/example/Gone");
        }));

        assertThat(process(broken, event("evt_1", succeeded("pi_1", 42, 4999))))
                .isEqualTo(new Outcome.Failed("Handler failed: NoClassDefFoundError"));
        assertThat(shop.count("webhook_events WHERE status = 'failed' AND attempts = 1"))
                .isEqualTo(1);
    }

    @Test
    void aRefusalWhoseRowAnotherHoldsIsBusy() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        WebhookEvent event = event("evt_1", succeeded("pi_1", 42, 4999));
        EventProcessor holding = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), handler(context -> {
            answered.await(4, TimeUnit.SECONDS);
            return Json.object();
        }));
        List<CompletableFuture<Outcome>> others = new ArrayList<>();
        EventProcessor refusing = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), handler(context -> {
            others.add(CompletableFuture.supplyAsync(() -> process(holding, event)));
            await().pollInterval(Duration.ofMillis(150))
                    .until(() -> shop.count("information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'") > 0);
            throw new IllegalStateException("no");
        }));

        assertThat(process(refusing, event)).isInstanceOf(Outcome.Busy.class);
        answered.countDown();
        assertThat(others.get(0).get(4, TimeUnit.SECONDS)).isInstanceOf(Outcome.Processed.class);
    }

    @FunctionalInterface
    private interface Work {
        ObjectNode handle(EventContext context) throws Exception;
    }

    private static EventHandler handler(Work work) {
        return new EventHandler() {
            @Override
            public String name() {
                return "of the test";
            }

            @Override
            public boolean handles(WebhookEvent event) {
                return true;
            }

            @Override
            public ObjectNode handle(EventContext context) throws Exception {
                return work.handle(context);
            }
        };
    }

    @Test
    void anEventOfNobodysTypeIsSkippedAndStored() {
        assertThat(result(event("evt_1", new Fact.Unknown())))
                .isEqualTo("{\"status\":\"skipped\",\"message\":\"Unhandled event type: Unknown\"}");
        assertThat(shop.count("webhook_events WHERE status = 'skipped'")).isEqualTo(1);
    }

    @Test
    void anIgnoredEventReachesNoHandler() {
        List<String> seen = new ArrayList<>();
        EventProcessor curious = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), recording(seen, null));

        Outcome outcome = process(curious, event("evt_1", new Fact.Ignored("Ignored: livemode false")));

        assertThat(outcome).isInstanceOf(Outcome.Processed.class);
        assertThat(seen).isEmpty();
    }

    @Test
    void whatAHandlerWantsDoneAfterTheCommitIsNotDoneWhenItRefuses() {
        List<String> done = new ArrayList<>();
        EventProcessor refusing = shop.node(
                Shop.grantingLocks(), Shop.forgettingCache(), recording(done, new IllegalStateException("secret")));

        Outcome outcome = process(refusing, event("evt_1", succeeded("pi_1", 42, 4999)));

        assertThat(outcome).isEqualTo(new Outcome.Failed("Handler failed: IllegalStateException"));
        assertThat(done).isEmpty();
        assertThat(shop.orderState(42)).isEqualTo("PENDING");

        EventProcessor willing = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), recording(done, null));
        process(willing, event("evt_1", succeeded("pi_1", 42, 4999)));
        assertThat(done).containsExactly("evt_1");
    }

    @Test
    void aHandlerThatBreaksTheTransactionLosesNothing() {
        EventHandler commits = new EventHandler() {
            @Override
            public String name() {
                return "breaks";
            }

            @Override
            public boolean handles(WebhookEvent event) {
                return true;
            }

            @Override
            public ObjectNode handle(EventContext context) throws Exception {
                // As a deadlock does that the handler swallows: the server has rolled back the claim.
                context.handle().getConnection().rollback();
                return Json.object();
            }
        };
        EventProcessor broken = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), commits);

        WebhookEvent refusedBefore = event("evt_2", succeeded("pi_2", 43, 4999));
        assertThat(process(node, refusedBefore)).isEqualTo(new Outcome.Failed("Order not found: 43"));
        shop.order(43, "49.99");

        for (WebhookEvent event : List.of(event("evt_1", succeeded("pi_1", 42, 4999)), refusedBefore)) {
            assertThat(process(broken, event))
                    .isEqualTo(new Outcome.Failed("A handler ended the transaction that it was given"));
        }
        assertThat(shop.count("webhook_events WHERE status = 'processed'")).isZero();

        assertThat(process(node, event("evt_1", succeeded("pi_1", 42, 4999)))).isInstanceOf(Outcome.Processed.class);
    }

    @Test
    void aReplayedBodyDoesNotAnswerForAnotherBodyThatComesUnderItsForgedIdAtTheSameTime() throws Exception {
        shop.order(43, "49.99");
        WebhookEvent first = identifiedByBody(event("ev_first", succeeded("pay_a", 42, 4999)));
        result(first);
        EventKey forged = new EventKey("stripe", "ev_5");
        WebhookEvent replayed = first.as(forged);
        WebhookEvent genuine = identifiedByBody(event("ev_5", succeeded("pay_b", 43, 4999)));
        for (int round = 0; round < 50; round++) {
            CompletableFuture<Outcome> attack = CompletableFuture.supplyAsync(() -> process(node, replayed));
            Outcome outcome = Shop.deliverUntilDone(node, genuine, 20);

            assertThat(attack.get(5, TimeUnit.SECONDS)).isInstanceOf(Outcome.Duplicate.class);
            assertThat(Shop.isDone(outcome)).isTrue();
            assertThat(outcome.about(forged)).isEqualTo(forged);
            assertThat(shop.count("payments WHERE payment_id = 'pay_b'")).isEqualTo(1);
            shop.sql(handle -> handle.execute("DELETE FROM webhook_events WHERE event_id = 'ev_5'"));
            shop.sql(handle -> handle.execute("DELETE FROM webhook_bodies WHERE event_id = 'ev_5'"));
            shop.sql(handle -> handle.execute("DELETE FROM payments WHERE payment_id = 'pay_b'"));
        }
    }

    @Test
    void theAmountOfAPaymentDoesNotDependOnTheOrderOfItsEvents() {
        Money euro = new Money(6000, "EUR", 2);
        Fact inEuro = new Fact.PaymentSucceeded("pi_1", OrderRef.of("42"), euro, List.of());
        Fact inDollar = succeeded("pi_2", 43, 4999);
        shop.order(43, "49.99");
        result(event("evt_1", succeeded("pi_1", 42, 4999)));
        result(event("evt_2", inEuro));
        result(event("evt_3", new Fact.PaymentSucceeded("pi_2", OrderRef.of("43"), euro, List.of())));
        result(event("evt_4", inDollar));

        assertThat(shop.facts(42).replace("pi_1", "pi"))
                .isEqualTo(shop.facts(43).replace("pi_2", "pi"));
        assertThat(shop.facts(42)).contains("amount_minor=6000").contains("currency=EUR");
    }

    @Test
    void oneThatWaitsForAnotherDeliveryIsToldLikeItWhenMySqlFails() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        EventHandler losesItsConnection = new EventHandler() {
            @Override
            public String name() {
                return "loses";
            }

            @Override
            public boolean handles(WebhookEvent event) {
                return true;
            }

            @Override
            public ObjectNode handle(EventContext context) throws Exception {
                working.countDown();
                assertThat(goOn.await(5, TimeUnit.SECONDS)).isTrue();
                context.handle().getConnection().abort(Runnable::run);
                context.handle().execute("DO 1");
                return Json.object();
            }
        };
        EventProcessor failing = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), losesItsConnection);
        WebhookEvent event = event("evt_1", succeeded("pi_1", 42, 4999));
        CompletableFuture<Outcome> first = CompletableFuture.supplyAsync(() -> process(failing, event));
        assertThat(working.await(5, TimeUnit.SECONDS)).isTrue();
        CompletableFuture<Outcome> second = new CompletableFuture<>();
        Thread waiting = new Thread(() -> second.complete(process(failing, event)), "joining");
        waiting.start();
        await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
        goOn.countDown();

        assertThat(first.get(5, TimeUnit.SECONDS)).isInstanceOf(Outcome.StorageUnavailable.class);
        assertThat(second.get(5, TimeUnit.SECONDS)).isInstanceOf(Outcome.StorageUnavailable.class);
    }

    @Test
    void aDeliveryIsAnsweredByItsDeadlineWhateverMySqlDoes() {
        EventHandler slow = new EventHandler() {
            @Override
            public String name() {
                return "slow";
            }

            @Override
            public boolean handles(WebhookEvent event) {
                return true;
            }

            @Override
            public ObjectNode handle(EventContext context) {
                for (int i = 0; i < 40; i++) {
                    context.handle().execute("DO SLEEP(0.25)");
                }
                return Json.object();
            }
        };
        EventProcessor waiting = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), slow);

        long start = System.nanoTime();
        Outcome outcome =
                waiting.process(event("evt_1", succeeded("pi_1", 42, 4999)), Deadline.in(Duration.ofMillis(1500)));

        assertThat(outcome).isInstanceOf(Outcome.StorageUnavailable.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
        assertThat(process(node, event("evt_1", succeeded("pi_1", 42, 4999)))).isInstanceOf(Outcome.Processed.class);
    }

    /** What a customer typed may be in a refusal's reason; support staff see it masked, and so does who reads the log. */
    @Test
    void theLogTellsARefusalWithoutPersonalData() {
        List<ILoggingEvent> lines = logged(() -> process(
                node,
                event(
                        "evt_1",
                        new Fact.PaymentSucceeded(
                                "pi_1", OrderRef.of("jo@example.com"), new Money(4999, "USD", 2), List.of()))));

        assertThat(lines)
                .extracting(ILoggingEvent::getFormattedMessage)
                .anyMatch(line -> line.contains("evt_1") && line.contains("Invalid order id"))
                .noneMatch(line -> line.contains("jo@example.com"));
    }

    /** As one does that calls another service. */
    @Test
    @Timeout(30)
    void aHandlerThatHangsElsewhereIsInterruptedInTimeToBeRefused() {
        EventProcessor hanging = shop.node(
                Shop.grantingLocks(),
                Shop.forgettingCache(),
                new RetryPolicy(1, Duration.ZERO),
                Clock.systemUTC(),
                handler(context -> {
                    new CountDownLatch(1).await();
                    return Json.object();
                }));
        WebhookEvent event = event("evt_1", succeeded("pi_1", 42, 4999));

        long begun = System.nanoTime();
        assertThat(hanging.process(event, Deadline.in(WHOLE)))
                .isEqualTo(new Outcome.Failed("Handler did not end in time"));
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(WHOLE);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        assertThat(shop.orderState(42)).isEqualTo("PENDING");

        // Poison like any other: it becomes a dead letter, and is answered so.
        assertThat(hanging.process(event, Deadline.in(WHOLE)))
                .isEqualTo(new Outcome.DeadLettered("Handler did not end in time"));
        assertThat(process(node, event)).isInstanceOf(Outcome.Processed.class);
    }

    /** The pool wraps the interruption in an SQLException; what broke is not MySQL. */
    @Test
    @Timeout(30)
    void aHandlerThatHangsInAPoolOfItsOwnIsARefusalToo() {
        EventProcessor hanging = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), handler(context -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw new SQLTransientConnectionException("interrupted while waiting for a connection", e);
            }
            return Json.object();
        }));

        assertThat(hanging.process(event("evt_1", succeeded("pi_1", 42, 4999)), Deadline.in(WHOLE)))
                .isEqualTo(new Outcome.Failed("Handler did not end in time"));
        assertThat(shop.count("webhook_events WHERE status = 'failed' AND attempts = 1"))
                .isOne();
    }

    /** So slow work on MySQL has the whole time. */
    @Test
    @Timeout(30)
    void whatIsInterruptedMayStillUseItsTransaction() {
        EventProcessor slow = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), handler(context -> {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
            }
            context.handle().execute("UPDATE orders SET user_id = 7 WHERE id = 42");
            return Json.object();
        }));

        assertThat(slow.process(event("evt_1", succeeded("pi_1", 42, 4999)), Deadline.in(WHOLE)))
                .isInstanceOf(Outcome.Processed.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        assertThat(shop.count("orders WHERE id = 42 AND user_id = 7")).isOne();
    }

    /** It can only be recorded after the answer; the lock may be somebody else's by then. */
    @Test
    @Timeout(60)
    void aHandlerThatIgnoresTheInterruptIsRecordedAfterItsAnswer() {
        EventProcessor deaf =
                shop.node(Shop.grantingLocks(), Shop.forgettingCache(), deafFor(Duration.ofMillis(2_800)));
        WebhookEvent event = event("evt_1", succeeded("pi_1", 42, 4999));

        for (int delivery = 0; delivery < 2; delivery++) {
            assertThat(deaf.process(event, Deadline.in(Duration.ofMillis(2_500))))
                    .isInstanceOf(Outcome.StorageUnavailable.class);
        }
        shop.awaitLateRefusals();
        assertThat(
                        shop.count(
                                "webhook_events WHERE status = 'failed' AND attempts = 2 AND error = 'Handler did not end in time'"))
                .isOne();
    }

    /** It may never come back: then it keeps a thread, and neither a connection nor its event from being seen. */
    @Test
    @Timeout(60)
    void aHandlerThatDoesNotEndKeepsNoConnectionAndIsRecordedMeanwhile() throws Exception {
        int deaf = shop.pool().getMaximumPoolSize();
        AtomicInteger runs = new AtomicInteger();
        CountDownLatch begun = new CountDownLatch(deaf);
        CountDownLatch end = new CountDownLatch(1);
        try (Database database = new Database(shop.pool())) {
            EventProcessor node = shop.node(database, handler(context -> {
                if (context.event().key().eventId().startsWith("deaf")) {
                    runs.incrementAndGet();
                    begun.countDown();
                    Deaf.await(end);
                }
                return Json.object();
            }));
            List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
            ExecutorService threads = Executors.newFixedThreadPool(deaf);
            for (int i = 1; i <= deaf; i++) {
                shop.order(100 + i, "49.99");
            }
            try {
                for (int i = 1; i <= deaf; i++) {
                    WebhookEvent event = event("deaf_" + i, succeeded("pi_" + i, 100 + i, 4999));
                    outcomes.add(CompletableFuture.supplyAsync(
                            () -> node.process(event, Deadline.in(Duration.ofMillis(2_500))), threads));
                }
                String recorded = "webhook_events WHERE status = 'failed' AND attempts = 1"
                        + " AND error = 'Handler did not end in time' AND next_attempt_at IS NOT NULL";
                begun.await();
                await("no connection is kept")
                        .until(() -> shop.pool().getHikariPoolMXBean().getActiveConnections() == 0);
                await("all are recorded").until(() -> shop.count(recorded) == deaf);
                assertThat(outcomes).noneMatch(CompletableFuture::isDone);
                assertThat(process(node, event("evt_1", succeeded("pi_42", 42, 4999))))
                        .isInstanceOf(Outcome.Processed.class);
                // Not busy for ever, and not run again: that would cost one thread more.
                WebhookEvent again = event("deaf_1", succeeded("pi_1", 101, 4999));
                await("one that comes again is refused too")
                        .untilAsserted(() -> assertThat(node.process(again, Deadline.in(WHOLE)))
                                .isEqualTo(new Outcome.Failed("Handler did not end in time")));
                assertThat(node.replay(again, Deadline.in(WHOLE)))
                        .isEqualTo(new Outcome.Failed("Handler did not end in time"));
                shop.sql(handle -> handle.execute("UPDATE webhook_events SET status = 'dead_lettered',"
                        + " dead_lettered_at = received_at WHERE event_id = 'deaf_1'"));
                assertThat(node.process(again, Deadline.in(WHOLE)))
                        .isEqualTo(new Outcome.DeadLettered("Handler did not end in time"));
                assertThat(runs).hasValue(deaf);

                end.countDown();

                assertThat(outcomes)
                        .allSatisfy(one -> assertThat(one.join()).isInstanceOf(Outcome.StorageUnavailable.class));
                shop.awaitLateRefusals();
                assertThat(shop.count(recorded + " AND event_id <> 'deaf_1'"))
                        .as("once, but for the one that came again")
                        .isEqualTo(deaf - 1);
            } finally {
                end.countDown();
                threads.shutdownNow();
            }
        }
    }

    /** Computes for so long, whatever interrupts. */
    private static EventHandler deafFor(Duration time) {
        return handler(context -> {
            Deadline end = Deadline.in(time);
            while (!end.hasPassed()) {
                Thread.onSpinWait();
            }
            return Json.object();
        });
    }

    /** What it did cannot be committed any more, and its connection was not cut yet. */
    @Test
    void aHandlerThatEndsInTheLastSecondIsRecordedAfterItsAnswer() {
        EventProcessor deaf = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), deafFor(Duration.ofSeconds(2)));

        assertThat(deaf.process(event("evt_1", succeeded("pi_1", 42, 4999)), Deadline.in(Duration.ofMillis(2_500))))
                .isInstanceOf(Outcome.StorageUnavailable.class);
        shop.awaitLateRefusals();
        assertThat(shop.count("webhook_events WHERE status = 'failed' AND attempts = 1"
                        + " AND error = 'Handler did not end in time'"))
                .isOne();
        assertThat(shop.count("payments")).isZero();
    }

    /** Else its event were never kept, and three of them would keep everybody's deliveries from MySQL. */
    @Test
    void aStatementOfAHandlerThatHangsIsItsOwnWhileMySqlServesOthers() {
        try (MySqlBreaker breaker = new MySqlBreaker(shop.pool());
                Database database = Database.ofDeliveries(shop.pool(), breaker)) {
            EventProcessor node = shop.node(database, handler(context -> {
                if (context.event().key().eventId().startsWith("hangs")) {
                    context.handle().execute("DO SLEEP(4)");
                }
                return Json.object();
            }));
            List<CompletableFuture<Outcome>> hanging = new ArrayList<>();
            for (int i = 1; i <= 3; i++) {
                shop.order(100 + i, "49.99");
                WebhookEvent event = event("hangs_" + i, succeeded("pi_" + i, 100 + i, 4999));
                hanging.add(CompletableFuture.supplyAsync(() -> process(node, event)));
            }
            await("others are served until the last ends").until(() -> {
                assertThat(database.<Integer, RuntimeException>inTransaction(
                                Deadline.in(Duration.ofSeconds(4)), handle -> 1))
                        .isOne();
                return hanging.stream().allMatch(CompletableFuture::isDone);
            });

            assertThat(hanging)
                    .allSatisfy(one -> assertThat(one.join()).isInstanceOf(Outcome.StorageUnavailable.class));
            assertThat(breaker.isOpen()).isFalse();
            shop.awaitLateRefusals();
            assertThat(shop.count("webhook_events WHERE status = 'failed' AND attempts = 1"
                            + " AND error = 'Handler did not end in time'"))
                    .isEqualTo(3);
        }
    }

    @Test
    void aResultThatCannotBeKeptIsARefusal() {
        EventProcessor odd = shop.node(
                Shop.grantingLocks(),
                Shop.forgettingCache(),
                handler(context -> Json.object().putPOJO("at", Instant.EPOCH)));
        EventProcessor verbose = shop.node(
                Shop.grantingLocks(),
                Shop.forgettingCache(),
                handler(context -> Json.object().put("text", "x".repeat(1_000_001))));

        assertThat(process(odd, event("evt_1", succeeded("pi_1", 42, 4999))))
                .isEqualTo(new Outcome.Failed("Handler failed: its result is not JSON"));
        assertThat(process(verbose, event("evt_2", succeeded("pi_2", 42, 4999))))
                .isEqualTo(new Outcome.Failed("Handler failed: its result is too long"));
        assertThat(shop.count("webhook_events WHERE status = 'failed' AND attempts = 1"))
                .isEqualTo(2);
        assertThat(shop.count("payments")).isZero();
    }

    /** It is the container that interrupts then: nothing is wrong with the event. */
    @Test
    void anInterruptionBeforeThatIsTheNodesAndNotTheEvents() {
        EventProcessor stopping = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), handler(context -> {
            throw new InterruptedException();
        }));

        assertThat(process(stopping, event("evt_1", succeeded("pi_1", 42, 4999))))
                .isInstanceOf(Outcome.StorageUnavailable.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(shop.count("webhook_events")).isZero();
    }

    /** As HTTP clients say that a call took too long. */
    @Test
    void aTimeOutOfAHandlersOwnIsARefusal() {
        EventProcessor calling = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), handler(context -> {
            throw new InterruptedIOException("timeout");
        }));

        assertThat(process(calling, event("evt_1", succeeded("pi_1", 42, 4999))))
                .isEqualTo(new Outcome.Failed("Handler failed: InterruptedIOException"));
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    /** Of a database of its own, whatever it says: MySQL is there, and the breaker in front of it must not hear of it. */
    @ParameterizedTest
    @CsvSource({"08S01, 0", "08006, 17002", "08004, 1040", "42000, 1226"})
    void aConnectionOfItsOwnThatAHandlerLosesIsARefusal(String state, int code) {
        EventProcessor calling = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), handler(context -> {
            throw new IllegalStateException(new SQLException("elsewhere", state, code));
        }));

        assertThat(process(calling, event("evt_1", succeeded("pi_1", 42, 4999))))
                .isEqualTo(new Outcome.Failed("Handler failed: IllegalStateException"));
    }

    @Test
    void aHandlersBrokenAssertionIsARefusalAndKept() {
        EventProcessor broken = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), handler(context -> {
            throw new AssertionError("cannot be");
        }));

        assertThat(process(broken, event("evt_1", succeeded("pi_1", 42, 4999))))
                .isEqualTo(new Outcome.Failed("Handler failed: AssertionError"));
        assertThat(shop.count("webhook_events WHERE status = 'failed'")).isOne();
    }

    /** A developer needs the place; the words may quote a person's data. */
    @Test
    void theLogTellsWhereAHandlerFailedAndNotInWhichWords() {
        EventProcessor broken = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), handler(context -> {
            throw new IllegalStateException("of jo@example.com", new NumberFormatException("jo@example.com"));
        }));

        List<ILoggingEvent> lines = logged(() -> process(broken, event("evt_1", succeeded("pi_1", 42, 4999))));

        assertThat(lines)
                .map(line -> ThrowableProxyUtil.asString(line.getThrowableProxy()))
                .anyMatch(trace -> trace.contains("java.lang.IllegalStateException")
                        && trace.contains("java.lang.NumberFormatException")
                        && trace.contains("EventProcessorTest.java:"))
                .noneMatch(trace -> trace.contains("jo@example.com"));
    }

    private static List<ILoggingEvent> logged(Runnable work) {
        Logger logger = (Logger) LoggerFactory.getLogger(EventTransaction.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        Level before = logger.getLevel();
        logger.setLevel(Level.INFO);
        logger.addAppender(lines);
        try {
            work.run();
        } finally {
            logger.detachAppender(lines);
            logger.setLevel(before);
        }
        return List.copyOf(lines.list);
    }

    private static EventHandler recording(List<String> done, @Nullable RuntimeException failure) {
        return new EventHandler() {
            @Override
            public String name() {
                return "recording";
            }

            @Override
            public boolean handles(WebhookEvent event) {
                return true;
            }

            @Override
            public ObjectNode handle(EventContext context) {
                context.afterCommit(() -> done.add(context.event().key().eventId()));
                if (failure != null) {
                    throw failure;
                }
                return Json.object();
            }
        };
    }

    private static WebhookEvent identifiedByBody(WebhookEvent event) {
        return new WebhookEvent(
                event.key(), event.type(), event.createdAt(), event.payload(), event.body(), true, event.fact());
    }
}
