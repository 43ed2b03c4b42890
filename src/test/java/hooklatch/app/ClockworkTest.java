package hooklatch.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import hooklatch.dao.StorageFailures;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ClockworkTest {
    private static final Duration PAUSE = Duration.ofMillis(10);

    private final Logger logger = (Logger) LoggerFactory.getLogger(Clockwork.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(lines);
    }

    /** What was logged of a task that fails twice, and then no more. */
    private List<ILoggingEvent> failingTwice(RuntimeException failure) {
        AtomicInteger runs = new AtomicInteger();
        try (Closing closing = new Closing()) {
            new Clockwork(closing)
                    .repeat(
                            "the task",
                            () -> {
                                if (runs.incrementAndGet() <= 2) {
                                    throw failure;
                                }
                            },
                            PAUSE);
            await("it is run again").until(() -> runs.get() > 2);
        }
        return List.copyOf(lines.list);
    }

    @Test
    void aTaskThatFindsMySqlAwaySaysSoInALineAndGoesOn() {
        assertThat(failingTwice(StorageFailures.tooLate("for this test", new IllegalStateException("MySQL is away"))))
                .hasSize(2)
                .allSatisfy(line -> {
                    assertThat(line.getLevel()).isEqualTo(Level.WARN);
                    assertThat(line.getFormattedMessage()).startsWith("the task waits for MySQL");
                    assertThat(line.getThrowableProxy()).isNull();
                });
    }

    @Test
    void aTaskThatFailsOtherwiseShowsWhereAndGoesOn() {
        assertThat(failingTwice(new IllegalStateException("for this test")))
                .hasSize(2)
                .allSatisfy(line -> {
                    assertThat(line.getLevel()).isEqualTo(Level.ERROR);
                    assertThat(line.getThrowableProxy()).isNotNull();
                });
    }
}
