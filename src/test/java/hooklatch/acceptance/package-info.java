/** What the outside sees, asked from outside. */
@NullMarked
package hooklatch.acceptance;

import org.jspecify.annotations.NullMarked;
