/**
 * Hostile requests by the thousand, or by the million, against the whole application: generated from a seed, each
 * reproducible by its number. See {@link hooklatch.fuzz.FuzzTest}.
 */
@NullMarked
package hooklatch.fuzz;

import org.jspecify.annotations.NullMarked;
