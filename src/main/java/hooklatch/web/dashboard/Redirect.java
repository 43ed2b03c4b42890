package hooklatch.web.dashboard;

import org.jspecify.annotations.Nullable;

/**
 * Sends the browser to a page, by GET.
 *
 * @param path below the context path, for example {@code /dashboard/users}; build it with {@link Link}
 * @param signsOut whether the browser forgets its session
 * @param newSession token of the session that takes the place of the browser's; null = it keeps the one it has
 * @param notice what the page says on top, once; null = nothing
 */
public record Redirect(
        String path,
        boolean signsOut,
        @Nullable String newSession,
        @Nullable String notice) implements Reply {
    public Redirect(String path) {
        this(path, false, null, null);
    }

    /** The same when the browser's session has ended. */
    static Redirect signingOut(String path) {
        return new Redirect(path, true, null, null);
    }

    /** The same when a new session has begun in place of the browser's. */
    static Redirect withSession(String path, String token) {
        return new Redirect(path, false, token, null);
    }

    /** The same with a sentence on top of the page that says what has just been done. */
    public Redirect saying(String sentence) {
        return new Redirect(path, signsOut, newSession, sentence);
    }

    /** Not the token. */
    @Override
    public String toString() {
        return "Redirect[" + path + "]";
    }
}
