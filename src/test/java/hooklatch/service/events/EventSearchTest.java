package hooklatch.service.events;

import static hooklatch.testing.Facts.dispute;
import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.refund;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.domain.CappedCount;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventStatus;
import hooklatch.domain.EventSummary;
import hooklatch.domain.Fact;
import hooklatch.domain.RefundStatus;
import hooklatch.domain.WebhookEvent;
import hooklatch.service.EventProcessor;
import hooklatch.service.RetryPolicy;
import hooklatch.testing.SettableClock;
import hooklatch.testing.Shop;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the list of events finds, and that its pages hold together. */
class EventSearchTest {
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

    private final SettableClock clock = new SettableClock(NOW.minus(Duration.ofHours(1)));
    private static Shop shop;
    private EventProcessor node;
    private EventSearch search;

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
        search = new EventSearch(shop.database(), Set.of("stripe", "razorpay", "standard"));
        node = shop.node(Shop.grantingLocks(), Shop.forgettingCache(), new RetryPolicy(8, Duration.ofHours(4)), clock);
        search = new EventSearch(shop.database(), Set.of("stripe", "razorpay", "standard"));
    }

    private void process(WebhookEvent event) {
        clock.advance(Duration.ofSeconds(1));
        node.process(event, Deadline.in(Duration.ofSeconds(4)));
    }

    private EventPage find(String... namesAndValues) {
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            parameters.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        EventFilter filter = EventFilter.read(parameters::get, NOW);
        assertThat(filter.problems()).isEmpty();
        return search.find(filter);
    }

    private static List<String> ids(EventPage page) {
        return page.events().stream().map(event -> event.key().eventId()).toList();
    }

    /** A row as it would be stored; times may be the same. */
    private void store(String provider, String id, String type, EventStatus status, Instant receivedAt) {
        shop.sql(handle -> handle.execute(
                "INSERT INTO webhook_events (provider, event_id, event_type, status, result, error, attempts,"
                        + " payload_sha256, received_at) VALUES (?, ?, ?, ?, NULL, NULL, 1, UNHEX(SHA2('', 256)), ?)",
                provider,
                id,
                type,
                status.column(),
                LocalDateTime.ofInstant(receivedAt, ZoneOffset.UTC).toString().replace('T', ' ')));
    }

    private void deliver(String id, String outcome, Instant at, int micros) {
        shop.sql(handle -> handle.execute(
                "INSERT INTO webhook_deliveries (provider, event_id, received_at, outcome, http_status, duration_us, node)"
                        + " VALUES ('stripe', ?, ?, ?, 200, ?, 'n')",
                id,
                LocalDateTime.ofInstant(at, ZoneOffset.UTC).toString().replace('T', ' '),
                outcome,
                micros));
    }

    private List<List<String>> walk(String way, String... filter) {
        List<List<String>> pages = new ArrayList<>();
        String[] parameters = java.util.Arrays.copyOf(filter, filter.length + 2);
        EventPage page = way.equals("older")
                ? find(filter)
                : find(append(filter, "cursor", EventCursor.last().toString()));
        while (true) {
            pages.add(ids(page));
            String cursor = way.equals("older") ? page.older() : page.newer();
            if (cursor == null) {
                return pages;
            }
            parameters = append(filter, "cursor", cursor);
            page = find(parameters);
        }
    }

    private static String[] append(String[] filter, String name, String value) {
        String[] all = java.util.Arrays.copyOf(filter, filter.length + 2);
        all[filter.length] = name;
        all[filter.length + 1] = value;
        return all;
    }

    private static List<String> flat(List<List<String>> pages) {
        return pages.stream().flatMap(List::stream).toList();
    }

    @Test
    void anEmptyShopHasAnEmptyPage() {
        assertThat(search.isEmpty()).isTrue();
        assertThat(find().events()).isEmpty();
        assertThat(find().total()).isEqualTo(CappedCount.NONE);
        assertThat(search.types()).isEmpty();
    }

    @Test
    void aLineSaysWhatTheEventDid() {
        shop.order(1, "49.99");
        process(event("evt_1", succeeded("pi_1", 1, 4999)));
        deliver("evt_1", "processed", clock.instant(), 12_345);
        deliver("evt_1", "duplicate", clock.instant(), 99);
        deliver("evt_1", "busy", clock.instant(), 99);
        deliver("evt_1", "duplicate", clock.instant(), 99);
        EventSummary line = find().events().get(0);
        assertThat(line.key()).isEqualTo(new EventKey("stripe", "evt_1"));
        assertThat(line.status()).isEqualTo(EventStatus.PROCESSED);
        assertThat(line.orderId()).isEqualTo(1);
        assertThat(line.paymentId()).isEqualTo("pi_1");
        assertThat(line.amount()).isEqualTo(new BigDecimal("49.99"));
        assertThat(line.currency()).isEqualTo("USD");
        assertThat(line.attempts()).isEqualTo(1);
        assertThat(line.duration()).isEqualTo(Duration.ofNanos(12_345_000));
        assertThat(line.duplicates()).isEqualTo(new CappedCount(2, false));
        assertThat(search.isEmpty()).isFalse();
    }

    @Test
    void aRefusedEventIsFoundByTheOrderAndThePaymentThatItNames() {
        process(event("evt_1", succeeded("pi_1", 42, 4999)));
        deliver("evt_1", "failed", clock.instant(), 7_000);
        for (String q : List.of("42", "order:42", "pi_1", "status:failed")) {
            EventSummary line = find("q", q).events().get(0);
            assertThat(line.key().eventId()).as(q).isEqualTo("evt_1");
            assertThat(line.orderId()).isEqualTo(42);
            assertThat(line.error()).isEqualTo("Order not found: 42");
            assertThat(line.amount()).isNull();
            assertThat(line.duration()).isEqualTo(Duration.ofMillis(7));
        }
        assertThat(find("q", "42").found()).isEqualTo(new EventPage.Found(EventPage.Kind.ORDER, "42", List.of()));
    }

    @Test
    void oneBoxFindsEventsByEveryKindOfId() {
        shop.order(7, "49.99");
        process(event("evt_refund", refund("pi_7", "re_7", RefundStatus.SUCCEEDED, 1000)));
        process(event("evt_paid", succeeded("pi_7", 7, 4999)));
        process(event("evt_dispute", dispute("pi_7", "du_7", false, "needs_response", 4999)));
        process(event("evt_other", succeeded("pi_8", 8, 4999)));
        List<String> all = List.of("evt_dispute", "evt_paid", "evt_refund");

        assertThat(ids(find("q", "evt_paid"))).containsExactly("evt_paid");
        assertThat(ids(find("q", "pi_7"))).isEqualTo(all);
        assertThat(ids(find("q", "re_7"))).isEqualTo(all);
        assertThat(ids(find("q", "du_7"))).isEqualTo(all);
        assertThat(ids(find("q", "ch_pi_7"))).isEqualTo(all);
        assertThat(ids(find("q", "7"))).as("also the refund that came before").isEqualTo(all);
        assertThat(ids(find("q", "order:7"))).isEqualTo(all);
        assertThat(ids(find("q", "order:7 evt_paid"))).containsExactly("evt_paid");
        assertThat(ids(find("q", "order:8 evt_paid"))).isEmpty();
        assertThat(ids(find("q", "pi_7 type:dispute"))).containsExactly("evt_dispute");
        assertThat(ids(find("q", "pi_7 provider:razorpay"))).isEmpty();
        assertThat(find("q", "re_7").found())
                .isEqualTo(new EventPage.Found(EventPage.Kind.BELONGS_TO_PAYMENT, "re_7", List.of("pi_7")));
        assertThat(find("q", "pi_7").found())
                .isEqualTo(new EventPage.Found(EventPage.Kind.PAYMENT, "pi_7", List.of("pi_7")));
        assertThat(find("q", "nothing").events()).isEmpty();
        assertThat(find("q", "' OR 1=1 --".replace(' ', '_')).events()).isEmpty();
    }

    @Test
    void theSameIdAtTwoProvidersIsTwoEvents() {
        store("stripe", "one", "t", EventStatus.SKIPPED, NOW.minusSeconds(9));
        store("razorpay", "one", "t", EventStatus.SKIPPED, NOW.minusSeconds(8));
        assertThat(find("q", "one").events())
                .extracting(event -> event.key().provider())
                .containsExactly("razorpay", "stripe");
        assertThat(find("q", "one provider:stripe").events()).hasSize(1);
    }

    @Test
    void aTypeMayBeNamedByTheBeginningOfAnyOfItsParts() {
        List<String> types =
                List.of("refund.created", "charge.refunded", "charge.succeeded", "payment_intent.succeeded", "refund");
        for (String type : types) {
            store("stripe", type, type, EventStatus.PROCESSED, NOW.minusSeconds(10));
        }
        assertThat(ids(find("type", "charge"))).containsExactlyInAnyOrder("charge.refunded", "charge.succeeded");
        assertThat(ids(find("type", "refund")))
                .as("a type of that name is meant")
                .containsExactly("refund");
        assertThat(ids(find("type", "refund."))).as("beginning of the whole").containsExactly("refund.created");
        assertThat(ids(find("type", "PAYMENT"))).containsExactly("payment_intent.succeeded");
        assertThat(ids(find("type", "invoice"))).isEmpty();
        assertThat(search.types()).containsExactlyInAnyOrderElementsOf(types);
    }

    @Test
    void filtersRestrictTogether() {
        Instant at = NOW.minusSeconds(100);
        int n = 0;
        for (String provider : List.of("stripe", "razorpay")) {
            for (String type : List.of("a", "b")) {
                for (EventStatus status : EventStatus.values()) {
                    store(provider, provider + type + status, type, status, at.plusSeconds(n++));
                }
            }
        }
        assertThat(find().events()).hasSize(16);
        assertThat(find("provider", "stripe").events()).hasSize(8);
        assertThat(find("status", "failed").events()).hasSize(4);
        assertThat(find("type", "a").events()).hasSize(8);
        assertThat(ids(find("type", "a", "status", "failed", "provider", "stripe")))
                .containsExactly("stripeaFAILED");
        assertThat(ids(find("type", "a", "status", "failed"))).containsExactly("razorpayaFAILED", "stripeaFAILED");
        assertThat(ids(find("status", "failed", "provider", "razorpay")))
                .containsExactly("razorpaybFAILED", "razorpayaFAILED");
        assertThat(find("from", "2026-11-25T11:58:30", "to", "2026-11-25T11:58:33")
                        .events())
                .hasSize(3);
    }

    @Test
    void pagesHoldEachEventOnceAlsoWhereManyHaveTheSameTime() {
        List<EventStatus> statuses = List.of(EventStatus.values());
        for (int i = 0; i < 230; i++) {
            EventStatus status = statuses.get(i % 4);
            // Seven moments, so that pages end in the middle of one.
            store("stripe", "e" + i, "t" + i % 3, status, NOW.minusSeconds(100 - (i / 35)));
        }
        List<String> newestFirst = new ArrayList<>();
        for (int i = 229; i >= 0; i--) {
            newestFirst.add("e" + i);
        }
        List<List<String>> older = walk("older");
        assertThat(flat(older)).isEqualTo(newestFirst);
        assertThat(older).extracting(List::size).containsExactly(50, 50, 50, 50, 30);

        List<List<String>> newer = walk("newer");
        java.util.Collections.reverse(newer);
        assertThat(flat(newer)).isEqualTo(newestFirst);
        assertThat(newer).extracting(List::size).containsExactly(30, 50, 50, 50, 50);

        assertThat(flat(walk("older", "type", "t1"))).hasSize(77).doesNotHaveDuplicates();
        assertThat(flat(walk("older", "type", "t1", "status", "failed")))
                .hasSize(19)
                .doesNotHaveDuplicates();
        assertThat(flat(walk("newer", "provider", "stripe", "status", "failed")))
                .hasSize(57)
                .doesNotHaveDuplicates();
        assertThat(find().total()).isEqualTo(new CappedCount(230, false));
        assertThat(find("provider", "stripe").total())
                .as("only a walk could tell")
                .isNull();
    }

    @Test
    void whatArrivesMeanwhileMovesNothing() {
        for (int i = 0; i < 120; i++) {
            store("stripe", "e" + i, "t", EventStatus.PROCESSED, NOW.minusSeconds(1000 - i));
        }
        EventPage first = find();
        String second = java.util.Objects.requireNonNull(first.older());
        List<String> before = ids(find("cursor", second));
        store("stripe", "new1", "t", EventStatus.PROCESSED, NOW.minusSeconds(2));
        store("stripe", "new2", "t", EventStatus.FAILED, NOW.minusSeconds(1));
        assertThat(ids(find("cursor", second))).isEqualTo(before);
        EventPage back = find(
                "cursor",
                java.util.Objects.requireNonNull(find("cursor", second).newer()));
        assertThat(ids(back))
                .as("the fifty right before it")
                .hasSize(50)
                .startsWith("e119")
                .endsWith("e70");
        EventPage arrived = find("cursor", java.util.Objects.requireNonNull(first.newest()));
        assertThat(ids(arrived)).containsExactly("new2", "new1");
        assertThat(arrived.newer()).isNull();
    }

    @Test
    void lookingForSomethingRareEndsInTimeAndGoesOn() {
        shop.sql(handle -> {
            handle.execute("CREATE TABLE digits (d INT)");
            handle.execute("INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)");
            return handle.execute("INSERT INTO webhook_events (provider, event_id, event_type, status, attempts,"
                    + " payload_sha256, received_at) SELECT IF(n IN (3, 70000), 'standard', 'stripe'), CONCAT('e', n), 't',"
                    + " 'processed', 1, UNHEX(SHA2('', 256)), '2026-11-20' + INTERVAL n SECOND FROM ("
                    + "SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d AS n"
                    + " FROM digits a, digits b, digits c, digits d, digits e WHERE e.d < 8) numbers ORDER BY n");
        });
        List<String> found = new ArrayList<>();
        int requests = 0;
        EventPage page = find("provider", "standard");
        while (true) {
            requests++;
            found.addAll(ids(page));
            if (page.older() == null) {
                break;
            }
            assertThat(page.searchedBackTo()).isNotNull();
            page = find("provider", "standard", "cursor", page.older());
        }
        assertThat(found).containsExactly("e70000", "e3");
        // How far one goes depends on the machine; that each goes on, not.
        assertThat(requests).isBetween(1, 80);
        assertThat(page.searchedBackTo()).isNull();
    }

    @Test
    void duplicatesAreListedByTheLatestOfThemEachOnce() {
        for (int i = 0; i < 60; i++) {
            store("stripe", "e" + i, "t", EventStatus.PROCESSED, NOW.minusSeconds(1000 - i));
            deliver("e" + i, "processed", NOW.minusSeconds(1000 - i), 5);
        }
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 55; i++) {
                deliver("e" + i, "duplicate", NOW.minusSeconds(500 - round * 60L - i), 5);
            }
        }
        List<List<String>> pages = walk("older", "view", "duplicates");
        assertThat(pages.get(0)).hasSize(50).startsWith("e54", "e53");
        assertThat(flat(pages)).hasSize(55).doesNotHaveDuplicates();
        assertThat(find("view", "duplicates", "q", "e7").events())
                .singleElement()
                .satisfies(line -> assertThat(line.duplicates()).isEqualTo(new CappedCount(3, false)));
    }

    @Test
    void aStormIsCountedOnlySoFar() {
        store("stripe", "e", "t", EventStatus.PROCESSED, NOW.minusSeconds(1000));
        shop.sql(handle -> handle.execute("INSERT INTO webhook_deliveries (provider, event_id, received_at, outcome,"
                + " http_status, duration_us, node) SELECT 'stripe', 'e', '2026-11-25 11:50:00', 'duplicate', 200, 1, 'n'"
                + " FROM information_schema.COLUMNS LIMIT 500"));
        assertThat(find().events().get(0).duplicates()).isEqualTo(new CappedCount(101, true));
    }

    @Test
    void viewsAreCountedUpToAThousand() {
        for (int i = 0; i < 7; i++) {
            store("stripe", "f" + i, "t", EventStatus.FAILED, NOW.minusSeconds(60));
            deliver("f" + i, "duplicate", NOW.minusSeconds(50), 1);
        }
        store("stripe", "d", "t", EventStatus.DEAD_LETTERED, NOW.minusSeconds(60));
        store("stripe", "old", "t", EventStatus.FAILED, NOW.minus(Duration.ofDays(8)));
        shop.sql(handle ->
                handle.execute("INSERT INTO webhook_rejections (provider, received_at, cause, http_status, node)"
                        + " SELECT 'stripe', '2026-11-25 11:00:00', 'signature_mismatch', 401, 'n'"
                        + " FROM information_schema.COLUMNS LIMIT 1200"));
        EventSearch.Views views = search.views(NOW.minus(Duration.ofDays(7)), NOW);
        assertThat(views.all()).isEqualTo(new CappedCount(8, false));
        assertThat(views.failed()).isEqualTo(new CappedCount(7, false));
        assertThat(views.deadLettered()).isEqualTo(new CappedCount(1, false));
        assertThat(views.duplicates()).isEqualTo(new CappedCount(7, false));
        assertThat(views.rejected()).isEqualTo(new CappedCount(1000, true));
    }

    @Test
    void theAmountOfAnUnknownCurrencyIsNotGuessed() {
        shop.order(1, "10.00");
        process(event(
                "e",
                new Fact.PaymentSucceeded(
                        "pi",
                        hooklatch.domain.OrderRef.of("1"),
                        new hooklatch.domain.Money(1000, "ZZZ", null),
                        List.of())));
        EventSummary line = find().events().get(0);
        assertThat(line.amount()).isNull();
        assertThat(line.currency()).isEqualTo("ZZZ");
    }
}
