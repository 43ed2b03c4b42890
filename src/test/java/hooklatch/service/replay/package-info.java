@NullMarked
package hooklatch.service.replay;

import org.jspecify.annotations.NullMarked;
