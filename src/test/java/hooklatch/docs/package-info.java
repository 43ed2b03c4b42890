/** Whether the documents say what the code does, where a machine can tell. */
@NullMarked
package hooklatch.docs;

import org.jspecify.annotations.NullMarked;
