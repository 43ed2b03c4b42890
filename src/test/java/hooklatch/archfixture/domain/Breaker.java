package hooklatch.archfixture.domain;

import hooklatch.archfixture.app.Target;

/** Sees what it must not. */
public final class Breaker {
    private final Class<?>[] seen = {Target.class};

    public Class<?>[] seen() {
        return seen.clone();
    }
}
