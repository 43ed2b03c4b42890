/** What tests of several rooms share: signing, the sample bodies, servers. Never part of the WAR. */
@NullMarked
package hooklatch.testing;

import org.jspecify.annotations.NullMarked;
