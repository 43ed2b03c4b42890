package hooklatch.archfixture.service;

import hooklatch.archfixture.app.Target;
import jakarta.servlet.Servlet;
import java.sql.Connection;
import org.jdbi.v3.core.Handle;

/** Sees what it must not. */
public final class Breaker {
    private final Class<?>[] seen = {Target.class, Servlet.class, Connection.class};

    public Class<?>[] seen() {
        return seen.clone();
    }

    public void commit(Handle transaction) {
        transaction.commit();
    }
}
