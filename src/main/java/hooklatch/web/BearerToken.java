package hooklatch.web;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * The token that opens the read-only endpoints. The comparison takes the same time whatever was sent. Immutable and
 * thread-safe.
 */
public final class BearerToken {
    private static final String SCHEME = "Bearer ";

    private final byte @Nullable [] digest;

    /**
     * Takes the expected token.
     *
     * @param token null = nobody is let in
     */
    public BearerToken(@Nullable String token) {
        this.digest = token == null ? null : digest(token);
    }

    /** Whether the request carries {@code Authorization: Bearer} and the token. */
    public boolean isOn(HttpServletRequest request) {
        String header = request.getHeader("Authorization");
        if (digest == null || header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        return MessageDigest.isEqual(
                digest, digest(header.substring(SCHEME.length()).trim()));
    }

    /** Digests have one length, so that not even the length of the token shows in the time. */
    private static byte[] digest(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
