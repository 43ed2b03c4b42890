package hooklatch.dao;

import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jdbi.v3.core.argument.AbstractArgumentFactory;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.config.ConfigRegistry;

/**
 * Binds an {@link Instant} to a DATETIME(6) as text in UTC. As a timestamp, Connector/J would drop the microseconds on
 * MariaDB 10.11, whose version it misreads.
 */
final class UtcInstantArguments extends AbstractArgumentFactory<Instant> {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);

    UtcInstantArguments() {
        super(Types.VARCHAR);
    }

    /** The time as MySQL reads a DATETIME(6), cut to microseconds. */
    static String text(Instant value) {
        return FORMAT.format(LocalDateTime.ofInstant(value.truncatedTo(ChronoUnit.MICROS), ZoneOffset.UTC));
    }

    @Override
    protected Argument build(Instant value, ConfigRegistry config) {
        String text = text(value);
        return (position, statement, context) -> statement.setString(position, text);
    }
}
