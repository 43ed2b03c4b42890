/**
 * Who may work on an event right now, across all nodes. A lock saves work, it never decides: the unique key in MySQL
 * does. Redisson types do not leave this room and {@code cache}. Imports only {@code domain}.
 */
@NullMarked
package hooklatch.lock;

import org.jspecify.annotations.NullMarked;
