/**
 * What each payment provider says and how it signs it: one final class a provider, which verifies a signature over raw
 * bytes and reads a body into a {@link hooklatch.domain.WebhookEvent}. No I/O, the clock is injected. Imports only
 * {@code domain}.
 */
@NullMarked
package hooklatch.provider;

import org.jspecify.annotations.NullMarked;
