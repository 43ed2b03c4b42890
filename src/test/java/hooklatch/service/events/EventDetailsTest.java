package hooklatch.service.events;

import static hooklatch.testing.Facts.chargeRefunded;
import static hooklatch.testing.Facts.dispute;
import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.refund;
import static hooklatch.testing.Facts.succeeded;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import hooklatch.dao.EventDetailDao;
import hooklatch.dao.EventDetailDao.LogRow;
import hooklatch.domain.Actor;
import hooklatch.domain.Attempt;
import hooklatch.domain.CappedCount;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.Role;
import hooklatch.domain.WebhookEvent;
import hooklatch.service.Audit;
import hooklatch.service.EventProcessor;
import hooklatch.testing.Samples;
import hooklatch.testing.Shop;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the page of one event tells. */
class EventDetailsTest {
    private static Shop shop;
    private EventProcessor node;
    private EventDetails details;

    @BeforeAll
    static void openShop() {
        shop = new Shop(4);
    }

    @AfterAll
    static void closeShop() {
        shop.close();
    }

    @BeforeEach
    void empty() {
        shop.empty();
        node = shop.node(Shop.grantingLocks(), Shop.forgettingCache());
        details = new EventDetails(shop.database(), new Audit("n", Clock.systemUTC()), Shop.grantingLocks());
        shop.order(1, "49.99");
    }

    private void process(WebhookEvent event) {
        node.process(event, Deadline.in(Duration.ofSeconds(4)));
    }

    private Optional<String> revealed() {
        return details.reveal(
                        new EventKey("stripe", "evt_1"), new Actor("olga", Role.OPERATOR, null), "a customer asks")
                .map(body -> new String(body, UTF_8));
    }

    private EventDetail detail(String id) {
        return details.find(new EventKey("stripe", id), null).orElseThrow();
    }

    @Test
    void anEventThatNobodyKnowsIsNotThere() {
        assertThat(details.find(new EventKey("stripe", "evt_1"), null)).isEmpty();
        assertThat(revealed()).isEmpty();
    }

    @Test
    void theRowsThatAnEventWroteAreShownAsTheyStand() {
        process(event("evt_refund", refund("pi_1", "re_1", RefundStatus.SUCCEEDED, 1000)));
        assertThat(detail("evt_refund").effects().order()).as("not known yet").isNull();
        process(event("evt_paid", succeeded("pi_1", 1, 4999)));
        process(event("evt_charge", chargeRefunded("pi_1", 1500, 500)));
        process(event("evt_dispute", dispute("pi_1", "du_1", true, "won", 4999)));

        EventDetail.Effects paid = detail("evt_paid").effects();
        assertThat(requireNonNull(paid.payment()).status()).isEqualTo("completed");
        assertThat(requireNonNull(paid.order()).state()).isEqualTo("PARTIALLY_REFUNDED");
        assertThat(paid.refunds()).isEmpty();
        EventDetail.Effects refunded = detail("evt_refund").effects();
        assertThat(refunded.refunds())
                .singleElement()
                .satisfies(row -> assertThat(row.refundId()).isEqualTo("re_1"));
        assertThat(refunded.order()).as("known since the payment came").isNotNull();
        assertThat(detail("evt_charge").effects().refunds())
                .singleElement()
                .satisfies(row -> assertThat(row.chargeTotalMinor()).isEqualTo(1500));
        assertThat(requireNonNull(detail("evt_dispute").effects().dispute()).outcome())
                .isEqualTo("won");
    }

    @Test
    void aRefusedEventSaysWhyAndWhenItIsTriedAgain() {
        process(event("evt_1", succeeded("pi_9", 9, 4999)));
        EventDetail detail = detail("evt_1");
        assertThat(requireNonNull(detail.advice()).reason())
                .isEqualTo("When it was last tried, the shop had no order 9.");
        assertThat(detail.nextAttemptAt()).isAfter(detail.line().receivedAt());
        assertThat(detail.effects().isEmpty()).isTrue();
        assertThat(detail.resultJson()).isNull();
    }

    @Test
    void thePayloadIsMaskedUntilRevealedAndMayBePurged() {
        process(event("evt_1", succeeded("pi_1", 1, 4999)));
        shop.sql(handle -> handle.execute(
                "UPDATE webhook_events SET payload = ?", (Object) Samples.bytes("razorpay/payment.captured.json")));
        EventDetail.Body body = detail("evt_1").body();
        assertThat(body.state()).isEqualTo(EventDetail.BodyState.READABLE);
        assertThat(body.text()).contains("[masked: e-mail]").doesNotContain("buyer@");
        assertThat(revealed().orElseThrow()).contains("buyer@example.com");

        shop.sql(handle -> handle.execute("UPDATE webhook_events SET payload = 'no json'"));
        assertThat(detail("evt_1").body().state()).isEqualTo(EventDetail.BodyState.UNREADABLE);
        assertThat(detail("evt_1").body().text()).isNull();
        assertThat(revealed()).contains("no json");

        shop.sql(handle -> handle.execute("UPDATE webhook_events SET payload = NULL"));
        assertThat(detail("evt_1").body().state()).isEqualTo(EventDetail.BodyState.PURGED);
        assertThat(revealed()).isEmpty();
    }

    @Test
    void aStormOfDeliveriesIsReadPageByPage() {
        process(event("evt_1", succeeded("pi_1", 1, 4999)));
        shop.sql(handle -> handle.execute("INSERT INTO webhook_deliveries (provider, event_id, received_at, outcome,"
                + " http_status, duration_us, node) SELECT 'stripe', 'evt_1', '2026-11-25 11:50:00', 'duplicate', 200, 1,"
                + " 'n' FROM information_schema.COLUMNS LIMIT 120"));
        EventKey key = new EventKey("stripe", "evt_1");
        EventDetail.Timeline first = detail("evt_1").timeline();
        assertThat(first.deliveries()).isEqualTo(new CappedCount(120, false));
        assertThat(first.rows()).hasSize(50);
        assertThat(first.earlier()).isNull();
        EventDetail.Timeline second =
                details.find(key, first.later()).orElseThrow().timeline();
        EventDetail.Timeline third =
                details.find(key, second.later()).orElseThrow().timeline();
        assertThat(third.rows()).hasSize(20);
        assertThat(third.later()).isNull();
        EventDetail.Timeline back =
                details.find(key, third.earlier()).orElseThrow().timeline();
        assertThat(back.rows()).isEqualTo(second.rows());
        EventDetail.Timeline end =
                details.find(key, EventTimeline.LAST).orElseThrow().timeline();
        assertThat(end.rows()).hasSize(50).endsWith(third.rows().get(19));
        assertThat(end.later()).isNull();
        for (String damaged : List.of("", "x", "a", "a-1", "a7", "b' OR 1", "a99999999999999999999999.1")) {
            assertThat(details.find(key, damaged).orElseThrow().timeline().rows())
                    .as(damaged)
                    .isEqualTo(first.rows());
        }
    }

    @Test
    void retriesAndReplaysStandAmongTheDeliveriesInTheOrderOfTime() {
        process(event("evt_1", succeeded("pi_1", 1, 4999)));
        shop.sql(handle -> {
            handle.execute("INSERT INTO webhook_deliveries (provider, event_id, received_at, outcome, http_status,"
                    + " duration_us, node) VALUES"
                    + " ('stripe', 'evt_1', '2026-11-25 11:00:00', 'failed', 500, 1, 'first'),"
                    + " ('stripe', 'evt_1', '2026-11-25 11:30:00', 'duplicate', 200, 1, 'last')");
            handle.execute(
                    "INSERT INTO replay_jobs (id, request_id, filter, events, reason, username, state, created_at,"
                            + " lease_until) VALUES (7, 'r', '{}', 1, 'why', 'grace', 'done', NOW(6), NOW(6))");
            handle.execute("INSERT INTO webhook_replays (id, job_id, event_row, username, requested_at) VALUES"
                    + " (8, NULL, 1, 'olga', NOW(6)), (9, 7, 1, NULL, NOW(6))");
            return handle.execute("INSERT INTO webhook_attempts (provider, event_id, started_at, origin, replay_id,"
                    + " outcome, duration_us, node) VALUES"
                    + " ('stripe', 'evt_1', '2026-11-25 11:10:00', 'retry', NULL, 'failed', 1, 'second'),"
                    + " ('stripe', 'evt_1', '2026-11-25 11:11:00', 'replay', 8, 'refused', 1, 'third'),"
                    + " ('stripe', 'evt_2', '2026-11-25 11:11:00', 'retry', NULL, 'failed', 1, 'other'),"
                    + " ('stripe', 'evt_1', '2026-11-25 11:12:00', 'replay', 9, 'processed', 1, 'fourth')");
        });
        EventDetail detail = detail("evt_1");
        assertThat(detail.timeline().rows())
                .extracting(LogRow::node)
                .containsExactly("first", "second", "third", "fourth", "last");
        assertThat(detail.timeline().deliveries()).isEqualTo(new CappedCount(2, false));
        assertThat(detail.timeline().others()).isEqualTo(new CappedCount(3, false));
        assertThat(detail.node()).as("where it had its effect").isEqualTo("fourth");
        assertThat(detail.timeline().rows().subList(1, 4))
                .map(EventDetailDao.AttemptRow.class::cast)
                .extracting(
                        EventDetailDao.AttemptRow::origin,
                        EventDetailDao.AttemptRow::username,
                        EventDetailDao.AttemptRow::jobId)
                .containsExactly(
                        tuple(Attempt.Origin.RETRY, null, null),
                        tuple(Attempt.Origin.REPLAY, "olga", null),
                        tuple(Attempt.Origin.REPLAY, "grace", 7L));
    }

    @Test
    void twoLongLogsArePagedWithoutMissingOrRepeatingARow() {
        process(event("evt_1", succeeded("pi_1", 1, 4999)));
        shop.sql(handle -> {
            handle.execute("INSERT INTO webhook_deliveries (provider, event_id, received_at, outcome, http_status,"
                    + " duration_us, node) SELECT 'stripe', 'evt_1', '2026-11-25' + INTERVAL ROW_NUMBER() OVER (ORDER BY"
                    + " ORDINAL_POSITION) SECOND, 'duplicate', 200, 1, 'n' FROM information_schema.COLUMNS LIMIT 70");
            return handle.execute("INSERT INTO webhook_attempts (provider, event_id, started_at, origin, outcome,"
                    + " duration_us, node) SELECT 'stripe', 'evt_1', '2026-11-25 00:00:30' + INTERVAL ROW_NUMBER() OVER"
                    + " (ORDER BY ORDINAL_POSITION) SECOND, 'retry', 'failed', 1, 'n' FROM information_schema.COLUMNS"
                    + " LIMIT 65");
        });
        EventKey key = new EventKey("stripe", "evt_1");
        List<LogRow> forwards = new ArrayList<>();
        String cursor = null;
        do {
            EventDetail.Timeline page = details.find(key, cursor).orElseThrow().timeline();
            forwards.addAll(page.rows());
            cursor = page.later();
        } while (cursor != null);
        assertThat(forwards).hasSize(135).doesNotHaveDuplicates().isSortedAccordingTo(comparing(LogRow::at));

        List<LogRow> backwards = new ArrayList<>();
        cursor = EventTimeline.LAST;
        do {
            EventDetail.Timeline page = details.find(key, cursor).orElseThrow().timeline();
            backwards.addAll(0, page.rows());
            cursor = page.earlier();
        } while (cursor != null);
        assertThat(backwards).containsExactlyElementsOf(forwards);
    }
}
