package hooklatch.testing;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs bodies the way each provider does: the twin of the verifying classes, written apart from them so that one cannot
 * share the other's mistakes. Each method gives the headers that the provider would send. Thread-safe.
 */
public final class Signer {
    private static final String STANDARD_PREFIX = "whsec_";

    private Signer() {}

    /** {@code Stripe-Signature} over {@code <seconds>.<body>}; the key is the whole secret, prefix included. */
    public static Map<String, String> stripe(String secret, byte[] body, Instant at) {
        String seconds = Long.toString(at.getEpochSecond());
        byte[] mac = hmac(utf8(secret), utf8(seconds + "."), body);
        return Map.of(
                "Stripe-Signature", "t=" + seconds + ",v1=" + HexFormat.of().formatHex(mac));
    }

    /** {@code X-Razorpay-Signature} over the body alone, and the event id, which no signature covers. */
    public static Map<String, String> razorpay(String secret, byte[] body, String eventId) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("X-Razorpay-Signature", HexFormat.of().formatHex(hmac(utf8(secret), body)));
        headers.put("X-Razorpay-Event-Id", eventId);
        return headers;
    }

    /** The three headers of Standard Webhooks 1.0.0, signed over {@code <id>.<seconds>.<body>} with the decoded key. */
    public static Map<String, String> standard(String secret, String id, byte[] body, Instant at) {
        String encodedKey = secret.startsWith(STANDARD_PREFIX) ? secret.substring(STANDARD_PREFIX.length()) : secret;
        String seconds = Long.toString(at.getEpochSecond());
        byte[] mac = hmac(Base64.getDecoder().decode(encodedKey), utf8(id + "." + seconds + "."), body);
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("webhook-id", id);
        headers.put("webhook-timestamp", seconds);
        headers.put("webhook-signature", "v1," + Base64.getEncoder().encodeToString(mac));
        return headers;
    }

    private static byte[] hmac(byte[] key, byte[]... parts) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
