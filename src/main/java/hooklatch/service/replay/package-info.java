/**
 * What people do about events that have not had their effect: see why by cause, try one without consequences, replay one or
 * a group. Every replay goes the way of a delivery, through {@link hooklatch.service.EventProcessor}. Imports what
 * {@code service} may import.
 */
@NullMarked
package hooklatch.service.replay;

import org.jspecify.annotations.NullMarked;
