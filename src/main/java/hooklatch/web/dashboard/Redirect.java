package hooklatch.web.dashboard;

/**
 * Sends the browser to a page, by GET.
 *
 * @param path below the context path, for example {@code /dashboard/users?done=created}; build it with {@link Link}
 * @param signsOut whether the browser forgets its session
 */
public record Redirect(String path, boolean signsOut) implements Reply {
    public Redirect(String path) {
        this(path, false);
    }
}
