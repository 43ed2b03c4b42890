/**
 * What an event does to the shop's data, inside the one transaction that also claims the event and keeps its result.
 * {@link hooklatch.handler.EventHandler} is the extension point. Imports {@code domain} and {@code dao}.
 */
@NullMarked
package hooklatch.handler;

import org.jspecify.annotations.NullMarked;
