/**
 * The only room that knows SQL: the transaction and its retries, one class a table. Every method takes the transaction
 * as its first argument, so that it is visible where one is needed. Imports only {@code domain}.
 */
@NullMarked
package hooklatch.dao;

import org.jspecify.annotations.NullMarked;
