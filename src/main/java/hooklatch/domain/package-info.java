/**
 * The words of the house: events, the facts they announce, money, orders and outcomes, as records, enums and sealed
 * interfaces. Pure data without I/O. Imports nothing of ours, so every room may speak it.
 */
@NullMarked
package hooklatch.domain;

import org.jspecify.annotations.NullMarked;
