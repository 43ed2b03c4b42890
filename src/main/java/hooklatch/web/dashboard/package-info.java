/**
 * The pages: one servlet a page, which asks a service, turns the answer into a view record of finished texts and gives that
 * to a JSP, or as JSON to whoever asks for the page's {@code .json} twin. {@link hooklatch.web.dashboard.PageServlet} is what
 * they have in common: who may see them, forms, errors, headers. {@code src/docs/dashboard.md} says how a page is added.
 *
 * <p>Imports {@code service} and what lies below it. View records are public, because EL calls their methods.
 */
@NullMarked
package hooklatch.web.dashboard;

import org.jspecify.annotations.NullMarked;
