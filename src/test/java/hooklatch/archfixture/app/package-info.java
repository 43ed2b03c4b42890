/** Deliberately wrong: breaks the rules of this room, so that ArchitectureTest can show that they bite. */
@NullMarked
package hooklatch.archfixture.app;

import org.jspecify.annotations.NullMarked;
