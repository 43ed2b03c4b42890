/**
 * HTTP and nothing else: bytes in, status and JSON out. Imports {@code service} and what lies below it.
 */
@NullMarked
package hooklatch.web;

import org.jspecify.annotations.NullMarked;
