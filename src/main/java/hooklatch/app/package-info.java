/**
 * Starts and stops the product: reads the configuration, and {@code Wiring}, the only place that says {@code new} for a
 * collaborator.
 */
@NullMarked
package hooklatch.app;

import org.jspecify.annotations.NullMarked;
