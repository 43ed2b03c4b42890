@NullMarked
package hooklatch.service.events;

import org.jspecify.annotations.NullMarked;
