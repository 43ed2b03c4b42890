/** Receives payment webhooks so that each event counts exactly once. */
@NullMarked
package hooklatch;

import org.jspecify.annotations.NullMarked;
