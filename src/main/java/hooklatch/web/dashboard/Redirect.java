package hooklatch.web.dashboard;

/**
 * Sends the browser to a page, by GET.
 *
 * @param path below the context path, for example {@code /dashboard/users?done=created}; build it with {@link Link}
 */
public record Redirect(String path) implements Reply {}
