package hooklatch.service;

import static hooklatch.testing.Facts.canceled;
import static hooklatch.testing.Facts.chargeRefunded;
import static hooklatch.testing.Facts.dispute;
import static hooklatch.testing.Facts.disputeOfCharge;
import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.failed;
import static hooklatch.testing.Facts.refund;
import static hooklatch.testing.Facts.refundOfCharge;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.domain.Fact;
import hooklatch.domain.InvariantCheck;
import hooklatch.domain.Money;
import hooklatch.domain.Outcome;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.WebhookEvent;
import hooklatch.testing.Shop;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever order a set of events arrives in, and however often, the facts and the state end alike. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConvergenceTest {
    private Shop shop;
    private EventProcessor node;
    private long nextOrder = 7_000_001;

    @BeforeAll
    void openShop() {
        shop = new Shop();
        node = shop.node(Shop.grantingLocks(), Shop.forgettingCache());
    }

    /** Whatever was permuted here is right in the eyes of the checks, too. */
    @AfterAll
    void checkAndCloseShop() {
        try {
            CheckRound.Found found = new CheckRound(shop.database(), Clock.systemUTC(), "node", null, () -> {}).run();
            assertThat(InvariantCheck.of(InvariantCheck.Severity.VIOLATION))
                    .allSatisfy(
                            check -> assertThat(found.tally().kept().get(check)).isEmpty());
            assertThat(found.run().eventsSeen()).isPositive();
        } finally {
            shop.close();
        }
    }

    /** A set of events of one order, and the state that it must end in. */
    record EventSet(String name, String state, LongFunction<List<Fact>> facts) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<EventSet> sets() {
        return Stream.of(
                new EventSet(
                        "decline and payment",
                        "PAID",
                        o -> List.of(
                                failed("pi" + o, o, 4999), failed("pi" + o, o, 4999), succeeded("pi" + o, o, 4999))),
                new EventSet(
                        "cancellation of one payment, success of another",
                        "PAID",
                        o -> List.of(
                                canceled("pi_a" + o, o, 4999),
                                failed("pi_b" + o, o, 4999),
                                succeeded("pi_b" + o, o, 4999))),
                new EventSet(
                        "only declines",
                        "FAILED",
                        o -> List.of(
                                failed("pi_a" + o, o, 4999),
                                failed("pi_b" + o, o, 4999),
                                canceled("pi_c" + o, o, 4999))),
                new EventSet(
                        "both refund sources, partial",
                        "PARTIALLY_REFUNDED",
                        o -> List.of(
                                failed("pi" + o, o, 4999),
                                succeeded("pi" + o, o, 4999),
                                refund("pi" + o, "re" + o, RefundStatus.PENDING, 1500),
                                refund("pi" + o, "re" + o, RefundStatus.SUCCEEDED, 1500),
                                chargeRefunded("pi" + o, 1500, 1500))),
                new EventSet(
                        "both refund sources, in two parts",
                        "REFUNDED",
                        o -> List.of(
                                succeeded("pi" + o, o, 4999),
                                refund("pi" + o, "re_a" + o, RefundStatus.SUCCEEDED, 1500),
                                refund("pi" + o, "re_b" + o, RefundStatus.SUCCEEDED, 3499),
                                chargeRefunded("pi" + o, 1500, 1500),
                                chargeRefunded("pi" + o, 4999, 3499))),
                new EventSet(
                        "a refund that fails later",
                        "PARTIALLY_REFUNDED",
                        o -> List.of(
                                succeeded("pi" + o, o, 4999),
                                refund("pi" + o, "re_a" + o, RefundStatus.SUCCEEDED, 1500),
                                refund("pi" + o, "re_a" + o, RefundStatus.FAILED, 1500),
                                chargeRefunded("pi" + o, 1500, 1500),
                                chargeRefunded("pi" + o, 2500, 1000))),
                new EventSet(
                        "the only refund fails",
                        "PAID",
                        o -> List.of(
                                succeeded("pi" + o, o, 4999),
                                refund("pi" + o, "re" + o, RefundStatus.PENDING, 1500),
                                chargeRefunded("pi" + o, 1500, 1500),
                                refund("pi" + o, "re" + o, RefundStatus.FAILED, 1500))),
                new EventSet(
                        "two payments, one refunded",
                        "PARTIALLY_REFUNDED",
                        o -> List.of(
                                succeeded("pi_a" + o, o, 2000),
                                succeeded("pi_b" + o, o, 2999),
                                refund("pi_a" + o, "re_a" + o, RefundStatus.SUCCEEDED, 2000),
                                chargeRefunded("pi_a" + o, 2000, 2000),
                                failed("pi_b" + o, o, 2999))),
                new EventSet(
                        "refund and dispute, pending only",
                        "PAID",
                        o -> List.of(
                                refund("pi" + o, "re" + o, RefundStatus.PENDING, 1500),
                                dispute("pi" + o, "du" + o, false, "needs_response", 4999),
                                dispute("pi" + o, "du" + o, true, "lost", 4999),
                                dispute("pi" + o, "du" + o, true, "won", 4999),
                                succeeded("pi" + o, o, 4999))),
                new EventSet(
                        "refunds and a dispute that name only the charge",
                        "PARTIALLY_REFUNDED",
                        o -> List.of(
                                succeeded("pi" + o, o, 4999),
                                refundOfCharge("pi" + o, "re_a" + o, RefundStatus.PENDING, 1500),
                                refundOfCharge("pi" + o, "re_a" + o, RefundStatus.SUCCEEDED, 1500),
                                chargeRefunded("pi" + o, 2500, 1000),
                                disputeOfCharge("pi" + o, "du" + o, false, "needs_response", 4999))),
                new EventSet(
                        "refunds of another currency",
                        "PARTIALLY_REFUNDED",
                        o -> List.of(
                                succeeded("pi" + o, o, 4999),
                                refund("pi" + o, "re_a" + o, RefundStatus.SUCCEEDED, 1500),
                                refund("pi" + o, "re_b" + o, RefundStatus.SUCCEEDED, new Money(700, "EUR", 2)),
                                refundOfCharge("pi" + o, "re_c" + o, RefundStatus.PENDING, new Money(800, "JPY", 0)),
                                refund("pi" + o, "re_c" + o, RefundStatus.SUCCEEDED, new Money(900, "JPY", 0)))),
                new EventSet(
                        "one refund told in two currencies",
                        "REFUNDED",
                        o -> List.of(
                                succeeded("pi" + o, o, 4999),
                                refund("pi" + o, "re" + o, RefundStatus.PENDING, 4999),
                                refund("pi" + o, "re" + o, RefundStatus.SUCCEEDED, new Money(4999, "EUR", 2)),
                                refund("pi" + o, "re" + o, RefundStatus.PENDING, new Money(4990, "KWD", 3)))),
                new EventSet(
                        "a charge's total and a dispute in two currencies",
                        "PAID",
                        o -> List.of(
                                succeeded("pi" + o, o, 4999),
                                chargeRefunded("pi" + o, new Money(5000, "JPY", 0), new Money(5000, "JPY", 0)),
                                chargeRefunded("pi" + o, 2000, 2000),
                                dispute("pi" + o, "du" + o, false, "needs_response", new Money(4999, "EUR", 2)),
                                dispute("pi" + o, "du" + o, false, "needs_response", 4999))));
    }

    @ParameterizedTest
    @MethodSource("sets")
    void everyPermutationWithDuplicatesEndsInTheSameFactsAndState(EventSet set) {
        String expected = null;
        int size = set.facts().apply(0).size();
        for (int[] permutation : permutations(size)) {
            long order = nextOrder++;
            shop.order(order, "49.99");
            List<WebhookEvent> events = new ArrayList<>();
            List<Fact> facts = set.facts().apply(order);
            for (int i : permutation) {
                events.add(event("evt_" + order + "_" + i, facts.get(i)));
                // A duplicate of an event that came before, and one of the last.
                events.add(events.get((i * 7) % events.size()));
            }
            events.addAll(List.copyOf(events));
            for (WebhookEvent event : events) {
                Outcome outcome = Shop.deliverUntilDone(node, event, 1);
                assertThat(Shop.isDone(outcome))
                        .as("%s of %s", event.type(), outcome)
                        .isTrue();
            }
            String ended = shop.facts(order).replace(Long.toString(order), "#");
            if (expected == null) {
                expected = ended;
                assertThat(shop.orderState(order)).isEqualTo(set.state());
            }
            assertThat(ended).as("permutation %s", Arrays.toString(permutation)).isEqualTo(expected);
        }
    }

    private static List<int[]> permutations(int size) {
        List<int[]> all = new ArrayList<>();
        permute(new int[size], new boolean[size], 0, all);
        return all;
    }

    private static void permute(int[] current, boolean[] used, int depth, List<int[]> all) {
        if (depth == current.length) {
            all.add(current.clone());
            return;
        }
        for (int i = 0; i < current.length; i++) {
            if (!used[i]) {
                used[i] = true;
                current[depth] = i;
                permute(current, used, depth + 1, all);
                used[i] = false;
            }
        }
    }
}
