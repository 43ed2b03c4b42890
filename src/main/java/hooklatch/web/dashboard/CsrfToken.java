package hooklatch.web.dashboard;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What a form carries to show that it came from a page of ours: the session's secret, each time under another mask, so that
 * compressed pages do not give it away. Thread-safe.
 */
final class CsrfToken {
    private static final int BYTES = 32;

    private final SecureRandom random;

    CsrfToken(SecureRandom random) {
        this.random = random;
    }

    /** A new secret, in hexadecimal. */
    String newSecret() {
        byte[] secret = new byte[BYTES];
        random.nextBytes(secret);
        return HexFormat.of().formatHex(secret);
    }

    /** A token for one form. */
    String of(String secretHex) {
        byte[] token = new byte[2 * BYTES];
        byte[] mask = new byte[BYTES];
        random.nextBytes(mask);
        byte[] secret = HexFormat.of().parseHex(secretHex);
        for (int i = 0; i < BYTES; i++) {
            token[i] = mask[i];
            token[BYTES + i] = (byte) (mask[i] ^ secret[i]);
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
    }

    /** Whether the token was made of the secret. Takes the same time whatever was sent in its place. */
    static boolean matches(@Nullable String token, String secretHex) {
        byte[] bytes;
        try {
            bytes = token == null ? new byte[0] : Base64.getUrlDecoder().decode(token);
        } catch (IllegalArgumentException e) {
            return false;
        }
        if (bytes.length != 2 * BYTES) {
            return false;
        }
        byte[] secret = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            secret[i] = (byte) (bytes[i] ^ bytes[BYTES + i]);
        }
        return MessageDigest.isEqual(secret, HexFormat.of().parseHex(secretHex));
    }
}
