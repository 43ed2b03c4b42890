package hooklatch.web.dashboard;

/**
 * Where it can be seen whether a form was acted upon.
 *
 * @param path below the context path; build it with {@link Link}
 * @param label of the link that leads there
 */
record Trace(String path, String label) {}
