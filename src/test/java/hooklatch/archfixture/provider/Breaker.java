package hooklatch.archfixture.provider;

import hooklatch.archfixture.app.Target;
import java.sql.Connection;

/** Sees what it must not. */
public final class Breaker {
    private final Class<?>[] seen = {Target.class, Connection.class};

    public Class<?>[] seen() {
        return seen.clone();
    }
}
