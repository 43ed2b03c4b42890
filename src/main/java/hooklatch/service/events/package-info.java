/**
 * What the pages of events show: search, saved views, and one event with everything that belongs to it. Reads only; a
 * revealed payload apart, no personal data leaves here unmasked. Imports {@code domain} and {@code dao}.
 */
@NullMarked
package hooklatch.service.events;

import org.jspecify.annotations.NullMarked;
