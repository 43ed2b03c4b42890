/**
 * Where the promise is kept: the order in which cache, lock, transaction and handlers are asked, the retrier, the
 * delivery log. Imports the rooms below it, knows neither HTTP nor SQL.
 */
@NullMarked
package hooklatch.service;

import org.jspecify.annotations.NullMarked;
