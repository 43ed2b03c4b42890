/** Programs that measure; what they print goes into notes, and no build waits for them. */
@NullMarked
package hooklatch.bench;

import org.jspecify.annotations.NullMarked;
