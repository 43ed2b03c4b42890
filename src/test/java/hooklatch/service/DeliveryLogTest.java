package hooklatch.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import hooklatch.dao.Database;
import hooklatch.domain.Delivery;
import hooklatch.domain.EventKey;
import hooklatch.testing.Shop;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How the delivery log is written behind. */
class DeliveryLogTest {
    private static final Duration FOR_EVER = Duration.ofHours(1);

    private final Shop shop = new Shop();
    private final AtomicInteger commits = new AtomicInteger();
    private final AtomicInteger errors = new AtomicInteger();
    private final Database database = new Database(watched());
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    @AfterEach
    void close() {
        database.close();
        shop.close();
    }

    /** The pool; counts COMMITs, and fails with an error, not an exception, as often as is told. */
    private DataSource watched() {
        return proxy(
                DataSource.class,
                shop.pool(),
                (method, answer) -> answer instanceof Connection connection ? counting(connection) : answer);
    }

    private Connection counting(Connection connection) {
        return proxy(Connection.class, connection, (method, answer) -> {
            if (method.getName().equals("commit")) {
                commits.incrementAndGet();
            } else if (method.getName().equals("prepareStatement") && errors.getAndDecrement() > 0) {
                throw new LinkageError("of this test");
            }
            return answer;
        });
    }

    private interface Answering {
        @Nullable
        Object after(Method method, @Nullable Object answer);
    }

    private static <T> T proxy(Class<T> kind, T target, Answering answering) {
        return kind.cast(Proxy.newProxyInstance(
                DeliveryLogTest.class.getClassLoader(), new Class<?>[] {kind}, (self, method, arguments) -> {
                    try {
                        return answering.after(method, method.invoke(target, arguments));
                    } catch (InvocationTargetException e) {
                        throw Objects.requireNonNull(e.getCause());
                    }
                }));
    }

    private DeliveryLog log(Duration gathering) {
        return new DeliveryLog(database, () -> true, "node-a", Set.of("stripe"), meters, gathering);
    }

    private static Delivery delivery(String id) {
        return new Delivery(new EventKey("stripe", id), Instant.now(), "processed", 200, Duration.ofMillis(3), null);
    }

    private List<String> written() {
        return shop.sql(handle -> handle.createQuery("SELECT event_id FROM webhook_deliveries ORDER BY id")
                .mapTo(String.class)
                .list());
    }

    private void awaitTaken() {
        await().until(() -> meters.get("hooklatch.delivery.log.queue").gauge().value() == 0);
    }

    /** A transaction for each delivery would make the events' own commits wait. */
    @Test
    void deliveriesThatComeSoonAfterEachOtherShareATransactionAndClosingWaitsForNothing() {
        try (DeliveryLog log = log(FOR_EVER)) {
            for (String id : List.of("evt_1", "evt_2", "evt_3")) {
                log.add(delivery(id));
                if (id.equals("evt_1")) {
                    awaitTaken();
                }
            }
        }
        assertThat(written()).containsExactly("evt_1", "evt_2", "evt_3");
        assertThat(commits).hasValue(1);
    }

    @Test
    void theLastDeliveryIsNotKeptBack() {
        try (DeliveryLog log = log(Duration.ofMillis(50))) {
            log.add(delivery("evt_1"));
            await().until(() -> written().equals(List.of("evt_1")));
        }
    }

    @Test
    void whateverGoesWrongWithOneBatchThoseAfterItAreWritten() {
        errors.set(1);
        try (DeliveryLog log = log(Duration.ofMillis(1))) {
            log.add(delivery("evt_1"));
            await().until(() ->
                    meters.get("hooklatch.delivery.log.dropped").counter().count() == 1);
            log.add(delivery("evt_2"));
            await().until(() -> written().equals(List.of("evt_2")));
        }
    }
}
