@NullMarked
package hooklatch.web.dashboard;

import org.jspecify.annotations.NullMarked;
