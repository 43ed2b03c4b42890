/** The handler of the README, as somebody else would write it: a jar beside Hooklatch, in a package of its own. */
@NullMarked
package example;

import org.jspecify.annotations.NullMarked;
