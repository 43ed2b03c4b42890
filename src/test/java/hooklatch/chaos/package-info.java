/**
 * The promise under attack: two nodes of the real WAR in processes of their own, one MariaDB, one Redis, a client that
 * behaves like a payment provider, and faults drawn from a seed. What the tables must say at the end is computed from the
 * bodies that were sent.
 *
 * <p>The suites on clusters ({@code RedisSentinelIT}, {@code RedisClusterIT}, {@code GaleraIT}) let the same client tell the
 * same events while servers fail over. They run with {@code mvn -Pclusters verify} only.
 *
 * <p>Knows the product from the outside: HTTP, tables, Redis keys, and the interface that handlers implement.
 */
@NullMarked
package hooklatch.chaos;

import org.jspecify.annotations.NullMarked;
