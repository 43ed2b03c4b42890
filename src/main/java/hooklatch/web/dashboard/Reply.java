package hooklatch.web.dashboard;

/** What a page answers to a form: a {@link Redirect} when it was done, a {@link View} when something about it is wrong. */
public sealed interface Reply permits Redirect, View {}
