package hooklatch.archfixture.service;

import hooklatch.archfixture.app.Target;
import jakarta.servlet.Servlet;

/** Sees what it must not. */
public final class Breaker {
    private final Class<?>[] seen = {Target.class, Servlet.class};

    public Class<?>[] seen() {
        return seen.clone();
    }
}
