/** The promise, tested against a real MariaDB and a real Redis. */
@NullMarked
package hooklatch.service;

import org.jspecify.annotations.NullMarked;
