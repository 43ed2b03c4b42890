package hooklatch.web.dashboard;

import hooklatch.domain.Actor;
import hooklatch.domain.Role;
import hooklatch.domain.Session;
import org.jspecify.annotations.Nullable;

/**
 * Who asks for a page.
 *
 * @param session null = came with the bearer token
 * @param sourceAddress where the request came from
 */
public record Visitor(String name, Role role, @Nullable Session session, String sourceAddress) {
    static Visitor signedIn(Session session, String sourceAddress) {
        return new Visitor(session.username(), session.role(), session, sourceAddress);
    }

    static Visitor withToken(String sourceAddress) {
        return new Visitor("API token", Role.VIEWER, null, sourceAddress);
    }

    /** As the audit log names him. */
    public Actor actor() {
        return new Actor(name, role, sourceAddress);
    }

    /**
     * Whether names of people and the reasons they gave may be told to him. A program with the bearer token reads neither
     * users nor the audit log, so neither what other pages show of them.
     */
    boolean maySeePeople() {
        return session != null;
    }

    public boolean may(Role needed) {
        return role.covers(needed);
    }
}
