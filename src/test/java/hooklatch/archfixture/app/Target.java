package hooklatch.archfixture.app;

/** Something to depend on. */
public final class Target {}
