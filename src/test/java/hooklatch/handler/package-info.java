/** Tests of the handlers, the built-in ones and those that others add. */
@NullMarked
package hooklatch.handler;

import org.jspecify.annotations.NullMarked;
