package hooklatch.dao;

import org.flywaydb.core.api.logging.Log;
import org.flywaydb.core.api.logging.LogCreator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns all that Flyway says into DEBUG lines: what matters of it is in the one line that {@link Schema} logs or in the
 * exception that it throws, and a warning for every table that is there already helps nobody. Public only because Flyway
 * makes it by its name. Thread-safe.
 */
public final class SchemaLog implements LogCreator {

    /** Made by Flyway. */
    public SchemaLog() {}

    @Override
    public Log createLogger(Class<?> speaker) {
        Logger logger = LoggerFactory.getLogger(speaker);
        return new Log() {
            @Override
            public void debug(String message) {
                logger.debug("{}", message);
            }

            @Override
            public void info(String message) {
                logger.debug("{}", message);
            }

            @Override
            public void warn(String message) {
                logger.debug("{}", message);
            }

            @Override
            public void error(String message) {
                logger.debug("{}", message);
            }

            @Override
            public void error(String message, Exception cause) {
                logger.debug("{}", message, cause);
            }

            @Override
            public void notice(String message) {
                logger.debug("{}", message);
            }
        };
    }
}
