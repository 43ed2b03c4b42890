/**
 * The product as others meet it. What is named {@code IT} needs the packaged WAR and runs after the packaging, in the
 * containers that the WAR is made for.
 */
@NullMarked
package hooklatch.acceptance;

import org.jspecify.annotations.NullMarked;
