package hooklatch.testing;

import static org.awaitility.Awaitility.await;

import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** For servers that come to terms with each other. */
final class Waiting {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(20);

    private Waiting() {}

    /** Waits until it is so; one that does not answer, or refuses, is asked again. */
    static void until(String what, BooleanSupplier isSo) {
        await(what)
                .atMost(PATIENCE)
                .pollInterval(PAUSE)
                .ignoreExceptionsMatching(
                        e -> e instanceof UncheckedIOException || e.getCause() instanceof SQLException)
                .until(isSo::getAsBoolean);
    }
}
