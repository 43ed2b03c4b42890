/**
 * What {@code mvn jetty:run} adds to the application: its own MariaDB and Redis, settings that need no thought, sample
 * orders, and a command that sends signed events.
 *
 * <p>Nothing here is in the WAR. It may use {@code testing}, and of the application only what a webhook sender or a
 * database client could see.
 */
@NullMarked
package hooklatch.dev;

import org.jspecify.annotations.NullMarked;
