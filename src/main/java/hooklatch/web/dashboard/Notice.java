package hooklatch.web.dashboard;

import java.util.List;
import java.util.Optional;

/**
 * A sentence that the next page has on top: what has just been done. It travels in a cookie, which no link brings along: a page
 * must not say that something was done because an address says so.
 *
 * @param page path and query of the page
 * @param username of whoever did it
 */
record Notice(String page, String username, String sentence) {
    /** As a cookie's value. */
    String encoded() {
        return CookieText.of(page, username, sentence);
    }

    /** What a cookie says; empty when it is none of ours. */
    static Optional<Notice> of(String encoded) {
        List<String> parts = CookieText.read(encoded, 3);
        return parts.size() < 3 ? Optional.empty() : Optional.of(new Notice(parts.get(0), parts.get(1), parts.get(2)));
    }
}
