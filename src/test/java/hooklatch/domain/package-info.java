@NullMarked
package hooklatch.domain;

import org.jspecify.annotations.NullMarked;
