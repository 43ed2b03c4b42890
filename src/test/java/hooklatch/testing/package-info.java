/**
 * What tests share: real servers, fixtures, signing. {@code mvn jetty:run} starts its servers with the same classes.
 *
 * <p>Nothing here is in the WAR, and nothing in {@code src/main} may import it.
 */
@NullMarked
package hooklatch.testing;

import org.jspecify.annotations.NullMarked;
