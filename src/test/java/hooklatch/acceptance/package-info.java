/**
 * The product as others meet it: the packaged WAR in the containers it is made for. Runs after the packaging.
 */
@NullMarked
package hooklatch.acceptance;

import org.jspecify.annotations.NullMarked;
