/**
 * Remembers final answers so that a duplicate costs no SQL. Forgetting is always safe. Redisson types do not leave this
 * room and {@code lock}. Imports only {@code domain}.
 */
@NullMarked
package hooklatch.cache;

import org.jspecify.annotations.NullMarked;
