package hooklatch.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** What the tap sees in lines that must not be there. */
class LogTapTest {
    private static final String SECRET = "canary \"in\" quotes 51aa";

    private static List<String> problems(Consumer<Logger> logging) throws Exception {
        return problems("hooklatch.fuzz", logging);
    }

    private static List<String> problems(String logger, Consumer<Logger> logging) throws Exception {
        try (LogTap log = LogTap.on(Canaries.of(List.of(SECRET)))) {
            logging.accept(LoggerFactory.getLogger(logger));
            assertThat(log.count()).isEqualTo(1);
            return log.problems();
        }
    }

    @Test
    void aLineWithoutAnyOfItIsFine() throws Exception {
        assertThat(problems(log -> log.info("started {}\nwith a line break", "\u001b[31m\u2028\u202e\u2066")))
                .isEmpty();
    }

    @Test
    void aSecretInAMessage() throws Exception {
        assertThat(problems(log -> log.info("started with {}", SECRET)))
                .singleElement()
                .asString()
                .startsWith("the log holds secret number 0");
    }

    /** The plain layout leaves out what it does not name. */
    @Test
    void aSecretThatOnlyTheJsonLayoutShows() throws Exception {
        try (MDC.MDCCloseable context = MDC.putCloseable("token", SECRET)) {
            assertThat(context).isNotNull();
            assertThat(problems(log -> log.info("started")))
                    .singleElement()
                    .asString()
                    .startsWith("the log holds secret number 0");
        }
        assertThat(problems(log -> log.atInfo().addKeyValue("token", SECRET).log("started")))
                .singleElement()
                .asString()
                .startsWith("the log holds secret number 0");
    }

    @Test
    void aStackOfOurs() throws Exception {
        assertThat(problems(log -> log.warn("failed", new IllegalStateException("why"))))
                .singleElement()
                .asString()
                .startsWith("a stack in the log");
    }

    @Test
    void aLibraryHasItsStackLeftOutButNotASecret() throws Exception {
        for (String library : List.of("org.redisson.Some", "com.zaxxer.hikari.Some")) {
            assertThat(problems(library, log -> log.warn("failed", new IllegalStateException(SECRET))))
                    .isEmpty();
            assertThat(problems(library, log -> log.warn("failed " + SECRET)))
                    .singleElement()
                    .asString()
                    .startsWith("the log holds secret number 0");
        }
    }
}
