package hooklatch.service;

import static hooklatch.testing.Facts.event;
import static hooklatch.testing.Facts.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import hooklatch.domain.Outcome;
import hooklatch.domain.WebhookEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InFlightTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Outcome REFUSED = new Outcome.Failed("no");

    private final InFlight inFlight = new InFlight(Duration.ofMillis(200));
    private final WebhookEvent event = event("evt_1", succeeded("pi_1", 42, 4999));
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);

    @Test
    void workThatIsStuckIsNotWaitedForUntilItComesBack() throws Exception {
        CompletableFuture<Optional<Outcome>> first = CompletableFuture.supplyAsync(() -> join(() -> {
            begun.countDown();
            awaitEnd();
            return REFUSED;
        }));
        try {
            begun.await();
            await("it is stuck").until(() -> inFlight.isStuck(event));
            assertThat(join(() -> {
                        throw new AssertionError("run beside the first");
                    }))
                    .isEmpty();
        } finally {
            end.countDown();
        }
        assertThat(first.join()).contains(REFUSED);
        assertThat(inFlight.isStuck(event)).isFalse();
        assertThat(join(() -> REFUSED)).contains(REFUSED);
    }

    @Test
    void workThatIsNotStuckIsWaitedFor() throws Exception {
        InFlight patient = new InFlight(LONG);
        CompletableFuture<Optional<Outcome>> first =
                CompletableFuture.supplyAsync(() -> patient.join(event, LONG, wait -> {}, () -> {
                    begun.countDown();
                    awaitEnd();
                    return REFUSED;
                }));
        begun.await();
        assertThat(patient.isStuck(event)).isFalse();
        CompletableFuture<Optional<Outcome>> second = new CompletableFuture<>();
        Thread joining = new Thread(() -> second.complete(patient.join(event, LONG, wait -> {}, () -> {
            throw new AssertionError("run beside the first");
        })));
        joining.start();
        await("it waits").until(() -> joining.getState() == Thread.State.TIMED_WAITING);
        end.countDown();
        assertThat(first.join()).contains(REFUSED);
        assertThat(second.join()).contains(REFUSED);
    }

    private Optional<Outcome> join(Supplier<Outcome> work) {
        return inFlight.join(event, LONG, wait -> {}, work);
    }

    private void awaitEnd() {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
