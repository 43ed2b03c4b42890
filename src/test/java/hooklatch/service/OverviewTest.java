package hooklatch.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import hooklatch.dao.RejectionDao;
import hooklatch.dao.RollupDao;
import hooklatch.domain.Deadline;
import hooklatch.domain.Delivery;
import hooklatch.domain.EventKey;
import hooklatch.domain.Rejection;
import hooklatch.testing.SettableClock;
import hooklatch.testing.Shop;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From the delivery log to what the overview and the page of rejections show. */
class OverviewTest {
    private static final Set<String> PROVIDERS = Set.of("stripe", "razorpay");
    private static final Instant NOW = Instant.parse("2026-01-01T12:34:56Z");
    private static final Duration QUICK = Duration.ofMillis(4);

    private final SettableClock clock = new SettableClock(NOW);
    private Shop shop;
    private OverviewQuery overview;
    private RejectionQuery rejections;

    @BeforeEach
    void openShop() {
        shop = new Shop(6);
        overview = new OverviewQuery(shop.database(), clock);
        rejections = new RejectionQuery(shop.database(), PROVIDERS);
    }

    @AfterEach
    void closeShop() {
        shop.close();
    }

    private DeliveryLog log(String node) {
        return new DeliveryLog(shop.database(), () -> true, node, PROVIDERS, new SimpleMeterRegistry());
    }

    private static Delivery delivery(String provider, Instant at, String outcome, Duration duration) {
        return new Delivery(new EventKey(provider, "evt_1"), at, outcome, 200, duration, null);
    }

    private static Rejection rejection(String provider, Instant at, String cause, String address) {
        return new Rejection(provider, at, cause, 401, 10L, address);
    }

    private static RejectionDao.Filter all() {
        return new RejectionDao.Filter(null, null, null, null);
    }

    @Test
    void nothingYetIsNothingAndNotAnError() {
        OverviewQuery.Traffic traffic = overview.traffic(OverviewQuery.Range.DAY);
        assertThat(traffic.anyEver()).isFalse();
        assertThat(traffic.total()).isZero();
        assertThat(traffic.latency().percentile(0.99)).isZero();
        assertThat(traffic.bars()).hasSize(96).allMatch(bar -> bar.total() == 0);
        assertThat(overview.waiting()).isEqualTo(new OverviewQuery.Waiting(0, 0));
    }

    @Test
    void severalNodesAddUpToOnePicture() {
        List<CompletableFuture<Void>> nodes = IntStream.range(0, 3)
                .mapToObj(node -> CompletableFuture.runAsync(() -> {
                    try (DeliveryLog log = log("node-" + node)) {
                        for (int i = 0; i < 1_000; i++) {
                            Instant at = NOW.minusSeconds(i % 10);
                            String provider = i % 2 == 0 ? "stripe" : "razorpay";
                            log.add(delivery(provider, at, i % 4 == 0 ? "duplicate" : "processed", QUICK));
                        }
                        log.add(delivery("stripe", NOW.minusSeconds(120), "failed", Duration.ofMillis(700)));
                    }
                }))
                .toList();
        nodes.forEach(CompletableFuture::join);

        OverviewQuery.Traffic hour = overview.traffic(OverviewQuery.Range.HOUR);
        assertThat(hour.deliveries()).isEqualTo(Map.of("processed", 2_250L, "duplicate", 750L, "failed", 3L));
        assertThat(hour.failures()).isEqualTo(3);
        assertThat(hour.bars()).hasSize(60);
        OverviewQuery.Bar last = hour.bars().get(59);
        assertThat(last.from()).isEqualTo(Instant.parse("2026-01-01T12:34:00Z"));
        assertThat(last.total()).isEqualTo(3_000);
        assertThat(hour.bars().get(57).deliveries()).isEqualTo(Map.of("failed", 3L));
        assertThat(hour.latency().total()).isEqualTo(shop.count("webhook_deliveries"));
        assertThat(hour.latency().percentile(0.5)).isBetween(Duration.ofMillis(2), Duration.ofMillis(5));
        assertThat(hour.latency().slowest()).isEqualTo(Duration.ofMillis(700));

        for (OverviewQuery.Range range : List.of(OverviewQuery.Range.DAY, OverviewQuery.Range.WEEK)) {
            OverviewQuery.Traffic longer = overview.traffic(range);
            assertThat(longer.deliveries()).as("%s", range).isEqualTo(hour.deliveries());
            assertThat(longer.bars()).hasSize(range == OverviewQuery.Range.DAY ? 96 : 84);
        }
    }

    /** The minutes of an hour are added up, and the slowest is not the one that came last. */
    @Test
    void anHourIsTheSumOfItsMinutes() {
        Instant minute = Instant.parse("2026-01-01T12:32:00Z");
        Instant nextHour = Instant.parse("2026-01-01T13:00:00Z");
        List<Delivery> deliveries = List.of(
                delivery("stripe", minute, "processed", Duration.ofMillis(700)),
                delivery("stripe", minute.plusSeconds(59), "processed", QUICK),
                delivery("stripe", minute.plusSeconds(120), "processed", QUICK),
                delivery("stripe", nextHour, "processed", Duration.ofMillis(8)));

        shop.database().inTransaction(Deadline.in(Duration.ofSeconds(5)), handle -> {
            new RollupDao().add(handle, deliveries);
            return null;
        });

        List<String> rows = shop.database()
                .inTransaction(
                        Deadline.in(Duration.ofSeconds(5)),
                        handle -> handle.createQuery("""
                                SELECT CONCAT_WS(' ', span_seconds, TIME(started_at), deliveries, slowest_us, to_5_ms,
                                    to_10_ms, to_1000_ms)
                                FROM webhook_rollups
                                ORDER BY span_seconds, started_at""").mapTo(String.class).list());
        assertThat(rows)
                .containsExactly(
                        "60 12:32:00 2 700000 1 0 1",
                        "60 12:34:00 1 4000 1 0 0",
                        "60 13:00:00 1 8000 0 1 0",
                        "3600 12:00:00 3 700000 2 0 1",
                        "3600 13:00:00 1 8000 0 1 0");
    }

    @Test
    void whatIsOlderThanTheRangeIsNotInIt() {
        try (DeliveryLog log = log("node-a")) {
            log.add(delivery("stripe", NOW.minus(Duration.ofHours(2)), "processed", QUICK));
            log.add(delivery("stripe", NOW.minus(Duration.ofDays(3)), "failed", QUICK));
        }
        assertThat(overview.traffic(OverviewQuery.Range.HOUR).total()).isZero();
        assertThat(overview.traffic(OverviewQuery.Range.HOUR).anyEver()).isTrue();
        assertThat(overview.traffic(OverviewQuery.Range.DAY).deliveries()).isEqualTo(Map.of("processed", 1L));
        assertThat(overview.traffic(OverviewQuery.Range.WEEK).deliveries())
                .isEqualTo(Map.of("processed", 1L, "failed", 1L));
    }

    @Test
    void aFloodOfRejectionsIsKeptInPartAndCountedInFull() {
        try (DeliveryLog log = log("node-a")) {
            for (int i = 0; i < 12_345; i++) {
                log.add(rejection("stripe", NOW, "signature_mismatch", "203.0.113.1"));
            }
            log.add(rejection("nobody", NOW.minusSeconds(1), "unknown_provider", "203.0.113.2"));
        }
        RejectionQuery.Page page = rejections.page(all(), null);
        assertThat(page.entries()).hasSize(6);
        assertThat(page.entries().get(0).row().cause()).isEqualTo("signature_mismatch");
        assertThat(page.entries().get(0).more()).isEqualTo(12_340);
        assertThat(page.entries().subList(1, 6)).allMatch(entry -> entry.more() == 0);

        OverviewQuery.Traffic traffic = overview.traffic(OverviewQuery.Range.HOUR);
        assertThat(traffic.refused()).isEqualTo(12_346);
        assertThat(traffic.causes())
                .containsExactly(
                        new RejectionDao.CauseCount("signature_mismatch", 12_345),
                        new RejectionDao.CauseCount("unknown_provider", 1));
    }

    @Test
    void rejectionsAreFoundByCauseProviderAndTimePageAfterPageWithoutGapOrDouble() {
        try (DeliveryLog log = log("node-a")) {
            for (int i = 0; i < 240; i++) {
                String provider = i % 3 == 0 ? "razorpay" : "stripe";
                String cause = i % 2 == 0 ? "signature_mismatch" : "timestamp_too_old";
                // Several at the same microsecond: the id decides.
                log.add(rejection(provider, NOW.minusSeconds(60L * (i / 4)), cause, "203.0.113." + i));
            }
        }
        for (RejectionDao.Filter filter : List.of(
                all(),
                new RejectionDao.Filter("signature_mismatch", null, null, null),
                new RejectionDao.Filter(null, "razorpay", null, null),
                new RejectionDao.Filter("timestamp_too_old", "stripe", null, null),
                new RejectionDao.Filter(null, null, NOW.minusSeconds(1800), NOW.minusSeconds(600)))) {
            List<RejectionDao.Row> seen = new ArrayList<>();
            RejectionDao.Cursor cursor = null;
            do {
                RejectionQuery.Page page = rejections.page(filter, cursor);
                page.entries().forEach(entry -> seen.add(entry.row()));
                cursor = page.next().orElse(null);
            } while (cursor != null);
            assertThat(seen).doesNotHaveDuplicates().hasSize((int) expected(filter));
            assertThat(seen)
                    .isSortedAccordingTo(Comparator.comparing(RejectionDao.Row::receivedAt)
                            .thenComparing(RejectionDao.Row::id)
                            .reversed());
        }
    }

    private long expected(RejectionDao.Filter filter) {
        return shop.count("webhook_rejections WHERE (%s) AND (%s) AND (%s) AND (%s)"
                .formatted(
                        filter.cause() == null ? "TRUE" : "cause = '" + filter.cause() + "'",
                        filter.provider() == null ? "TRUE" : "provider = '" + filter.provider() + "'",
                        filter.from() == null ? "TRUE" : "received_at >= '2026-01-01 12:04:56'",
                        filter.to() == null ? "TRUE" : "received_at < '2026-01-01 12:24:56'"));
    }

    @Test
    void rejectionsAndSumsAreKeptInBounds() {
        try (DeliveryLog log = log("node-a")) {
            for (int day = 0; day < 60; day++) {
                Instant at = NOW.minus(Duration.ofDays(60L - day));
                log.add(rejection("stripe", at, "busy", "203.0.113.1"));
                log.add(delivery("stripe", at, "processed", QUICK));
            }
            for (int i = 0; i < 40; i++) {
                log.add(rejection("stripe", NOW.minusSeconds(60L * (40 - i)), "busy", "203.0.113.1"));
            }
        }
        SumRetention retention = new SumRetention(shop.database(), 50, clock);
        boolean more = true;
        while (more) {
            more = retention.runBatch();
        }

        assertThat(shop.count("webhook_rejections")).isLessThanOrEqualTo(50).isGreaterThanOrEqualTo(40);
        assertThat(shop.count("webhook_rejections WHERE received_at < '2025-12-02 12:34:56'"))
                .isZero();
        assertThat(shop.count("webhook_rejections WHERE received_at >= '2026-01-01'"))
                .as("the newest stay")
                .isEqualTo(40);
        assertThat(shop.count("webhook_rejection_minutes WHERE started_at < '2025-12-02 12:34:56'"))
                .isZero();
        assertThat(shop.count("webhook_rollups WHERE span_seconds = 60")).isEqualTo(7);
        assertThat(shop.count("webhook_rollups WHERE span_seconds = 3600")).isEqualTo(60);
    }

    @Test
    void theSumsSurviveAMySqlThatIsAwayForAWhile() {
        boolean[] there = new boolean[1];
        try (DeliveryLog log =
                new DeliveryLog(shop.database(), () -> there[0], "node-a", PROVIDERS, new SimpleMeterRegistry())) {
            log.add(delivery("stripe", NOW, "processed", QUICK));
            log.add(rejection("stripe", NOW, "busy", "203.0.113.1"));
            there[0] = true;
            await().until(() -> overview.traffic(OverviewQuery.Range.HOUR).refused() == 1);
            assertThat(overview.traffic(OverviewQuery.Range.HOUR).total()).isEqualTo(1);
        }
    }

    @Test
    void whatIsReadIsReadByAnIndexInItsOrder() {
        try (DeliveryLog log = log("node-a")) {
            for (int i = 0; i < 2_000; i++) {
                String provider = i % 3 == 0 ? "razorpay" : "stripe";
                String cause = i % 2 == 0 ? "signature_mismatch" : "timestamp_too_old";
                log.add(rejection(provider, NOW.minusSeconds(i), cause, "203.0.113." + i));
                log.add(delivery(provider, NOW.minusSeconds(60L * i), "processed", QUICK));
            }
        }
        shop.sql(handle -> handle.createQuery("ANALYZE TABLE webhook_rejections, webhook_rollups")
                .mapToMap()
                .list());
        for (String where : List.of(
                "TRUE",
                "cause = 'signature_mismatch'",
                "provider = 'razorpay'",
                "cause = 'signature_mismatch' AND provider = 'razorpay'",
                "received_at >= '2026-01-01' AND received_at < '2026-01-02'")) {
            List<Map<String, Object>> plan = explain("SELECT id, provider, received_at, cause FROM webhook_rejections"
                    + " WHERE " + where + " ORDER BY received_at DESC, id DESC LIMIT 51");
            assertThat(plan)
                    .as(where)
                    .allSatisfy(step ->
                            assertThat(String.valueOf(step.get("extra"))).doesNotContain("filesort", "temporary"))
                    .allSatisfy(
                            step -> assertThat(String.valueOf(step.get("key"))).startsWith("ix_webhook_rejections_"));
        }
        assertThat(explain("SELECT SUM(deliveries) FROM webhook_rollups WHERE span_seconds = 60"
                        + " AND started_at >= '2026-01-01 11:00:00' AND started_at < '2026-01-01 12:00:00'"))
                .allSatisfy(step -> {
                    assertThat(step.get("key")).isEqualTo("PRIMARY");
                    assertThat(step.get("type")).isEqualTo("range");
                });
    }

    private List<Map<String, Object>> explain(String sql) {
        return shop.sql(
                handle -> handle.createQuery("EXPLAIN " + sql).mapToMap().list());
    }
}
