/** Tests of the start: configuration, wiring, the whole web application. */
@NullMarked
package hooklatch.app;

import org.jspecify.annotations.NullMarked;
