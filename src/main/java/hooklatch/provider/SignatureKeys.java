package hooklatch.provider;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.List;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The HMAC-SHA256 keys of one provider: all accepted at once, so that a secret can be changed without losing a delivery.
 * Immutable and thread-safe: a {@link Mac} is made for each check.
 */
final class SignatureKeys {
    private static final String ALGORITHM = "HmacSHA256";

    /**
     * How many signatures of one delivery are looked at. Providers send one for each active secret, two at most while one
     * replaces the other; what comes beyond is not worth the time.
     */
    static final int MAX_SIGNATURES = 16;

    private final List<SecretKeySpec> keys;

    SignatureKeys(List<byte[]> keys) {
        this.keys = keys.stream().map(key -> new SecretKeySpec(key, ALGORITHM)).toList();
    }

    /** Keys that are the UTF-8 bytes of the whole secrets. */
    static SignatureKeys ofText(List<String> secrets) {
        return new SignatureKeys(secrets.stream()
                .map(secret -> secret.getBytes(StandardCharsets.UTF_8))
                .toList());
    }

    /**
     * Whether any of the signatures is the MAC of the parts, one after the other, under any of the keys. The texts are
     * compared as they came, so that a MAC has exactly one spelling, and in constant time: how long it takes tells nothing
     * about how much of a signature was right.
     *
     * @param encoding how the provider writes a MAC
     */
    boolean match(List<String> signatures, Function<byte[], String> encoding, byte[]... parts) {
        boolean matched = false;
        for (SecretKeySpec key : keys) {
            byte[] expected = encoding.apply(mac(key, parts)).getBytes(StandardCharsets.US_ASCII);
            for (String signature : signatures.subList(0, Math.min(signatures.size(), MAX_SIGNATURES))) {
                matched |= MessageDigest.isEqual(expected, signature.getBytes(StandardCharsets.UTF_8));
            }
        }
        return matched;
    }

    private static byte[] mac(SecretKeySpec key, byte[][] parts) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
