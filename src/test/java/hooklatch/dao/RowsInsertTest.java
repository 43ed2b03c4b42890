package hooklatch.dao;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.domain.Delivery;
import hooklatch.domain.EventKey;
import hooklatch.testing.Shop;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows by the batch: none is lost, doubled or out of order, however many there are. */
class RowsInsertTest {
    private static final Instant TIME = Instant.parse("2026-11-24T10:00:00.123456Z");

    private Shop shop;

    @BeforeEach
    void openShop() {
        shop = new Shop(2);
    }

    @AfterEach
    void closeShop() {
        shop.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 127, 128, 129, 500})
    void allRowsAreThereInTheOrderGiven(int count) {
        List<Delivery> deliveries = IntStream.range(0, count)
                .mapToObj(i -> new Delivery(
                        new EventKey("stripe", "evt_" + i),
                        TIME.plusSeconds(i),
                        i % 2 == 0 ? "processed" : "duplicate",
                        200 + i % 2,
                        Duration.ofNanos(1_000L * i + 999),
                        i % 2 == 0 ? Duration.ofMillis(i) : null))
                .toList();
        shop.sql(handle -> {
            new DeliveryDao().addDeliveries(handle, deliveries, "node-1");
            return null;
        });

        List<String> rows =
                shop.sql(handle -> handle.createQuery("""
                        SELECT CONCAT_WS('|', provider, event_id, received_at, outcome, http_status, duration_us, node,
                            COALESCE(lock_wait_ms, 'none'))
                        FROM webhook_deliveries ORDER BY id""").mapTo(String.class).list());
        assertThat(rows)
                .containsExactlyElementsOf(IntStream.range(0, count)
                        .mapToObj(i -> String.join(
                                "|",
                                "stripe",
                                "evt_" + i,
                                TIME.plusSeconds(i).toString().replace('T', ' ').replace("Z", ""),
                                i % 2 == 0 ? "processed" : "duplicate",
                                Integer.toString(200 + i % 2),
                                Integer.toString(i),
                                "node-1",
                                i % 2 == 0 ? Integer.toString(i) : "none"))
                        .toList());
    }
}
