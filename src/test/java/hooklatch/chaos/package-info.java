/**
 * The promise under attack: two nodes of the real WAR in processes of their own, one MariaDB, one Redis, a client that
 * behaves like a payment provider, and faults drawn from a seed. What the tables must say at the end is computed from the
 * bodies that were sent.
 *
 * <p>Knows the product from the outside: HTTP, tables, Redis keys, and the interface that handlers implement.
 */
@NullMarked
package hooklatch.chaos;

import org.jspecify.annotations.NullMarked;
