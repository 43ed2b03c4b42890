@NullMarked
package hooklatch.lock;

import org.jspecify.annotations.NullMarked;
