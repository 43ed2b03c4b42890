package hooklatch.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import hooklatch.domain.Deadline;
import hooklatch.domain.Delivery;
import hooklatch.testing.Deaf;
import hooklatch.testing.RawHttp;
import hooklatch.testing.ThreadWaits;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Deliveries whose work does not come back: on a Jetty, and the watches by themselves. */
@Timeout(30)
class LateAnswersTest {
    private static final Duration TIME_TO_ANSWER = Duration.ofMillis(300);
    private static final String UNAVAILABLE = "{\"error\":\"Storage unavailable\"}";

    private final CountDownLatch inWork = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private TestSite site;

    @BeforeEach
    void start() throws Exception {
        site = new TestSite(new WebhookServlet.Limits(1000, 4, 64_000, Duration.ofSeconds(5), TIME_TO_ANSWER));
        site.processing = (event, deadline, lockWaits) -> {
            if (event.key().eventId().equals("evt_stuck")) {
                inWork.countDown();
                Deaf.await(goOn);
            }
            return TestSite.processed(event, "{\"ok\":1}");
        };
    }

    @AfterEach
    void stop() {
        goOn.countDown();
        site.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theSenderIsAnsweredInTimeAndOnlyOnce(boolean bodyAtOnce) throws Exception {
        try (RawHttp connection = site.connect()) {
            String request = TestSite.good("evt_stuck");
            if (bodyAtOnce) {
                connection.send(request);
            } else {
                connection.send(request.substring(0, request.length() - 1));
                await("the body is waited for").until(() -> gauge("hooklatch.bodies.arriving") > 0);
                connection.send(request.substring(request.length() - 1));
            }
            RawHttp.Answer answer = connection.read();

            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo(UNAVAILABLE);
            assertThat(answer.header("Retry-After")).isEqualTo("5");
            assertThat(answer.header("Connection"))
                    .as("what is sent on this connection would wait for the thread")
                    .isEqualToIgnoringCase("close");
            assertThat(gauge(WebhookServlet.IN_FLIGHT)).as("its place").isEqualTo(1);
            assertThat(site.ask(TestSite.good("evt_beside")).status()).isEqualTo(200);

            goOn.countDown();
            await("its thread comes back").until(() -> gauge(WebhookServlet.IN_FLIGHT) == 0);
            assertThat(connection.isClosedByServer())
                    .as("nothing follows the answer")
                    .isTrue();
        }
        assertThat(site.ask(TestSite.good("evt_after")).status()).isEqualTo(200);
        assertThat(site.deliveries)
                .extracting(delivery -> delivery.key().eventId(), Delivery::httpStatus)
                .containsExactlyInAnyOrder(tuple("evt_stuck", 503), tuple("evt_beside", 200), tuple("evt_after", 200));
        assertThat(site.deliveries)
                .filteredOn(delivery -> delivery.httpStatus() == 503)
                .allSatisfy(delivery -> assertThat(delivery.duration()).isGreaterThanOrEqualTo(TIME_TO_ANSWER));
    }

    @Test
    void aSenderThatHasLeftIsNotMissed() throws Exception {
        try (RawHttp connection = site.connect()) {
            connection.send(TestSite.good("evt_stuck"));
            inWork.await();
        }
        await("it is noted").until(() -> site.deliveries.size() == 1);
        goOn.countDown();
        await("its thread comes back").until(() -> gauge(WebhookServlet.IN_FLIGHT) == 0);
        assertThat(site.ask(TestSite.good("evt_after")).status()).isEqualTo(200);
    }

    /** The request's thread gives it then: what a container says by itself is 200. */
    @Test
    void anAnswerThatCouldNotBeWrittenIsGivenWhenTheThreadComesBack() throws Exception {
        AtomicBoolean failed = new AtomicBoolean();
        site.atLateAnswers = () -> {
            failed.set(true);
            throw new OutOfMemoryError("for this test");
        };
        try (RawHttp connection = site.connect()) {
            connection.send(TestSite.good("evt_stuck"));
            await("it fails").untilTrue(failed);
            goOn.countDown();
            RawHttp.Answer answer = connection.read();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo(UNAVAILABLE);
        }
    }

    @Test
    void anAnswerThatIsBeingWrittenIsWaitedForBeforeTheResponseIsGivenBack() throws Exception {
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch written = new CountDownLatch(1);
        try (LateAnswers answers = new LateAnswers()) {
            LateAnswers.Watch watch = answers.watch(Deadline.in(Duration.ZERO), () -> {
                writing.countDown();
                Deaf.await(written);
            });
            writing.await();
            CompletableFuture<Boolean> ended = new CompletableFuture<>();
            Thread request = new Thread(() -> ended.complete(watch.end()));
            request.start();
            await("the request waits").until(() -> request.getState() == Thread.State.BLOCKED);

            written.countDown();

            assertThat(ended.get(5, TimeUnit.SECONDS)).isFalse();
        }
    }

    @Test
    void oneThatIsNotTakenDoesNotHoldUpTheOthers() throws Exception {
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch other = new CountDownLatch(1);
        try (LateAnswers answers = new LateAnswers()) {
            answers.watch(Deadline.in(Duration.ZERO), () -> Deaf.await(taken));
            answers.watch(Deadline.in(Duration.ofMillis(100)), other::countDown);
            assertThat(other.await(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            taken.countDown();
        }
    }

    @Test
    void oneThatFailsDoesNotEndTheOthers() {
        AtomicInteger answered = new AtomicInteger();
        try (LateAnswers answers = new LateAnswers()) {
            answers.watch(Deadline.in(Duration.ZERO), () -> {
                throw new IllegalStateException("for this test");
            });
            answers.watch(Deadline.in(Duration.ofMillis(100)), answered::incrementAndGet);
            LateAnswers.Watch inTime = answers.watch(Deadline.in(Duration.ofHours(1)), answered::incrementAndGet);
            assertThat(inTime.end()).isTrue();
            await("the next one is answered, once").until(() -> answered.get() == 1);
        }
    }

    /** Each wake-up takes a processor away from a delivery. */
    @Test
    void deliveriesThatEndInTimeDoNotWakeTheThread() {
        ThreadWaits waits = ThreadWaits.ofNext("hooklatch-late-answers");
        try (LateAnswers answers = new LateAnswers()) {
            await().until(() -> waits.count() > 0);
            long before = waits.count();
            for (int i = 0; i < 100; i++) {
                LateAnswers.Watch watch = answers.watch(Deadline.in(Duration.ofMillis(4_300)), () -> {});
                // As long as one takes: a thread that was woken waits again when the next comes.
                LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
                assertThat(watch.end()).isTrue();
            }

            assertThat(waits.count() - before).isLessThan(10);
        }
    }

    private double gauge(String name) {
        return site.registry.get(name).gauge().value();
    }
}
