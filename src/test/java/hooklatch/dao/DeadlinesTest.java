package hooklatch.dao;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.mysql.cj.jdbc.MysqlDataSource;
import hooklatch.domain.Deadline;
import hooklatch.testing.ThreadWaits;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
    private static final int DELIVERIES = 100;

    /** Each wake-up takes a processor away from a delivery, twice for each when they come one at a time. */
    @Test
    void deliveriesThatEndInTimeDoNotWakeTheThread() {
        Connection untouched = (Connection) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Connection.class}, (self, method, arguments) -> {
                    throw new AssertionError(method + " was called");
                });
        ThreadWaits waits = ThreadWaits.ofNext("hooklatch-deadlines");
        try (Deadlines deadlines = new Deadlines(new MysqlDataSource())) {
            await().until(() -> waits.count() > 0);
            long before = waits.count();
            for (int i = 0; i < DELIVERIES; i++) {
                Deadline deadline = Deadline.in(Duration.ofMillis(4_300));
                Deadlines.Watch watch = deadlines.watch(untouched, deadline);
                try (Database.Interruption handler =
                        deadlines.interruptAfter(Duration.ofMillis(2_200), deadline, () -> {})) {
                    // As long as one takes: a thread that was woken waits again when the next comes.
                    LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
                    assertThat(handler.hasCome()).isFalse();
                }
                watch.over();
            }

            assertThat(waits.count() - before).isLessThan(DELIVERIES / 10);
        }
    }
}
