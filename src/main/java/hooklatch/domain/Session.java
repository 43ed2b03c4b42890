package hooklatch.domain;

import java.time.Instant;

/**
 * A browser that is signed in, together with its user as he is now.
 *
 * @param tokenSha256 hexadecimal; the token itself is only in the browser
 * @param csrfSecret hexadecimal; what its forms must prove to know
 * @param seenAt to the minute
 * @param expiresAt when it ends whatever happens
 */
public record Session(
        String tokenSha256,
        long userId,
        String username,
        Role role,
        String csrfSecret,
        Instant createdAt,
        Instant seenAt,
        Instant expiresAt) {
    /** Neither the digest nor the secret. */
    @Override
    public String toString() {
        return "session of " + username + " since " + createdAt;
    }
}
