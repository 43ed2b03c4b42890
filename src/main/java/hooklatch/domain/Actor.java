package hooklatch.domain;

import org.jspecify.annotations.Nullable;

/**
 * Who does something that is audited.
 *
 * @param username null = Hooklatch itself, or somebody who is nobody's user
 * @param role null where there is no user
 * @param sourceAddress where the request came from; null when there was none
 */
public record Actor(
        @Nullable String username,
        @Nullable Role role,
        @Nullable String sourceAddress) {
    /** What happens by itself, for example at start. */
    public static final Actor HOOKLATCH = new Actor(null, null, null);

    /** Somebody who has not signed in. */
    public static Actor stranger(String sourceAddress) {
        return new Actor(null, null, sourceAddress);
    }
}
