/** Tests of the HTTP room, on a real container and with bytes written by hand. */
@NullMarked
package hooklatch.web;

import org.jspecify.annotations.NullMarked;
